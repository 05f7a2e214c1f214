/**
 * Random histories of purchases that are paid once: what happened to each order, on whole hours, and who
 * has access then. The model burns one hour of one order at a time, as plainly as possible.
 */
import * as fc from "fast-check";
import { HOUR_MS, START_MS } from "./subscription-history.ts";

export type OrderTier = "basic" | "pro";

/** What can happen to an order. */
export type OrderEvent =
  | "created"
  | "failed"
  | "paid"
  | "refundedPart"
  | "refundedRest"
  | "refundFailed"
  | "disputed"
  | "won"
  | "lost"
  | "warned";

/** One thing that happened to the order with that number. */
export interface OrderStep {
  readonly atMs: number;
  readonly order: Order;
  readonly event: OrderEvent;
}

/** An order: what it is for, and for how many days. */
export interface Order {
  readonly n: number;
  readonly tier: OrderTier;
  readonly days: number;
}

export const ORDER_AMOUNT = 5000;
export const PART = 1000;

/** What each state of an order allows to happen next. */
const NEXT: Readonly<Record<string, readonly OrderEvent[]>> = {
  none: ["created"],
  created: ["paid", "paid", "failed"],
  failed: [],
  paid: ["refundedPart", "refundedRest", "disputed", "warned"],
  refundedPart: ["refundedRest", "disputed"],
  refundedRest: ["refundFailed"],
  refundFailed: ["disputed"],
  disputed: ["won", "lost"],
  won: [],
  lost: [],
  warned: ["disputed", "refundedRest"],
};

/** Of up to five orders, up to 40 things. `allowed` leaves out what a provider never tells. */
export function orderHistories(
  allowed: (event: OrderEvent) => boolean = () => true,
): fc.Arbitrary<OrderStep[]> {
  const orders = fc.array(
    fc.record({
      tier: fc.constantFrom<OrderTier[]>("basic", "pro"),
      days: fc.constantFrom(1, 2, 7),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const deeds = fc.array(
    fc.record({ wait: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat(60)), pick: fc.nat(999) }),
    { minLength: 2, maxLength: 40, size: "max" },
  );
  return fc.tuple(orders, deeds).map(([found, done]) => {
    const numbered = found.map((order, n): Order => ({ ...order, n }));
    return happen(numbered, done, allowed);
  });
}

function happen(
  orders: readonly Order[],
  deeds: readonly { wait: number; pick: number }[],
  allowed: (event: OrderEvent) => boolean,
): OrderStep[] {
  const states = new Map<number, OrderEvent>();
  const steps: OrderStep[] = [];
  let nowMs = START_MS;
  for (const { wait, pick } of deeds) {
    nowMs += Math.max(1, wait) * HOUR_MS;
    const order = orders[pick % orders.length];
    if (order === undefined) continue;
    const choices = (NEXT[states.get(order.n) ?? "none"] ?? []).filter(allowed);
    const event = choices[Math.floor(pick / 7) % Math.max(1, choices.length)];
    if (event === undefined) continue;
    states.set(order.n, event);
    steps.push({ atMs: nowMs, order, event });
  }
  return steps;
}

/** For each hour from the start on, the order whose days run, by tier; until all have run out. */
export function runningOrders(
  steps: readonly OrderStep[],
  hours: number,
): Map<OrderTier, number>[] {
  const leftHours = new Map(steps.map(({ order }) => [order.n, order.days * 24]));
  return Array.from({ length: hours }, (_, hour) => {
    const past = steps.filter(({ atMs }) => atMs <= START_MS + hour * HOUR_MS);
    const running = new Map<OrderTier, number>();
    for (const { order } of past.filter(({ event }) => event === "paid")) {
      const left = leftHours.get(order.n) ?? 0;
      if (left === 0 || running.has(order.tier) || !isGood(past, order)) continue;
      running.set(order.tier, order.n);
      leftHours.set(order.n, left - 1);
    }
    return running;
  });
}

/** Whether the order's money is where it belongs. */
function isGood(past: readonly OrderStep[], { n }: Order): boolean {
  const last = past.findLast(({ order, event }) => order.n === n && event !== "warned")?.event;
  return last === "paid" || last === "refundedPart" || last === "refundFailed" || last === "won";
}
