import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import authConfig from "./auth.config.ts";
import { MACHINE_AUDIENCE } from "./model/machines/audience.ts";
import {
  asMachine,
  type Backend,
  ISSUER,
  issueMachine,
  post,
  seedSource,
  sendIngest,
  setEnvironment,
  startBackend,
  useFreshSigningKey,
} from "./test.setup.ts";

const MINUTE_MS = 60_000;

let t: Backend;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
});

afterEach(() => {
  vi.useRealTimers();
});

async function exchange(token: string | null) {
  const response = await t.fetch("/auth/machine", {
    method: "POST",
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function decodePart(part: string | undefined) {
  return JSON.parse(atob((part ?? "").replaceAll("-", "+").replaceAll("_", "/")));
}

function decodeBytes(part: string | undefined): Uint8Array<ArrayBuffer> {
  const text = atob((part ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

describe("tokens", () => {
  test("[MAC1] the database holds the token's hash and nowhere the token", async () => {
    const { token } = await issueMachine(t, "bot");
    const rows = await t.run(async (ctx) => await ctx.db.query("machineTokens").collect());
    expect(token).toMatch(/^hg_bot_[0-9a-f]{64}$/);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.tokenHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(rows)).not.toContain(token.slice("hg_bot_".length));
  });

  test("[MAC2] rotating refuses the old token and keeps the machine", async () => {
    await useFreshSigningKey();
    const { token: old, machineId } = await issueMachine(t, "bot");
    const { token } = await t.action(internal.machines.rotate, { machineId });
    expect(await exchange(old)).toMatchObject({ status: 401, body: { code: "unknown_token" } });
    const { body } = await exchange(token);
    expect(decodePart(body.token.split(".")[1]).sub).toBe(machineId);
  });

  test("[MAC2] a machine that was revoked gets no new token", async () => {
    const { machineId } = await issueMachine(t, "bot");
    await t.mutation(internal.machines.revokeNow, { machineId });
    const call = t.action(internal.machines.rotate, { machineId });
    await expect(call).rejects.toThrow("has ended (revoked)");
  });

  test("[MAC2] a token that lives for a time ends by a scheduled function", async () => {
    await useFreshSigningKey();
    const args = { kind: "console", name: "for a day", ttlMs: 5 * MINUTE_MS } as const;
    const { token, machineId } = await t.action(internal.machines.issue, args);
    const console = asMachine(t, machineId, "console");
    expect((await console.query(api.sources.list, {})).state).toBe("current");
    vi.advanceTimersByTime(5 * MINUTE_MS);
    await t.finishInProgressScheduledFunctions();
    expect((await console.query(api.sources.list, {})).state).toBe("revoked");
    expect(await exchange(token)).toMatchObject({ status: 401, body: { code: "expired_token" } });
  });

  test("[MAC2] a mutation refuses a machine that is past its time even before that function has run", async () => {
    const args = { kind: "bot", name: "late", ttlMs: MINUTE_MS } as const;
    const { machineId } = await t.action(internal.machines.issue, args);
    vi.setSystemTime(Date.now() + 2 * MINUTE_MS);
    const call = asMachine(t, machineId, "bot").mutation(api.leases.acquire, {
      shard: 0,
      holder: "h",
    });
    await expect(call).rejects.toMatchObject({ data: { code: "machine_revoked" } });
  });

  test("[MAC2] the sweep ends a machine whose expiry was missed, and forgets it after a month", async () => {
    const { machineId } = await t.action(internal.machines.issue, { kind: "bot", name: "b" });
    const readRow = () => t.run(async (ctx) => await ctx.db.get("machineTokens", machineId));
    await t.run(async (ctx) => {
      await ctx.db.patch("machineTokens", machineId, { expiresAtMs: Date.now() - 1 });
    });
    await t.mutation(internal.machines.sweep, {});
    expect(await readRow()).toMatchObject({ state: "expired" });
    vi.setSystemTime(Date.now() + 31 * 24 * 60 * MINUTE_MS);
    await t.mutation(internal.machines.sweep, {});
    expect(await readRow()).toBeNull();
  });

  test("[MAC2] a time to live that cannot be is refused", async () => {
    for (const ttlMs of [0, -1, Number.NaN, 1e15]) {
      const call = t.action(internal.machines.issue, { kind: "bot", name: "b", ttlMs });
      await expect(call).rejects.toThrow("ttlMs");
    }
  });

  test("[MAC3] last use is written once a minute, whatever the traffic", async () => {
    await seedSource(t);
    const { token, machineId } = await issueMachine(t, "source");
    const startMs = Date.now();
    const sendAt = async (atMs: number) => {
      vi.setSystemTime(atMs);
      await sendIngest(t, token, { events: [post(`m${atMs}`)] });
      vi.setSystemTime(atMs + 2_000);
      await t.mutation(internal.ingest.rollUp, {});
      return await readUse(machineId);
    };
    expect(await readUse(machineId)).toBeNull();
    expect(await sendAt(startMs)).toBe(startMs);
    expect(await sendAt(startMs + 10_000)).toBe(startMs);
    await t.mutation(internal.machines.touch, { machineId });
    expect(await readUse(machineId)).toBe(startMs);
    expect(await sendAt(startMs + MINUTE_MS)).toBe(startMs + MINUTE_MS);
  });

  test("[MAC3] a batch writes nothing about its sender but its own tally", async () => {
    await seedSource(t);
    const { token, machineId } = await issueMachine(t, "source");
    await sendIngest(t, token, { events: [post("m1")] });
    expect(await readUse(machineId)).toBeNull();
  });

  async function readUse(machineId: string): Promise<number | null> {
    const rows = await t.run(async (ctx) => await ctx.db.query("tokenUses").collect());
    return rows.find((row) => row.machineId === machineId)?.usedAtMs ?? null;
  }
});

describe("the exchange", () => {
  test("[JWT1] a token becomes an ES256 JWT of at most ten minutes for its machine", async () => {
    const publicKey = await useFreshSigningKey();
    const { token, machineId } = await issueMachine(t, "bot", "Bot 1");
    const { status, headers, body } = await exchange(token);
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({ kind: "bot", name: "Bot 1", expiresAtMs: Date.now() + 600_000 });
    const [head, payload, signature] = body.token.split(".");
    expect(decodePart(head)).toEqual({ alg: "ES256", typ: "JWT", kid: "test-key" });
    expect(decodePart(payload)).toEqual({
      iss: ISSUER,
      sub: machineId,
      aud: MACHINE_AUDIENCE,
      kind: "bot",
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 600,
    });
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signed = new TextEncoder().encode(`${head}.${payload}`);
    const isGood = await crypto.subtle.verify(algorithm, publicKey, decodeBytes(signature), signed);
    expect(isGood).toBe(true);
  });

  test("[JWT1] a private key in PEM signs too, under the id of the first public key", async () => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    const pem = `-----BEGIN PRIVATE KEY-----\n${btoa(String.fromCharCode(...der))}\n-----END PRIVATE KEY-----\n`;
    setEnvironment("HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY", pem);
    const jwks = btoa(JSON.stringify({ keys: [{ kid: "first" }] }));
    setEnvironment("HELIOGRAPH_MACHINE_JWKS", `data:application/json;base64,${jwks}`);
    const { body } = await exchange((await issueMachine(t, "bot")).token);
    expect(decodePart(body.token.split(".")[0]).kid).toBe("first");
  });

  test("[JWT1] the JWT never outlives the token", async () => {
    await useFreshSigningKey();
    const args = { kind: "console", name: "short", ttlMs: MINUTE_MS } as const;
    const { token } = await t.action(internal.machines.issue, args);
    expect((await exchange(token)).body.expiresAtMs).toBe(Date.now() + MINUTE_MS);
  });

  test("[JWT2] no token, an unknown one and a revoked one are 401 with their code", async () => {
    const { token, machineId } = await issueMachine(t, "bot");
    await t.mutation(internal.machines.revokeNow, { machineId });
    expect(await exchange(null)).toMatchObject({ status: 401, body: { code: "missing_token" } });
    expect(await exchange("nobody")).toMatchObject({
      status: 401,
      body: { code: "unknown_token" },
    });
    expect(await exchange(token)).toMatchObject({ status: 401, body: { code: "revoked_token" } });
  });

  test("[JWT3] the deployment accepts the audience and algorithm that the exchange writes", () => {
    const [, provider] = authConfig.providers; // the second is for machines
    expect(provider).toMatchObject({
      type: "customJwt",
      algorithm: "ES256",
      applicationID: MACHINE_AUDIENCE,
    });
  });
});

describe("revoking", () => {
  test("[REV1] revoking answers `revoked` to the machine's queries at once and refuses its mutations", async () => {
    const [bot, other, console] = [
      await issueMachine(t, "bot"),
      await issueMachine(t, "bot", "other"),
      await issueMachine(t, "console"),
    ];
    expect((await bot.as.query(api.sources.watched, {})).state).toBe("current");
    await console.as.mutation(api.machines.revoke, { machineId: bot.machineId });
    expect(await bot.as.query(api.sources.watched, {})).toEqual({ state: "revoked" });
    expect(await bot.as.query(api.mirrors.work, { shard: 0, lane: "normal" })).toEqual({
      state: "revoked",
    });
    const call = bot.as.mutation(api.leases.acquire, { shard: 0, holder: "h" });
    await expect(call).rejects.toMatchObject({ data: { code: "machine_revoked" } });
    expect((await other.as.query(api.sources.watched, {})).state).toBe("current");
  });

  test("[REV2] an operator's deed is in the audit log", async () => {
    const [bot, console] = [await issueMachine(t, "bot"), await issueMachine(t, "console")];
    await console.as.mutation(api.machines.revoke, { machineId: bot.machineId });
    const log = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
    expect(log).toMatchObject([
      {
        actor: { kind: "console", machineId: console.machineId },
        action: "machines.revoke",
        subject: bot.machineId,
      },
    ]);
  });
});

test("[TIM1] GET /time answers the clock, uncached and open to every page", async () => {
  const response = await t.fetch("/time");
  expect(await response.json()).toEqual({ nowMs: Date.now() });
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
});
