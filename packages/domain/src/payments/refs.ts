/**
 * Names of what a payment provider's events are about, and which of them belong together.
 *
 * A ref is `kind:id`: `subscription:sub_1`, `charge:ch_1`, `order:236`. An event names one or more
 * refs; two refs in one event are linked for good. All refs that are linked, however far, form a
 * group, and a group is one purchase:
 *
 *   refund.created       charge:ch_1 - payment_intent:pi_1
 *   invoice_payment.paid               payment_intent:pi_1 - invoice:in_1
 *   invoice.paid                                             invoice:in_1 - subscription:sub_1
 *
 * The purchase is named after its anchor: the best ref of the group by kind, then by text. A group
 * may get a better anchor, or two groups may become one, when a late event links them: what was
 * kept under another ref of the group is then replaced by the fold of the whole group.
 *
 * A customer is not a ref of a purchase: one customer may have many purchases.
 */

/** The payment providers. */
export const PROVIDERS = ["stripe", "whop", "sellapp"] as const;

/** A payment provider. */
export type Provider = (typeof PROVIDERS)[number];

/** What can stand before the colon of a ref; `customer` only in events about the customer alone. */
export type RefKind =
  | "subscription"
  | "membership"
  | "order"
  | "checkout"
  | "invoice"
  | "payment"
  | "payment_intent"
  | "charge"
  | "refund"
  | "dispute"
  | "customer";

/** A provider's object: kind, colon, the provider's id. */
export type Ref = `${RefKind}:${string}`;

/** The kinds a purchase can be named after, best first. */
const ANCHOR_KINDS: readonly RefKind[] = [
  "subscription",
  "membership",
  "order",
  "checkout",
  "invoice",
  "payment",
];

/** The ref a group's purchase is named after; null if none of them can be sold (a charge alone). */
export function anchorOf(refs: Iterable<Ref>): Ref | null {
  const candidates = [...refs].filter((ref) => ANCHOR_KINDS.includes(kindOf(ref)));
  const [best] = candidates.sort(
    (a, b) => ANCHOR_KINDS.indexOf(kindOf(a)) - ANCHOR_KINDS.indexOf(kindOf(b)) || (a < b ? -1 : 1),
  );
  return best ?? null;
}

/** Every pair that must be stored as an edge so that all of these refs are found from each other. */
export function linksAmong(refs: readonly Ref[]): [Ref, Ref][] {
  const [first, ...others] = [...new Set(refs)];
  return first === undefined ? [] : others.map((other) => [first, other]);
}

/** The groups that these sets of refs form, each with all its refs. */
export function groupsOf(sets: Iterable<readonly Ref[]>): Set<Ref>[] {
  const groupByRef = new Map<Ref, Set<Ref>>();
  for (const set of sets) {
    const touched = new Set(set.map((ref) => groupByRef.get(ref) ?? new Set([ref])));
    const merged = new Set([...touched].flatMap((group) => [...group]));
    for (const ref of merged) groupByRef.set(ref, merged);
  }
  return [...new Set(groupByRef.values())];
}

/**
 * All refs linked to one of `starts`, nearest first, at most `most`. `neighboursOf` looks one ref's
 * edges up, those of equally near refs at once; with a bounded answer per ref the walk is bounded, too.
 */
export async function walkRefs(
  starts: readonly Ref[],
  neighboursOf: (ref: Ref) => Promise<readonly Ref[]>,
  most: number,
): Promise<Ref[]> {
  const found = new Set(starts);
  let nearest = [...found];
  while (nearest.length > 0 && found.size < most) {
    const neighbours = (await Promise.all(nearest.map(neighboursOf))).flat();
    nearest = [...new Set(neighbours)].filter((ref) => !found.has(ref)).slice(0, most - found.size);
    for (const ref of nearest) found.add(ref);
  }
  return [...found];
}

/** What stands before the colon. */
export function kindOf(ref: Ref): RefKind {
  return ref.slice(0, ref.indexOf(":")) as RefKind;
}
