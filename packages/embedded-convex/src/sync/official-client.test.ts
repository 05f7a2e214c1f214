/** The protocol as the official client speaks it: `ConvexClient`, unmodified. */
import { ConvexClient } from "convex/browser";
import { anyApi, type FunctionReference } from "convex/server";
import { afterEach, expect, test } from "vitest";
import { startFakeDeployment } from "../../test/fake-deployment.ts";
import { FakeConvexError, type FakeFunction } from "../../test/fake-engine.ts";
import { createSigner, inSeconds } from "../../test/tokens.ts";
import type { AuthProvider } from "../rooms.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const query = (path: string) => reference<"query">(path);
const mutation = (path: string) => reference<"mutation">(path);
const action = (path: string) => reference<"action">(path);

function reference<T extends "query" | "mutation" | "action">(path: string) {
  const [file = "", name = ""] = path.split(":");
  return (anyApi as Record<string, Record<string, unknown>>)[file]?.[name] as FunctionReference<
    T,
    "public"
  >;
}

const counter: Record<string, FakeFunction> = {
  "m:count": (ctx) => ctx.get("count") ?? 0,
  "m:add": (ctx) => {
    const count = Number(ctx.get("count") ?? 0) + 1;
    ctx.set("count", count);
    return count;
  },
  "m:nothing": () => "nothing written",
  "m:who": (ctx) => ctx.user()?.subject ?? "nobody",
};

async function setup(providers: () => readonly AuthProvider[] = () => []) {
  const deployment = await startFakeDeployment({ functions: counter, providers });
  cleanups.push(() => deployment.close());
  const connect = () => {
    const client = new ConvexClient(deployment.url, {
      unsavedChangesWarning: false,
      logger: false,
    });
    cleanups.push(() => client.close());
    return client;
  };
  return { ...deployment, connect };
}

function watch(client: ConvexClient, path: string) {
  const seen: unknown[] = [];
  client.onUpdate(query(path), {}, (value) => seen.push(value));
  return seen;
}

test("[SYNC13] a mutation resolves although nothing it wrote is watched", async () => {
  const { connect } = await setup();
  const client = connect();
  expect(await client.mutation(mutation("m:nothing"), {})).toBe("nothing written");
});

test("[SYNC7] a mutation of one client is seen by all", async () => {
  const { connect } = await setup();
  const clients = Array.from({ length: 5 }, connect);
  const seen = clients.map((client) => watch(client, "m:count"));
  await expect.poll(() => seen.map((values) => values.at(-1))).toEqual([0, 0, 0, 0, 0]);
  await clients[0]?.mutation(mutation("m:add"), {});
  expect(seen[0]?.at(-1)).toBe(1); // its own write is seen when the promise resolves
  await expect.poll(() => seen.map((values) => values.at(-1))).toEqual([1, 1, 1, 1, 1]);
});

test("[SYNC20] mutations cut off with their socket are replayed and counted once", async () => {
  const { connect, engine, sync } = await setup();
  let runs = 0;
  const add = counter["m:add"];
  engine.functions.set("m:add", async (ctx, args) => {
    runs++;
    const result = (await add?.(ctx, args)) ?? null;
    if (runs % 3 === 0) sync.dropConnections(); // after the commit, before the answer
    return result;
  });
  const client = connect();
  const seen = watch(client, "m:count");
  await expect.poll(() => seen.at(-1)).toBe(0);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => client.mutation(mutation("m:add"), {})),
  );
  expect(answers).toEqual([1, 2, 3, 4]);
  expect(engine.read("count")).toBe(4);
  await expect.poll(() => seen.at(-1)).toBe(4);
});

test("[SYNC12] a client comes back after its socket broke and sees what it missed", async () => {
  const { connect, engine, sync } = await setup();
  const client = connect();
  const seen = watch(client, "m:count");
  await expect.poll(() => seen.at(-1)).toBe(0);
  sync.dropConnections();
  engine.write({ count: 41 });
  await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe(41);
  engine.write({ count: 42 });
  await expect.poll(() => seen.at(-1)).toBe(42);
});

test("[SYNC8] errors arrive with their payload, and without one as plain errors", async () => {
  const { connect, engine } = await setup();
  engine.functions.set("m:payload", () => {
    throw new FakeConvexError({ code: "machine_revoked" });
  });
  engine.functions.set("m:plain", () => {
    throw new Error("boom");
  });
  const client = connect();
  await expect(client.mutation(mutation("m:payload"), {})).rejects.toMatchObject({
    data: { code: "machine_revoked" },
  });
  await expect(client.query(query("m:payload"), {})).rejects.toMatchObject({
    data: { code: "machine_revoked" },
  });
  const plain = await client.action(action("m:plain"), {}).catch((error: unknown) => error);
  expect(plain).toBeInstanceOf(Error);
  expect(plain).not.toHaveProperty("data");
  expect(String(plain)).toMatch(/\[CONVEX A\(m:plain\)\] \[Request ID: \w{16}\] Server Error/);
});

test("[SYNC16] setAuth ends authenticated and the queries know the user", async () => {
  const signer = await createSigner("RS256");
  const issuer = "https://issuer.example";
  const jwks = signer.dataAddress;
  const { connect } = await setup(() => [
    { type: "customJwt", issuer, jwks, algorithm: "RS256", applicationID: "app" },
  ]);
  const client = connect();
  const seen = watch(client, "m:who");
  await expect.poll(() => seen.at(-1)).toBe("nobody");
  const states: boolean[] = [];
  const now = inSeconds(Date.now(), 0);
  const token = await signer.sign({
    iss: issuer,
    sub: "ann",
    aud: "app",
    iat: now,
    exp: now + 900,
  });
  client.setAuth(
    async () => token,
    (isAuthenticated) => states.push(isAuthenticated),
  );
  await expect.poll(() => seen.at(-1)).toBe("ann");
  await expect.poll(() => states.at(-1)).toBe(true);
});

test("[SYNC3] a refused token makes the client fetch a new one and go on", async () => {
  const signer = await createSigner("RS256");
  const issuer = "https://issuer.example";
  const jwks = signer.dataAddress;
  const { connect } = await setup(() => [
    { type: "customJwt", issuer, jwks, algorithm: "RS256", applicationID: null },
  ]);
  const client = connect();
  const seen = watch(client, "m:who");
  const now = inSeconds(Date.now(), 0);
  const expired = await signer.sign({ iss: issuer, sub: "ann", iat: now - 900, exp: now - 60 });
  const good = await signer.sign({ iss: issuer, sub: "ann", iat: now, exp: now + 900 });
  const forced: boolean[] = [];
  client.setAuth(async ({ forceRefreshToken }) => {
    forced.push(forceRefreshToken);
    return forceRefreshToken ? good : expired;
  });
  await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe("ann");
  expect(forced.slice(0, 2)).toEqual([false, true]);
});
