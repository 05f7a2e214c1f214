/**
 * Faults told in advance: the next requests on a route fail, are slow, or are
 * carried out without the caller ever hearing of it.
 *
 * Owns the list of faults still to come; the REST middleware acts on them.
 */
import { matchRoute, type RoutePattern, routePattern } from "../rest/route-pattern.ts";

export type FailFault = {
  kind: "fail";
  /** 429 takes `retryAfterMs`; 5xx and others take a code and a message. */
  status: number;
  code?: number;
  message?: string;
  retryAfterMs?: number;
  scope?: "user" | "global" | "shared";
};
export type DelayFault = { kind: "delay"; delayMs: number };
/** The request is carried out, then the connection breaks ("reset") or stays silent ("hang"). */
export type LostAnswerFault = { kind: "loseAnswer"; how: "reset" | "hang" };
export type Fault = FailFault | DelayFault | LostAnswerFault;

/**
 * `route` as in `POST /channels/:id/messages`; `*` is any. `times` counts
 * requests, 1 unless given; "always" lasts until faults are cleared.
 */
export type PlannedFault = Fault & { route: string; times?: number | "always" };

type Pending = { pattern: RoutePattern; fault: Fault; left: number };

export class FaultScript {
  #pending: Pending[] = [];

  plan({ route, times = 1, ...fault }: PlannedFault): void {
    const left = times === "always" ? Number.POSITIVE_INFINITY : times;
    this.#pending.push({ pattern: routePattern(route), fault, left });
  }

  /** The first fault planned for this request, used up by one. */
  take(method: string, path: string): Fault | undefined {
    const match = this.#pending.find(({ pattern }) => matchRoute(pattern, method, path));
    if (match === undefined) return undefined;
    match.left -= 1;
    this.#pending = this.#pending.filter(({ left }) => left > 0);
    return match.fault;
  }

  clear(): void {
    this.#pending = [];
  }
}
