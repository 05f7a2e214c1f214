import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { ManualClock } from "../test/manual-clock.ts";
import type { MachineRefusal } from "./backend.ts";
import { MachineToken } from "./machine-token.ts";

async function exchanging(answers: readonly [status: number, body: object][]) {
  let asked = 0;
  const listener: RequestListener = (_, response) => {
    const [status, body] = answers[asked++] ?? [500, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const clock = new ManualClock();
  const refusals: MachineRefusal[] = [];
  const logged: string[] = [];
  const token = new MachineToken({
    siteUrl: `http://127.0.0.1:${port}`,
    machineToken: "secret",
    clock,
    log: (event) => logged.push(event),
    onRefused: (refusal) => refusals.push(refusal),
  });
  return { token, clock, refusals, logged, asked: () => asked };
}

test("two who ask at once share one exchange", async () => {
  const { token, asked } = await exchanging([[200, { token: "jwt" }]]);
  expect(await Promise.all([token.jwt(), token.jwt()])).toEqual(["jwt", "jwt"]);
  expect(asked()).toBe(1);
});

test("an outage is waited out: only a refusal is no token", async () => {
  const { token, clock, logged, refusals } = await exchanging([
    [503, {}],
    [404, {}],
    [200, { token: "jwt" }],
  ]);
  const jwt = token.jwt();
  await vi.waitFor(async () => {
    await clock.advance(15_000);
    expect(logged).toHaveLength(2);
  });
  await clock.advance(15_000);
  expect(await jwt).toBe("jwt");
  expect(refusals).toEqual([]);
});

test("a refusal says why, and gives no token", async () => {
  const refusal = { code: "revoked_token", message: "This token was revoked." };
  const { token, refusals } = await exchanging([[401, refusal]]);
  expect(await token.jwt()).toBeNull();
  expect(refusals).toEqual([refusal]);
});
