/// <reference types="vite/client" />
/**
 * What the tests of the backend share: a fresh deployment on convex-test, its
 * environment, machines of each kind, and events as a source sends them.
 */
import rateLimiter from "@convex-dev/rate-limiter/test";
import type { PostEvent, SourceEvent } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { convexTest } from "convex-test";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import type { EnvironmentName } from "./model/environment.ts";
import type { MachineKind } from "./model/machines/caller.ts";
import type { StaffRole } from "./model/people/validators.ts";
import schema from "./schema.ts";

/** Every module of the deployment by its path. */
export const modules = import.meta.glob(["./**/*.ts", "./_generated/*.js", "!./**/*.*.ts"]);

export const SITE = "https://deployment.test";
export const ISSUER = "https://machines.test";
export const CHANNEL = "900000000000000011";
export const TARGET = "900000000000000021";
export const GUILD = "900000000000000001";

/** Sets a variable of the deployment's environment; undefined takes it out. */
export function setEnvironment(name: EnvironmentName, text: string | undefined): void {
  const { env } = process;
  if (text === undefined) delete env[name];
  else env[name] = text;
}

/** A fresh deployment with its environment set. */
export function startBackend() {
  setEnvironment("CONVEX_SITE_URL", SITE);
  setEnvironment("SITE_URL", "http://127.0.0.1:5173");
  setEnvironment("HELIOGRAPH_FEED_KEY_SECRET", "a secret of the tests, long enough to be one");
  setEnvironment("HELIOGRAPH_MACHINE_ISSUER", ISSUER);
  setEnvironment("HELIOGRAPH_INGEST_EVENTS_PER_MINUTE", undefined);
  setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", `k1:${"A".repeat(43)}`);
  setEnvironment("HELIOGRAPH_MAIL_MODE", "outbox");
  setEnvironment("HELIOGRAPH_MAIL_FROM", "Signals <signals@customers.test>");
  const t = convexTest(schema, modules);
  rateLimiter.register(t);
  return t;
}

export type Backend = ReturnType<typeof startBackend>;

/** Puts a fresh key pair into the environment; answers the public key. */
export async function useFreshSigningKey(): Promise<CryptoKey> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  setEnvironment("HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY", JSON.stringify({ ...jwk, kid: "test-key" }));
  return pair.publicKey;
}

/** Puts fresh keys for people's sessions into the environment. */
export async function useFreshSignInKeys(): Promise<void> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256" };
  const publicExponent = new Uint8Array([1, 0, 1]);
  const pair = await crypto.subtle.generateKey({ ...algorithm, publicExponent }, true, ["sign"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const text = btoa(String.fromCharCode(...der));
  setEnvironment(
    "JWT_PRIVATE_KEY",
    `-----BEGIN PRIVATE KEY----- ${text} -----END PRIVATE KEY-----`,
  );
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  setEnvironment("JWKS", JSON.stringify({ keys: [{ use: "sig", ...jwk }] }));
}

/** Sets up every payment provider. */
export function usePaymentProviders(): void {
  setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_backend");
  setEnvironment("HELIOGRAPH_STRIPE_API_URL", "http://127.0.0.1:1");
  setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", "whsec_backend");
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", undefined);
  setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", "ws_backend");
  setEnvironment("HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS", "sellapp_backend");
}

/** The code with which a call is refused; what it answers if it is not. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ConvexError) return error.data.code;
    throw error;
  }
}

/** A machine with its token, and the backend as that machine sees it. */
export async function issueMachine(t: Backend, kind: MachineKind, name: string = kind) {
  const { token, machineId } = await t.action(internal.machines.issue, { kind, name });
  return { token, machineId, as: asMachine(t, machineId, kind) };
}

/** The backend with the identity that a machine's JWT gives. */
export function asMachine(t: Backend, machineId: Id<"machineTokens">, kind: MachineKind) {
  return t.withIdentity({ subject: machineId, issuer: ISSUER, kind });
}

/** A person who is signed in, and the backend as they see it; with a role, they are staff. */
export async function signUp(t: Backend, email: string, role?: StaffRole) {
  const { userId, sessionId } = await t.run(async (ctx) => {
    const userId = await ctx.db.insert("users", { email, emailVerificationTime: Date.now() });
    const expirationTime = Date.now() + 60 * 60_000;
    const sessionId = await ctx.db.insert("authSessions", { userId, expirationTime });
    if (role !== undefined) await ctx.db.insert("staff", { userId, role });
    return { userId, sessionId };
  });
  return { userId, sessionId, as: asPerson(t, userId, sessionId) };
}

/** The backend with the identity that a session's JWT gives. */
export function asPerson(t: Backend, userId: Id<"users">, sessionId: Id<"authSessions">) {
  return t.withIdentity({ subject: `${userId}|${sessionId}`, issuer: SITE });
}

/** The newest mail to an address, and the code in it. */
export async function readMail(t: Backend, to: string) {
  const mail = await t.run(
    async (ctx) =>
      await ctx.db
        .query("mails")
        .withIndex("by_to", (q) => q.eq("to", to))
        .order("desc")
        .first(),
  );
  if (mail === null) throw new Error(`no mail to ${to}`);
  const code = /Your code is (\S+)/.exec(mail.text ?? "")?.[1] ?? "";
  const token = /token=(\w+)/.exec(mail.text ?? "")?.[1] ?? "";
  return { ...mail, code, token };
}

/** A source, with as many routes as asked for. */
export async function seedSource(t: Backend, routes = 1, source: Partial<typeof SOURCE> = {}) {
  const seeded = { ...SOURCE, ...source };
  await t.mutation(internal.setup.seed, {
    sources: [seeded],
    routes: Array.from({ length: routes }, (_, index) => ({
      sourceName: seeded.name,
      guildId: "900000000000000002",
      channelId: String(Number(TARGET.slice(-6)) + index).padStart(18, "9"),
      name: `target ${index + 1}`,
    })),
  });
}

const SOURCE = {
  name: "basic-calls",
  guildId: GUILD,
  channelId: CHANNEL,
  minTier: "basic" as "basic" | "advanced" | "pro",
};

/** A create event; `changes` replace fields. */
export function post(messageId: string, changes: Partial<PostEvent> = {}): SourceEvent {
  return {
    type: "create",
    messageId,
    channelId: CHANNEL,
    occurredAt: Date.now() - 1_000,
    content: `BTC long ${messageId}`,
    ...changes,
  };
}

/** A delete event. */
export function removal(messageId: string, occurredAt: number = Date.now()): SourceEvent {
  return { type: "delete", messageId, channelId: CHANNEL, occurredAt };
}

/** Sends a request to the ingest route. */
export async function sendIngest(
  t: Backend,
  token: string | null,
  body: unknown,
  init: RequestInit = {},
) {
  const response = await t.fetch("/ingest/v1/events", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The preview key of a feed. */
export async function previewKey(t: Backend, feed: "basic" | "advanced" | "pro" = "basic") {
  const { keys } = await t.mutation(internal.access.previewKeys, {});
  const key = keys.find((text) => text.startsWith(`v1.${feed}.`));
  if (key === undefined) throw new Error(`no preview key for ${feed}`);
  return key;
}

/** The first segments of a feed as a viewer reads them, in one list. */
export async function readFeed(t: Backend, feedKey: string, segments = [0]) {
  const pages = await Promise.all(
    segments.map((segment) => t.query(api.feed.segment, { feedKey, segment })),
  );
  return pages.flatMap((page) => (page.state === "current" ? page.signals : []));
}
