/** Users and admins against the whole engine: nobody sees what is another's. */
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mutation, query, type RunningServer, startServer } from "./running-server.ts";
import { createSigner, inSeconds } from "./tokens.ts";

const ISSUER = "https://issuer.example";
let server: RunningServer;
let token: (subject: string, claims?: object) => Promise<string>;

beforeAll(async () => {
  const signer = await createSigner("ES256");
  server = await startServer("server", { JWKS: signer.dataAddress });
  token = (subject, claims = {}) => {
    const now = inSeconds(Date.now(), 0);
    return signer.sign({ iss: ISSUER, sub: subject, iat: now, exp: now + 900, ...claims });
  };
});
afterAll(() => server.stop());

async function signedIn(subject: string) {
  const client = server.connect();
  const jwt = await token(subject);
  const ready = Promise.withResolvers<void>();
  client.setAuth(
    async () => jwt,
    (isAuthenticated) => isAuthenticated && ready.resolve(),
  );
  await ready.promise;
  return client;
}

test("[SUB3] each user sees their own, shared results stay shared, whatever comes between", async () => {
  const subjects = ["ann", "bob", "eve"];
  const clients = await Promise.all(subjects.map(signedIn));
  await Promise.all(
    clients.map((client, i) =>
      client.mutation(mutation("notes:write"), { body: `of ${subjects[i]}` }),
    ),
  );
  const seen = clients.map(() => [] as { owner?: string; bodies?: string[]; shared?: number }[]);
  clients.forEach((client, i) => {
    client.onUpdate(query("notes:mine"), {}, (value) => {
      seen[i]?.push(value as never);
    });
  });
  for (const flag of [true, false, true, true, false, true]) {
    await clients[0]?.mutation(mutation("cells:set"), { name: "private", value: flag });
    await expect
      .poll(() => seen.map((values) => values.at(-1)))
      .toEqual(
        subjects.map((owner) => (flag ? { owner, bodies: [`of ${owner}`] } : { shared: 3 })),
      );
  }
  seen.forEach((values, i) => {
    for (const { owner } of values) expect(owner ?? subjects[i]).toBe(subjects[i]);
  });
});

test("[AUTH21] a token over HTTP is its user, with the token's claims", async () => {
  const client = new ConvexHttpClient(server.engine.url, {
    auth: await token("ann", { kind: "bot", nested: { deep: 1 } }),
    logger: false,
  });
  expect(await client.query(query("notes:whoami"), {})).toEqual({
    tokenIdentifier: `${ISSUER}|ann`,
    issuer: ISSUER,
    subject: "ann",
    kind: "bot",
    "nested.deep": 1,
  });
  client.setAuth(await token("ann", { iss: "https://elsewhere.example" }));
  await expect(client.query(query("notes:whoami"), {})).rejects.toThrow("NoAuthProvider");
});

test("[AUTH2] an admin calls internal functions and acts as a user; plain, they are nobody", async () => {
  const { url, adminKey } = server.engine;
  const run = async (authorization: string, path: string) => {
    const response = await fetch(`${url}/api/function`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: authorization },
      body: JSON.stringify({ path, args: {} }),
    });
    return (await response.json()) as unknown;
  };
  expect(await run(`Convex ${adminKey}`, "cells:hidden")).toMatchObject({ value: "hidden" });
  expect(await run(`Convex ${adminKey}`, "notes:whoami")).toMatchObject({ value: null });
  const user = { issuer: "https://convex.test", subject: "7", name: "Bob" };
  const actingAs = Buffer.from(JSON.stringify(user)).toString("base64");
  expect(await run(`Convex ${adminKey}:${actingAs}`, "notes:whoami")).toMatchObject({
    value: { ...user, tokenIdentifier: "https://convex.test|7" },
  });
  expect(await run("Convex wrong|key", "cells:hidden")).toMatchObject({ code: "BadAdminKey" });
});

test("[AUTH31] an HTTP action with a wrong token runs, and reading the identity throws", async () => {
  const whoami = async (headers: Record<string, string>) => {
    const response = await fetch(`${server.engine.siteUrl}/whoami`, { headers });
    return { status: response.status, json: (await response.json()) as unknown };
  };
  expect(await whoami({})).toEqual({ status: 200, json: null });
  const good = { Authorization: `Bearer ${await token("ann")}` };
  expect(await whoami(good)).toMatchObject({ status: 200, json: { subject: "ann" } });
  const bad = await whoami({ Authorization: "Bearer source-token" });
  expect(bad).toMatchObject({
    status: 401,
    json: { error: expect.stringContaining("Could not parse as a JWT") },
  });
});
