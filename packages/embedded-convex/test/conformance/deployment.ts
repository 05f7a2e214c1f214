/** The deployment under test, by what any deployment offers: its addresses and its admin key. */
import { randomUUID } from "node:crypto";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import type { JSONValue, Value } from "convex/values";
import { importJWK, type JWK, SignJWT } from "jose";
import { inject, onTestFinished } from "vitest";
import { type Frame, RawClient } from "../raw-client.ts";

export interface Deployment {
  readonly url: string;
  readonly siteUrl: string;
  readonly adminKey: string;
  /** Signs tokens that the pushed auth.config accepts. */
  readonly signingKey: string;
}

export const deployment = inject("conformance");
export const ISSUER = "https://issuer.example";

/** A name that no other test has, nor an earlier run. */
export const unique = (name: string) => `${name} ${randomUUID()}`;

export function connect(): ConvexClient {
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false, logger: false });
  onTestFinished(() => client.close());
  return client;
}

const http = new ConvexHttpClient(deployment.url, { logger: false });

type Args = Record<string, Value | undefined>;
export const ask = (path: string, args: Args = {}): Promise<unknown> =>
  http.query(makeFunctionReference<"query">(path), args);
export const mutate = (path: string, args: Args = {}): Promise<unknown> =>
  http.mutation(makeFunctionReference<"mutation">(path), args, { skipQueue: true });
export const act = (path: string, args: Args = {}): Promise<unknown> =>
  http.action(makeFunctionReference<"action">(path), args);

/** A POST of JSON, its answer as it is. */
export async function post(
  path: string,
  body: JSONValue,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${deployment.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}

export const asAdmin = { Authorization: `Convex ${deployment.adminKey}` };

export async function tokenOf(subject: string, claims: object = {}): Promise<string> {
  const key = await importJWK(JSON.parse(deployment.signingKey) as JWK, "ES256");
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "key-1" })
    .setIssuer(ISSUER)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(key);
}

/** A socket that speaks frames, with a session of its own unless told otherwise. */
export async function rawSocket(
  more: Readonly<Record<string, JSONValue>> = {},
): Promise<RawClient> {
  const client = await RawClient.connect(deployment.url, { sessionId: randomUUID(), ...more });
  onTestFinished(() => client.close());
  return client;
}

export const timeOf = (ts: JSONValue | undefined): bigint =>
  Buffer.from(String(ts), "base64").readBigUInt64LE();

export type { Frame };
