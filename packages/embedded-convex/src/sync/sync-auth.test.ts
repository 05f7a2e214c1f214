/** Authentication on the socket, with raw frames. */
import { afterEach, expect, test } from "vitest";
import { startFakeDeployment } from "../../test/fake-deployment.ts";
import { FAKE_ADMIN_KEY, type FakeFunction } from "../../test/fake-engine.ts";
import { add, type Frame, RawClient } from "../../test/raw-client.ts";
import { createSigner, inSeconds } from "../../test/tokens.ts";
import { systemClock } from "../clock.ts";
import type { AuthProvider, Clock } from "../rooms.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const who: Record<string, FakeFunction> = {
  "m:who": (ctx) => ctx.user()?.subject ?? "nobody",
  "m:public": (ctx) => ctx.get("a"),
};

async function setup(clock: Clock = systemClock()) {
  const signer = await createSigner("ES256");
  const provider: AuthProvider = {
    type: "customJwt",
    issuer: "https://issuer.example",
    jwks: signer.dataAddress,
    algorithm: "ES256",
    applicationID: null,
  };
  const deployment = await startFakeDeployment({
    functions: who,
    providers: () => [provider],
    clock,
  });
  cleanups.push(() => deployment.close());
  const token = (sub: string, seconds = 600) => {
    const exp = inSeconds(clock.nowMs(), seconds);
    return signer.sign({ iss: "https://issuer.example", sub, exp });
  };
  const connect = async () => {
    const client = await RawClient.connect(deployment.url);
    cleanups.push(() => client.ws.terminate());
    return client;
  };
  return { ...deployment, token, connect };
}

function authenticate(baseVersion: number, value: string): Frame {
  return { type: "Authenticate", baseVersion, tokenType: "User", value };
}

function versionOf(frame: Frame) {
  return frame.endVersion as { identity: number; querySet: number };
}

test("[SYNC16] a token raises the identity by one and runs the queries as its user", async () => {
  const { connect, token, engine } = await setup();
  const client = await connect();
  client.send(authenticate(0, await token("ann")));
  client.modify(0, [add(0, "m:who"), add(1, "m:public")]);
  let frame = await client.next();
  while (versionOf(frame).querySet === 0) frame = await client.next();
  expect(versionOf(frame).identity).toBe(1);
  expect(frame.modifications).toMatchObject([{ value: "ann" }, { value: null }]);
  client.send(authenticate(1, await token("bob")));
  const second = await client.next();
  expect(versionOf(second).identity).toBe(2);
  expect(second.modifications).toMatchObject([{ queryId: 0, value: "bob" }]);
  client.send({ type: "Authenticate", baseVersion: 2, tokenType: "None" });
  expect((await client.next()).modifications).toMatchObject([{ queryId: 0, value: "nobody" }]);
  expect(engine.executions.get("m:public")).toBe(1); // it never looked: still the same result
});

test("[SYNC3] a refused token gets AuthError with the last shown identity version, then a close", async () => {
  const { connect, token } = await setup();
  const client = await connect();
  client.send(authenticate(0, await token("ann")));
  await client.next();
  client.send(authenticate(1, "not-a-token"));
  expect(await client.next()).toEqual({
    type: "AuthError",
    error: "Could not parse as a JWT: the token is malformed",
    baseVersion: 1,
    authUpdateAttempted: true,
  });
  expect((await client.closed).code).toBe(1005);
});

test("[SYNC4] an Authenticate with another base version closes with 1011", async () => {
  const { connect, token } = await setup();
  const client = await connect();
  client.send(authenticate(5, await token("ann")));
  expect(await client.closed).toEqual({ code: 1011, reason: "InternalServerError" });
});

test("[SYNC2] a wrong admin key is fatal", async () => {
  const { connect } = await setup();
  const client = await connect();
  const value = "fake-instance|wrong";
  client.send({ type: "Authenticate", baseVersion: 0, tokenType: "Admin", value });
  expect(await client.next()).toEqual({
    type: "FatalError",
    error: "The provided admin key was invalid for this instance",
  });
});

test("[SYNC16] an admin acts as a user, under both names of the field", async () => {
  const { connect } = await setup();
  for (const field of ["impersonating", "acting_as"]) {
    const client = await connect();
    client.send({
      type: "Authenticate",
      baseVersion: 0,
      tokenType: "Admin",
      value: FAKE_ADMIN_KEY,
      [field]: { tokenIdentifier: "https://i|eve" },
    });
    client.modify(0, [add(0, "m:who")]);
    let frame = await client.next();
    while (versionOf(frame).querySet === 0) frame = await client.next();
    expect(frame.modifications).toMatchObject([{ value: "eve" }]);
  }
});

test("[SYNC23] an expired token ends the socket at the next update, and without one not at all", async () => {
  const system = systemClock();
  let offsetMs = 0;
  const clock: Clock = { ...system, nowMs: () => system.nowMs() + offsetMs };
  const { connect, token, engine } = await setup(clock);
  const client = await connect();
  client.modify(0, [add(0, "m:public")]);
  client.send(authenticate(0, await token("ann", 60)));
  let frame = await client.next();
  while (versionOf(frame).identity === 0) frame = await client.next();
  offsetMs = 61_000;
  client.send({ type: "Event", eventType: "ClientConnect", event: null });
  await new Promise((resolve) => client.ws.once("pong", resolve).ping());
  expect(client.unread).toEqual([]);
  engine.write({ a: 1 });
  expect(await client.next()).toEqual({
    type: "AuthError",
    error: "Convex token identity expired",
    baseVersion: 1,
    authUpdateAttempted: false,
  });
  await client.closed;
});

test("[SYNC23] a mutation under an expired token is not run", async () => {
  const system = systemClock();
  let offsetMs = 0;
  const clock: Clock = { ...system, nowMs: () => system.nowMs() + offsetMs };
  const { connect, token, engine } = await setup(clock);
  engine.functions.set("m:write", (ctx) => {
    ctx.set("a", 1);
    return null;
  });
  const client = await connect();
  client.send(authenticate(0, await token("ann", 60)));
  await client.next();
  offsetMs = 61_000;
  client.send({ type: "Mutation", requestId: 0, udfPath: "m:write", args: [{}] });
  expect(await client.next()).toMatchObject({ type: "AuthError", authUpdateAttempted: false });
  expect(engine.read("a")).toBeNull();
});
