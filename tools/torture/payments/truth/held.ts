/**
 * What somebody should have, by the providers' objects as they stand, without any event: an answer to
 * `packages/domain` that shares no line with it.
 *
 *   running     a subscription or membership: a tier until a time
 *   metered     a single payment: so many days, which stand still while the payment does not stand
 */
import type { Tier } from "../shop.ts";

const DAY_MS = 86_400_000;

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number | null;
}

/** One purchase. `standsStill`: when a single payment was refunded or disputed. */
export type Held = { readonly email: string; readonly tier: Tier } & (
  | { readonly kind: "running"; readonly untilMs: number }
  | {
      readonly kind: "metered";
      readonly paidAtMs: number;
      readonly days: number;
      readonly standsStill: readonly Span[];
    }
);

/** The tier that all of a person's purchases give at that time. */
export function tierAt(held: readonly Held[], tiers: readonly Tier[], atMs: number): Tier | null {
  const given = tiers.filter((tier) => {
    const ofTier = held.filter((found) => found.tier === tier);
    const runs = ofTier.some((found) => found.kind === "running" && atMs < found.untilMs);
    return runs || isMeterRunning(ofTier, atMs);
  });
  return given.at(-1) ?? null;
}

/** Lets the days run, from one moment at which anything changes to the next. */
function isMeterRunning(held: readonly Held[], atMs: number): boolean {
  const coins = held
    .flatMap((found) => (found.kind === "metered" ? [found] : []))
    .toSorted((a, b) => a.paidAtMs - b.paidAtMs)
    .map((found) => ({ ...found, leftMs: found.days * DAY_MS }));
  const moments = coins.flatMap(({ paidAtMs, standsStill }) => [
    paidAtMs,
    ...standsStill.flatMap(({ fromMs, untilMs }) =>
      untilMs === null ? [fromMs] : [fromMs, untilMs],
    ),
  ]);
  const mayRun = (coin: (typeof coins)[number], ms: number) =>
    coin.leftMs > 0 && coin.paidAtMs <= ms && !coin.standsStill.some((span) => isIn(span, ms));
  let nowMs = Math.min(...moments);
  while (nowMs < atMs) {
    const coin = coins.find((found) => mayRun(found, nowMs));
    const nextMs = Math.min(atMs, ...moments.filter((ms) => ms > nowMs));
    const stepMs = coin === undefined ? nextMs - nowMs : Math.min(coin.leftMs, nextMs - nowMs);
    if (coin !== undefined) coin.leftMs -= stepMs;
    nowMs += stepMs;
  }
  return coins.some((coin) => mayRun(coin, atMs));
}

function isIn({ fromMs, untilMs }: Span, ms: number): boolean {
  return fromMs <= ms && (untilMs === null || ms < untilMs);
}
