/** Why a provider's truth could not be read. Codes only: what a provider writes may hold keys or people. */
import Stripe from "stripe";

const AGAIN = [408, 409, 425, 429];

/** `isPassing`: asking again later may do. `afterMs`: when the provider wants it, if it says so. */
export interface ReadProblem {
  readonly code: string;
  readonly isPassing: boolean;
  readonly afterMs: number | null;
}

/** A provider's answer that is none. */
export class RefusedAnswer extends Error {
  override readonly name = "RefusedAnswer";
  readonly status: number;
  readonly afterMs: number | null;

  constructor(status: number, retryAfter: string | null) {
    super(`the provider answered ${status}`);
    const seconds = Number(retryAfter ?? Number.NaN);
    this.status = status;
    this.afterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
  }
}

/** The problem behind whatever reading threw; null for an error of ours. */
export function readProblem(error: unknown): ReadProblem | null {
  if (error instanceof RefusedAnswer) return problemOf(error.status, error.afterMs);
  if (error instanceof Stripe.errors.StripeConnectionError) return AWAY;
  if (error instanceof Stripe.errors.StripeError) return problemOf(error.statusCode ?? 500, null);
  if (error instanceof SyntaxError) return { code: "not_json", isPassing: true, afterMs: null };
  // `fetch` says by these that there is nobody, or that nobody answered in time.
  const isAway = error instanceof TypeError || Object(error).name === "TimeoutError";
  return isAway ? AWAY : null;
}

const AWAY: ReadProblem = { code: "unreachable", isPassing: true, afterMs: null };

function problemOf(status: number, afterMs: number | null): ReadProblem {
  const isPassing = status >= 500 || AGAIN.includes(status);
  const words: Record<number, string> = {
    401: "key_refused",
    403: "key_lacks_rights",
    429: "rate_limited",
  };
  return { code: words[status] ?? `answered_${status}`, isPassing, afterMs };
}
