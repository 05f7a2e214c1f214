/** The last REST requests, for tests that count what a bot did. Tokens in addresses are left out. */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../clock.ts";
import { apiPath } from "./api-path.ts";

export type LoggedRequest = {
  method: string;
  path: string;
  /** What was answered, or would have been if the answer had not been lost. */
  status: number;
  atMs: number;
  /** Discord's code in a refusal. */
  code: number | null;
  /** X-Audit-Log-Reason, readable. */
  reason: string | null;
};

const KEPT = 2_000;

export class RequestLog {
  #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT * 2) this.#entries = this.#entries.slice(-KEPT);
  }

  /** Oldest first. */
  all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}

export function logRequests(log: RequestLog, clock: Clock): MiddlewareHandler {
  return async function logRequest(c, next) {
    const atMs = clock.nowMs();
    await next();
    const path = apiPath(c.req.path).replace(/^(\/webhooks\/\d+)\/[^/]+/, "$1/:token");
    const reason = c.req.header("x-audit-log-reason");
    log.add({
      method: c.req.method,
      path,
      status: c.res.status,
      atMs,
      code: await codeOf(c.res),
      reason: reason === undefined ? null : decodeURIComponent(reason),
    });
  };
}

async function codeOf(answer: Response): Promise<number | null> {
  if (answer.status < 400) return null;
  try {
    const body: unknown = await answer.clone().json();
    const code = typeof body === "object" && body !== null && "code" in body ? body.code : null;
    return typeof code === "number" ? code : null;
  } catch {
    return null; // no JSON: a ban, or a planned failure
  }
}
