/**
 * How long what somebody may see goes on, and what happens then, in one sentence's worth.
 *
 * [NOTE1] What renews by itself is said to renew, whatever else runs beside it.
 * [NOTE2] After a failed payment the end of the grace is said, where that is what ends the access.
 * [NOTE3] Everything else ends when access ends; without an end nothing is said of one.
 */
import { compareTiers, type Tier } from "../tiers.ts";

/** Whether a purchase goes on by itself; null: it does not. `stopped`: unpaid or paused. */
export type Renewal =
  | { readonly state: "renews" | "trial" | "grace"; readonly atMs: number | null }
  | { readonly state: "stopped" }
  | null;

export type AccessNotice =
  | { readonly kind: "renews" | "trial" | "grace" | "ends"; readonly atMs: number }
  | { readonly kind: "open" };

/** What to tell of access that is open now. */
export function accessNotice(
  access: { readonly tier: Tier; readonly untilMs: number | null },
  held: readonly {
    readonly tier: Tier;
    readonly phase: "pending" | "current" | "over";
    readonly renewal: Renewal;
  }[],
): AccessNotice {
  const { untilMs } = access;
  if (untilMs === null) return { kind: "open" };
  const renewals = held
    .filter(({ tier, phase }) => phase === "current" && compareTiers(tier, access.tier) >= 0)
    .flatMap(({ renewal }) => (renewal === null || renewal.state === "stopped" ? [] : [renewal]));
  const running = renewals.find(({ state }) => state === "renews" || state === "trial");
  if (running !== undefined) return { kind: running.state, atMs: running.atMs ?? untilMs };
  const isGrace = renewals.some(({ atMs }) => atMs !== null && atMs >= untilMs);
  return { kind: isGrace ? "grace" : "ends", atMs: untilMs };
}
