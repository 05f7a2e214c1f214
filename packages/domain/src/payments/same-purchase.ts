/**
 * Whether two folds of one purchase say the same, for whoever asks if an event would change anything.
 *
 * [SAME1] When something was last said makes no difference, and neither does how often it was warned of.
 */
import { canonicalText } from "../canonical-text.ts";
import type { Purchase } from "./purchase.ts";

/** Compares terms, money, products, buyer and standing; null is a purchase that is none. */
export function isSamePurchase(a: Purchase | null, b: Purchase | null): boolean {
  return (
    canonicalText(a === null ? null : saidBy(a)) === canonicalText(b === null ? null : saidBy(b))
  );
}

function saidBy({ lastFactAtMs: _, warnings: __, status, ...said }: Purchase): object {
  const { state } = status;
  return { ...said, state };
}
