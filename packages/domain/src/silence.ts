/**
 * Silence: has a source, or a route, gone quiet for longer than it should? Pure:
 * the caller says what time it is.
 */

/** What somebody expects: posts this often, what the past suggests, or nothing. */
export type SilenceRule =
  | { readonly kind: "learned" }
  | { readonly kind: "every"; readonly ms: number }
  | { readonly kind: "off" };

export type SilenceState = "learning" | "heard" | "silent" | "off";

const HOUR_MS = 60 * 60_000;
const FEWEST_GAPS = 10;
const LEAST_BOUND_MS = HOUR_MS; // analysts rest for an hour
const MOST_BOUND_MS = 7 * 24 * HOUR_MS;
const LEEWAY = 1.5;

/** How long a post may take to its targets before the route is taken for stuck. */
export const ROUTE_GRACE_MS = 5 * 60_000;

/**
 * The silence that is out of the ordinary for somebody who posted at these times: half as long again as the
 * longest pause among them, so that nights and weekends are none. Null: too few to tell.
 */
export function learnSilenceMs(arrivalsMs: readonly number[]): number | null {
  const sorted = [...arrivalsMs].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((atMs, index) => atMs - (sorted[index] ?? atMs));
  if (gaps.length < FEWEST_GAPS) return null;
  const longest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  return Math.min(MOST_BOUND_MS, Math.max(LEAST_BOUND_MS, longest * LEEWAY));
}

/** Since when a source is listened to, when it was last heard, and what silence is too long. */
export interface Listening {
  readonly rule: SilenceRule;
  readonly learnedMs: number | null;
  readonly lastAtMs: number | null;
  readonly watchedSinceMs: number;
}

/** The silence that is too long under the rule; null: none is. */
export function silenceBoundMs({ rule, learnedMs }: Pick<Listening, "rule" | "learnedMs">) {
  switch (rule.kind) {
    case "off":
      return null;
    case "every":
      return rule.ms;
    case "learned":
      return learnedMs;
    default:
      return rule satisfies never;
  }
}

/** How a source stands at that moment. */
export function judgeSource(listening: Listening, nowMs: number): SilenceState {
  if (listening.rule.kind === "off") return "off";
  const boundMs = silenceBoundMs(listening);
  if (boundMs === null) return "learning";
  const sinceMs = listening.lastAtMs ?? listening.watchedSinceMs;
  return nowMs - sinceMs > boundMs ? "silent" : "heard";
}

/** How long a post may take to this target. */
export function routeGraceMs(rule: SilenceRule): number {
  return rule.kind === "every" ? rule.ms : ROUTE_GRACE_MS;
}
