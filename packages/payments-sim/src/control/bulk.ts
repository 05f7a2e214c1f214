/**
 * Many random purchases with random later events: the same seed and catalogue
 * give the same plan. They happen as the clock moves.
 *
 * [PBLK1] The plan depends on nothing but the wish and the catalogue.
 */
import type { Plan } from "../catalogue/catalogue.ts";
import { DAY_MS, HOUR_MS } from "../clock.ts";
import {
  type Fields,
  isFields,
  needText,
  present,
  readList,
  readText,
  readWhole,
} from "../fields.ts";
import {
  type Order,
  PROVIDERS,
  type ProviderName,
  type Purchase,
  type PurchaseAction,
} from "../purchases/purchase.ts";
import { Random } from "../random.ts";
import { Refusal, refuse } from "../refusal.ts";
import type { Sim } from "../sim.ts";

export type Buyer = { email: string; userRef?: string };

export type BulkWish = {
  count: number;
  seed?: string;
  /** The purchases are spread over this time; 0, the default: all at once. */
  overMs?: number;
  /** Later events happen within this time after a purchase; 60 days unless given. */
  laterWithinMs?: number;
  /** Where plans are for sale, unless given. */
  providers?: readonly ProviderName[];
  /** Who buys; without it everybody is a stranger with an address of their own. */
  buyers?: readonly Buyer[];
  /** What the seller's checkout puts on a purchase, by plan. */
  metadataByPlan?: Record<string, Record<string, string>>;
};

export type LaterEvent = {
  atMs: number;
  action: PurchaseAction;
  /** Refused when the purchase is not in a state for it, as it may be by chance. */
  outcome: "planned" | "done" | "refused";
};

export type BulkPurchase = {
  provider: ProviderName;
  order: Order;
  atMs: number;
  later: LaterEvent[];
  purchaseId: string | null;
};

const DEFAULT_LATER_MS = 60 * DAY_MS;
const MAX_COUNT = 100_000;

/** Plans everything and starts what is due at once. */
export function startBulk(sim: Sim, wish: BulkWish): BulkPurchase[] {
  const planned = planBulk(sim, wish, sim.clock.nowMs());
  for (const purchase of planned) {
    if (purchase.atMs <= sim.clock.nowMs()) buy(sim, purchase);
    else sim.clock.at(purchase.atMs, () => buy(sim, purchase));
  }
  sim.changes.tell();
  return planned;
}

export function planBulk(
  sim: Pick<Sim, "catalogues">,
  wish: BulkWish,
  nowMs: number,
): BulkPurchase[] {
  const random = new Random(`bulk ${wish.seed ?? "1"}`);
  const offers = (wish.providers ?? PROVIDERS).flatMap((provider) =>
    [...sim.catalogues[provider].plans.values()].map((plan) => ({ provider, plan })),
  );
  if (offers.length === 0) throw refuse.state("Nothing is for sale: add products first.");
  return Array.from({ length: wish.count }, (_, index) => {
    const draw = random.stream(String(index));
    const { provider, plan } = draw.pick(offers);
    const atMs = nowMs + Math.floor(draw.next() * (wish.overMs ?? 0));
    const buyer =
      wish.buyers === undefined ? { email: `buyer-${index}@example.com` } : draw.pick(wish.buyers);
    const siblings = [...sim.catalogues[provider].plans.values()].filter(
      (other) =>
        other.id !== plan.id && other.every !== null && other.every.unit === plan.every?.unit,
    );
    const context = { plan, siblings, atMs, withinMs: wish.laterWithinMs ?? DEFAULT_LATER_MS };
    return {
      ...{ provider, atMs, purchaseId: null },
      order: { planId: plan.id, ...buyer, ...present("metadata", wish.metadataByPlan?.[plan.id]) },
      later: planLater(draw, context).map((event) => ({ ...event, outcome: "planned" as const })),
    };
  });
}

