import { expect, test } from "vitest";
import { exchangeToken, readAnswer } from "./token-exchange.ts";

const jwt = `e30.${btoa(JSON.stringify({ sub: "m1" }))}.sig`;

test("a console's token is granted a JWT, whose subject is the machine", () => {
  expect(readAnswer(200, { token: jwt, kind: "console", name: "Desk", expiresAtMs: 1 })).toEqual({
    outcome: "granted",
    token: jwt,
    kind: "console",
    name: "Desk",
    machineId: "m1",
  });
});

test("a bot's token is refused here", () => {
  expect(readAnswer(200, { token: jwt, kind: "bot", name: "Bot" })).toMatchObject({
    outcome: "refused",
    code: "wrong_kind",
  });
});

test("the site's no keeps its code", () => {
  expect(readAnswer(401, { code: "revoked_token", message: "Revoked." })).toEqual({
    outcome: "refused",
    code: "revoked_token",
    message: "Revoked.",
  });
});

test.each([
  [500, {}],
  [429, { code: "slow_down" }],
  [200, "text"],
  [200, null],
])("%i %j is worth another try", (status, body) => {
  expect(readAnswer(status, body)).toEqual({ outcome: "unreachable" });
});

test("the token goes into the header only, and a failed connection is unreachable", async () => {
  const asked: Array<[string, RequestInit | undefined]> = [];
  const answer = await exchangeToken("http://site", "secret", async (url, init) => {
    asked.push([String(url), init]);
    throw new TypeError("no network");
  });
  expect(answer).toEqual({ outcome: "unreachable" });
  expect(asked[0]?.[0]).toBe("http://site/auth/machine");
  expect(asked[0]?.[1]?.headers).toEqual({ Authorization: "Bearer secret" });
});
