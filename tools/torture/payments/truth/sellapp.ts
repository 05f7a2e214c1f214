/** What Sell.app's objects give. */
import { GRACE_MS, listAt, planAt } from "../shop.ts";
import type { Held, Span } from "./held.ts";

interface Entry {
  readonly status: string;
  readonly updatedAt: string;
}

interface Order {
  readonly id: number;
  readonly subscription_id: number | null;
  readonly customer_information: { readonly email: string };
  readonly product_variants: readonly { readonly product_variant_id: number }[];
  readonly status: { readonly status: Entry; readonly history: readonly Entry[] };
}

interface Subscription {
  readonly id: number;
  readonly status: string;
  readonly customer: { readonly email: string };
  readonly product_variant_id: number;
  readonly current_period_start: string;
  readonly current_period_end: string;
  readonly cancel_at_period_end: boolean;
}

/** Every subscription and every single order with what it gives. */
export async function readSellappTruth(simUrl: string): Promise<Held[]> {
  const read = async <T>(path: string) =>
    (await listAt(simUrl, "sellapp", `/sellapp/api/v2/${path}?limit=100`)) as T[];
  const orders = (await read<Order>("invoices")).toReversed(); // oldest first
  const subscriptions = await read<Subscription>("subscriptions");
  const single = orders.filter(({ subscription_id: id }) => id === null);
  return [
    ...single.flatMap(heldByOrder),
    ...subscriptions.map((subscription): Held => {
      const own = orders.filter(({ subscription_id: id }) => id === subscription.id);
      const { tier } = planAt("sellapp", String(subscription.product_variant_id));
      const untilMs = runsUntil(subscription, own);
      return { kind: "running", email: subscription.customer.email, tier, untilMs };
    }),
  ];
}

function heldByOrder(order: Order): Held[] {
  const { tier, lasts } = planAt("sellapp", String(order.product_variants[0]?.product_variant_id));
  const { history } = order.status;
  const paid = history.find(({ status }) => status === "COMPLETED");
  if (paid === undefined || !("days" in lasts)) return [];
  const standsStill = history.flatMap(({ status, updatedAt }, index): Span[] => {
    if (status !== "DISPUTED" && status !== "REFUNDED") return [];
    const next = history[index + 1];
    const untilMs = next?.status === "COMPLETED" ? Date.parse(next.updatedAt) : null;
    return [{ fromMs: Date.parse(updatedAt), untilMs }];
  });
  const paidAtMs = Date.parse(paid.updatedAt);
  const { email } = order.customer_information;
  return [{ kind: "metered", email, tier, paidAtMs, days: lasts.days, standsStill }];
}

function runsUntil(subscription: Subscription, orders: readonly Order[]): number {
  const was = (order: Order) => order.status.history.some(({ status }) => status === "COMPLETED");
  const newest = orders.findLast(was);
  if (subscription.status === "CANCELED" || newest?.status.status.status !== "COMPLETED") return 0;
  const endMs = Date.parse(subscription.current_period_end);
  const capMs = subscription.cancel_at_period_end ? endMs : Number.POSITIVE_INFINITY;
  if (subscription.status === "ACTIVE") return Math.min(capMs, endMs + GRACE_MS);
  return Math.min(capMs, Date.parse(subscription.current_period_start) + GRACE_MS);
}
