/** One request to Discord's API. Tokens go into headers and bodies, never into an address or an error. */
import { discordUrl } from "./application.ts";

const TIMEOUT_MS = 10_000;

export interface Answer {
  readonly status: number; // 0: there was none
  readonly body: unknown; // null if it was no JSON
  readonly retryAfterMs: number | null;
}

/** Never throws: Discord that cannot be reached is an answer with status 0. */
export async function askDiscord(path: string, init: RequestInit): Promise<Answer> {
  const address = `${discordUrl()}/api/v10${path}`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(address, { signal, ...init });
    const body = await readJson(response);
    return { status: response.status, body, retryAfterMs: waitOf(response, body) };
  } catch {
    return { status: 0, body: null, retryAfterMs: null };
  }
}

/** A field of an object, whatever it is; undefined without one. */
export function fieldOf(body: unknown, name: string): unknown {
  return Object(body)[name];
}

/** A field that is text; empty without one. */
export function textOf(body: unknown, name: string): string {
  const value = fieldOf(body, name);
  return typeof value === "string" ? value : "";
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function waitOf(response: Response, body: unknown): number | null {
  if (response.status !== 429) return null;
  const told = Number(fieldOf(body, "retry_after") ?? response.headers.get("retry-after"));
  return Number.isFinite(told) ? told * 1_000 : null;
}
