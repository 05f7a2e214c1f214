/** One question to a provider without a library of ours. The key goes into a header and nowhere else. */
import { RefusedAnswer } from "./problems.ts";

const TIMEOUT_MS = 15_000;

export interface Question {
  readonly base: string; // the API's address, without a slash at the end
  readonly key: string;
}

/** What is to be changed there, instead of read. */
export interface Change {
  readonly method: "POST" | "PATCH";
  readonly body: object;
}

/** The JSON at a path. Throws `RefusedAnswer` for anything but a 2xx. */
export async function ask(
  { base, key }: Question,
  path: string,
  query: Readonly<Record<string, string | null>>,
  change?: Change,
): Promise<unknown> {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const address = `${base.replace(/\/+$/, "")}${path}?${new URLSearchParams(given)}`;
  const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
  const json = { "content-type": "application/json" };
  const response = await fetch(address, {
    ...(change === undefined
      ? { headers }
      : {
          method: change.method,
          headers: { ...headers, ...json },
          body: JSON.stringify(change.body),
        }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return await response.json();
  await response.body?.cancel();
  throw new RefusedAnswer(response.status, response.headers.get("retry-after"));
}

/** An object's field, whatever the object is. */
export function field(object: unknown, name: string): unknown {
  return Object(object)[name];
}

/** A list's items; none if it is no list. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An ISO time as milliseconds; null if it is none. */
export function isoMs(value: unknown): number | null {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
