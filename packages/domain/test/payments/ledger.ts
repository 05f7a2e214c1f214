/**
 * The smallest backend that applies events as they come: it keeps every event once, keeps the edges
 * between refs, and after each batch folds the groups that were touched. A purchase whose group got a
 * better anchor is replaced.
 */
import type { PaymentEvent } from "../../src/payments/facts.ts";
import { foldPurchase } from "../../src/payments/fold-purchase.ts";
import type { Purchase } from "../../src/payments/purchase.ts";
import { type Ref, walkRefs } from "../../src/payments/refs.ts";
import { type RawEvent, read } from "./raw-event.ts";

/** The purchases by anchor, after all events were applied in batches of that size. */
export async function ledgerOf(
  raw: readonly RawEvent[],
  batchSize: number,
): Promise<Map<Ref, Purchase>> {
  const events = new Map<string, PaymentEvent>();
  const edges = new Map<Ref, Set<Ref>>();
  const purchases = new Map<Ref, Purchase>();
  for (let start = 0; start < raw.length; start += batchSize) {
    const batch = raw.slice(start, start + batchSize).map(read);
    for (const event of batch) {
      events.set(event.eventKey, event);
      for (const [a, b] of event.links) {
        edges.set(a, (edges.get(a) ?? new Set()).add(b));
        edges.set(b, (edges.get(b) ?? new Set()).add(a));
      }
    }
    for (const { about } of batch) {
      const [first] = about;
      if (first === undefined) continue;
      const group = await walkRefs([first], async (ref) => [...(edges.get(ref) ?? [])], 1_000);
      const members = [...events.values()].filter((event) =>
        event.about.some((ref) => group.includes(ref)),
      );
      const purchase = foldPurchase(
        members[0]?.provider ?? "stripe",
        members.flatMap(({ facts }) => facts),
      );
      for (const ref of group) purchases.delete(ref);
      if (purchase !== null) purchases.set(purchase.anchor, purchase);
    }
  }
  return purchases;
}
