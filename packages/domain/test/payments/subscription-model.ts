/**
 * Who has access at a time, said as plainly as possible from what really happened: the yardstick for the
 * folds, which see only the providers' events. Looks at one moment, builds no intervals.
 */
import type { PaymentState, Product, Step } from "./subscription-history.ts";

/** The product in force at that time, or null for no access. */
export function productInForce(
  steps: readonly Step[],
  atMs: number,
  graceMs: number,
): Product | null {
  const past = steps.filter((step) => step.atMs <= atMs);
  const now = past.at(-1)?.subscription;
  if (now === undefined) return null;
  const paid = past.flatMap(({ money }) => (money?.what === "paid" ? [money.payment] : []));
  const current = paid.findLast(({ isChange }) => !isChange);
  const changes = paid.slice(paid.findLastIndex(({ isChange }) => !isChange) + 1);
  if (current !== undefined && (isRefunded(past, current) || isDisputed(past, current)))
    return null;
  if (changes.some((change) => isDisputed(past, change))) return null;
  const hasPaid = paid.some(({ amount }) => amount > 0);
  switch (now.status) {
    case "ended":
    case "unpaid":
      return null;
    case "trialing":
      return atMs < now.untilMs ? now.product : null;
    case "active":
      return atMs < now.untilMs + (now.isCanceling ? 0 : graceMs) ? now.product : null;
    case "paused":
      return atMs < (current?.untilMs ?? 0) ? now.product : null;
    case "pastDue":
      return hasPaid && atMs < (now.failingSinceMs ?? 0) + graceMs ? now.product : null;
  }
}

function isRefunded(past: readonly Step[], payment: PaymentState): boolean {
  let refunded = 0;
  for (const { money } of past) {
    if (money?.payment.n !== payment.n) continue;
    if (money.what === "refunded") refunded += money.amount;
    if (money.what === "refundFailed") refunded -= money.amount;
  }
  return refunded > 0 && refunded >= payment.amount;
}

function isDisputed(past: readonly Step[], payment: PaymentState): boolean {
  const dispute = past.findLast(
    ({ money }) =>
      money?.payment.n === payment.n && ["disputed", "won", "lost"].includes(money.what),
  );
  return dispute !== undefined && dispute.money?.what !== "won";
}