type LaterContext = { plan: Plan; siblings: readonly Plan[]; atMs: number; withinMs: number };
type Planned = { atMs: number; action: PurchaseAction };

function planLater(random: Random, context: LaterContext): Planned[] {
  const when = (fromMs = context.atMs) =>
    fromMs + HOUR_MS + Math.floor(random.next() * context.withinMs);
  const events: Planned[] = [];
  const add = (atMs: number, action: PurchaseAction) => events.push({ atMs, action });
  if (context.plan.every !== null) planRenewals(random, context, { when, add });
  if (random.chance(0.18)) {
    const part = random.chance(0.4)
      ? { amount: Math.max(1, Math.floor(context.plan.amount / 3)) }
      : {};
    add(when(), { do: "refund", ...part });
  }
  if (random.chance(0.1)) {
    const atMs = when();
    add(atMs, { do: "dispute" });
    if (random.chance(0.7))
      add(when(atMs), { do: random.chance(0.5) ? "winDispute" : "loseDispute" });
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

type Planning = {
  when: (fromMs?: number) => number;
  add: (atMs: number, action: PurchaseAction) => void;
};

function planRenewals(random: Random, { siblings }: LaterContext, { when, add }: Planning): void {
  if (random.chance(0.3)) {
    const atMs = when();
    add(atMs, { do: "cancel", ...(random.chance(0.2) && { now: true }) });
    if (random.chance(0.3)) add(atMs + HOUR_MS, { do: "resume" });
  }
  if (random.chance(0.2)) {
    const atMs = when();
    add(atMs, { do: "failRenewals", fails: true });
    if (random.chance(0.6)) {
      const recoverMs = when(atMs);
      add(recoverMs, { do: "failRenewals", fails: false });
      add(recoverMs + HOUR_MS, { do: "payOpenInvoice" });
    }
  }
  if (siblings.length > 0 && random.chance(0.15))
    add(when(), { do: "changePlan", planId: random.pick(siblings).id });
}

function buy(sim: Sim, planned: BulkPurchase): void {
  const provider = sim.providers[planned.provider];
  planned.purchaseId = provider.buy(planned.order).id;
  for (const event of planned.later)
    sim.clock.at(event.atMs, () => {
      event.outcome = attempt(() => provider.act(planned.purchaseId ?? "", event.action));
    });
}

function attempt(act: () => Purchase): LaterEvent["outcome"] {
  try {
    act();
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return "refused";
    throw error;
  }
}

export function readBulk(fields: Fields): BulkWish {
  const count = readWhole(fields, "count", { min: 1, max: MAX_COUNT });
  if (count === undefined) throw refuse.invalid("count", "count is required.");
  const providers = readList(fields, "providers").map((name) => {
    const provider = PROVIDERS.find((known) => known === name);
    if (provider === undefined)
      throw refuse.invalid("providers", `There is no provider ${String(name)}.`);
    return provider;
  });
  const buyers = readList(fields, "buyers").map(readBuyer);
  return {
    count,
    ...present("seed", readText(fields, "seed")),
    ...present("overMs", readWhole(fields, "overMs")),
    ...present("laterWithinMs", readWhole(fields, "laterWithinMs", { min: 1 })),
    ...(providers.length > 0 && { providers }),
    ...(buyers.length > 0 && { buyers }),
    ...present("metadataByPlan", readMetadataByPlan(fields)),
  };
}

function readBuyer(value: unknown): Buyer {
  if (!isFields(value)) throw refuse.invalid("buyers", "A buyer must be an object.");
  return { email: needText(value, "email"), ...present("userRef", readText(value, "userRef")) };
}

function readMetadataByPlan(fields: Fields): BulkWish["metadataByPlan"] {
  if (!isFields(fields.metadataByPlan)) return undefined;
  return Object.fromEntries(
    Object.entries(fields.metadataByPlan).map(([planId, metadata]) => [
      planId,
      isFields(metadata)
        ? Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]))
        : {},
    ]),
  );
}
