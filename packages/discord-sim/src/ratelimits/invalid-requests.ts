/**
 * Who gets too many 401, 403 and 429 answers is shut out for a while, whole
 * address and all, as Cloudflare does it in front of Discord. 429 answers of
 * scope "shared" do not count.
 *
 * [DRL9] Past the limit every request answers 429 without Discord's body, until the ban is over.
 */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../clock.ts";
import { FixedWindows, type Limit } from "./fixed-window.ts";

export type InvalidRequestLimit = Limit & { banMs: number };

export const INVALID_REQUEST_LIMIT: InvalidRequestLimit = {
  limit: 10_000,
  perMs: 10 * 60_000,
  banMs: 60 * 60_000,
};

const COUNTED = [401, 403, 429];

export class InvalidRequests {
  readonly #clock: Clock;
  readonly #limit: InvalidRequestLimit;
  #windows: FixedWindows;
  #bannedUntilMs = 0;

  constructor(clock: Clock, limit: InvalidRequestLimit) {
    this.#clock = clock;
    this.#limit = limit;
    this.#windows = new FixedWindows(clock);
  }

  /** Zero when nobody is shut out. */
  banLeftMs(): number {
    return Math.max(0, this.#bannedUntilMs - this.#clock.nowMs());
  }

  note(answer: Response): void {
    const shared = answer.headers.get("x-ratelimit-scope") === "shared";
    if (!COUNTED.includes(answer.status) || shared) return;
    const { remaining } = this.#windows.take("everybody", this.#limit);
    if (remaining > 0) return;
    this.#bannedUntilMs = this.#clock.nowMs() + this.#limit.banMs;
    this.#windows = new FixedWindows(this.#clock);
  }

  lift(): void {
    this.#bannedUntilMs = 0;
    this.#windows = new FixedWindows(this.#clock);
  }
}

export function refuseBanned(invalid: InvalidRequests): MiddlewareHandler {
  return async function invalidRequestBan(c, next) {
    const leftMs = invalid.banLeftMs();
    if (leftMs > 0) {
      const headers = { "Retry-After": String(Math.ceil(leftMs / 1_000)) };
      return c.text("error code: 1015", 429, headers);
    }
    await next();
    invalid.note(c.res);
    return undefined;
  };
}
