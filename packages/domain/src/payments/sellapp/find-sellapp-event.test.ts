import { describe, expect, test } from "vitest";
import { read } from "../../../test/payments/raw-event.ts";
import { buyerIpOf, foldPurchase } from "../fold-purchase.ts";

const T = 1_760_000_000_000;

const order = (more: object = {}) => ({
  id: 236,
  status: { status: { status: "PENDING" }, history: [] },
  payment: { full_price: { base: "4900", currency: "EUR" } },
  customer_information: { id: 77, email: " Buyer@Example.test ", ip: "198.51.100.7" },
  products: [12],
  product_variants: [{ product_variant_id: 34 }],
  created_at: "2025-10-09T08:53:20.000000Z",
  updated_at: "2025-10-09T08:53:20.000000Z",
  ...more,
});
const event = (type: string, data: object) =>
  read({
    provider: "sellapp",
    body: JSON.stringify({ event: type, data, store: 1 }),
    receivedAtMs: T + 500,
  });
const fold = (...told: [string, object][]) =>
  foldPurchase(
    "sellapp",
    told.flatMap(([type, data]) => [...event(type, data).facts]),
  );
const withStatus = (status: string) => order({ status: { status: { status } } });

describe("keys", () => {
  test("[SELL1] created, completed and disputed of one order are three events", () => {
    const types = ["order.created", "order.completed", "order.disputed"];
    expect(new Set(types.map((type) => event(type, order()).eventKey)).size).toBe(3);
    expect(event("order.created", order()).eventKey).toBe(event("order.created", order()).eventKey);
  });

  test("[SELL2] a body with nothing but the order's id is read at the time of receipt", () => {
    const bare = event("order.completed", { id: 236 });
    expect(bare).toMatchObject({ occurredAtMs: null, about: ["order:236"] });
    expect(foldPurchase("sellapp", bare.facts)).toMatchObject({
      status: { state: "paid", atMs: T + 500 },
      products: [],
      isTrial: false,
    });
  });
});

describe("what an order says", () => {
  test("[SELL3] disputed is no access, also with a status of COMPLETED and whichever came first", () => {
    const completed: [string, object] = ["order.completed", withStatus("COMPLETED")];
    const disputed: [string, object] = ["order.disputed", withStatus("COMPLETED")];
    for (const told of [[completed, disputed], [disputed, completed], [disputed]]) {
      expect(fold(...told)).toMatchObject({ status: { state: "disputed" }, terms: [] });
    }
  });

  test("[SELL4] an order for nothing is paid by being created, one whose total is not told is not", () => {
    const free = order({ payment: { total: { total_usd: "0.00" } } });
    expect(fold(["order.created", free])).toMatchObject({
      isTrial: true,
      status: { state: "paid" },
    });
    expect(fold(["order.created", order({ payment: {} })])?.status).toEqual({ state: "pending" });
    expect(fold(["order.created", order()])).toMatchObject({
      status: { state: "pending" },
      terms: [],
    });
  });

  test("[SELL5] only exact words count as a status", () => {
    for (const status of ["inactive", "NOT COMPLETED", "COMPLETED?"]) {
      expect(fold(["order.updated", withStatus(status)])?.terms).toEqual([]);
    }
    expect(fold(["order.completed", withStatus("VOIDED")])?.terms).toEqual([]);
    expect(fold(["order.updated", withStatus("completed")])?.status).toMatchObject({
      state: "paid",
    });
    expect(
      fold(["order.completed", order()], ["order.updated", withStatus("REFUNDED")]),
    ).toMatchObject({
      status: { state: "refunded" },
    });
  });

  test("[SELL6] ids sent as numbers, the buyer and our user id are found where they stand", () => {
    const fields = { additional_information: [{ label: "heliograph_user_id", value: "user_7" }] };
    for (const carrying of [
      order(fields),
      order({ product_variants: [{ product_variant_id: 34, ...fields }] }),
      order({ metadata: { heliograph_user_id: "user_7" } }),
    ]) {
      const purchase = fold(["order.completed", carrying]);
      expect(purchase).toMatchObject({
        anchor: "order:236",
        products: ["variant:34", "product:12"],
        buyer: { userIdCarried: "user_7", customerRef: "77", email: "Buyer@Example.test" },
        money: { amount: 4900, currency: "eur" },
      });
      expect(JSON.stringify(purchase)).not.toContain("198.51.100.7");
    }
    expect(buyerIpOf(event("order.completed", order()).facts)).toBe("198.51.100.7");
  });
});

describe("what only the API tells", () => {
  const subscription = (more: object = {}) => ({
    id: 5,
    status: "ACTIVE",
    customer: { id: 77, email: "buyer@example.test", metadata: { heliograph_user_id: "user_7" } },
    product_variant_id: 34,
    current_period_end: "2025-11-09T08:53:20.000000Z",
    cancel_at_period_end: false,
    ends_at: null,
    updated_at: "2025-10-09T08:53:20.000000Z",
    ...more,
  });
  const statusOf = (more: object) =>
    fold(["subscription.updated", subscription(more)])?.status.state;

  test("[SELL7] a subscription counts by its exact words", () => {
    expect(fold(["subscription.updated", subscription()])).toMatchObject({
      anchor: "subscription:5",
      kind: "recurring",
      status: { state: "active", renewsAtMs: Date.parse("2025-11-09T08:53:20Z") },
      products: ["variant:34"],
      buyer: { userIdCarried: "user_7", customerRef: "77", email: "buyer@example.test" },
    });
    expect(statusOf({ status: "INACTIVE" })).toBe("unpaid");
    expect(statusOf({ status: "CANCELED" })).toBe("ended");
    expect(statusOf({ cancel_at_period_end: true })).toBe("canceledAtPeriodEnd");
  });

  test("[SELL7] its key and time are those of who wrapped it; an event of the store's has none", () => {
    const wrapped = (name: string) =>
      read({
        provider: "sellapp",
        receivedAtMs: T,
        body: JSON.stringify({
          ...{ event: name, id: "key", occurred_at: "2025-10-10T00:00:00Z", data: order() },
        }),
      });
    const at = { eventKey: "key", occurredAtMs: Date.parse("2025-10-10T00:00:00Z") };
    expect(wrapped("order.updated")).toMatchObject(at);
    expect(wrapped("order.completed").eventKey).toMatch(/^order\.completed:236:/);
    expect(wrapped("order.completed").occurredAtMs).toBe(T);
  });

  test("[SELL8] a dispute is won if the order is completed after it", () => {
    const states = ["COMPLETED", "DISPUTED", "COMPLETED"].map((status) => ({ status }));
    const through = (count: number, name: string): [string, object] => {
      const history = states.slice(0, count);
      return [name, order({ status: { status: history.at(-1), history } })];
    };
    const disputed = through(2, "order.disputed");
    expect(fold(through(1, "order.completed"), disputed)?.status.state).toBe("disputed");
    expect(fold(disputed, through(3, "order.updated"))?.status.state).toBe("paid");
    expect(fold(disputed, through(1, "order.updated"))?.status.state).toBe("disputed");
  });

  test("[SELL8] a webhook of an order that is completed again wins the dispute, too, if its history shows it", () => {
    const disputed: [string, object] = ["order.disputed", withStatus("DISPUTED")];
    const again = (history: string[], updated_at: string): [string, object] => {
      const states = history.map((status) => ({ status }));
      const status = { status: states.at(-1), history: states };
      return ["order.completed", order({ status, updated_at })];
    };
    const later = "2025-10-09T09:53:20.000000Z";
    const won = again(["COMPLETED", "DISPUTED", "COMPLETED"], later);
    expect(fold(disputed, won)?.status.state).toBe("paid");
    expect(fold(won, disputed)?.status.state).toBe("paid");
    expect(fold(disputed, again(["COMPLETED"], later))?.status.state).toBe("disputed");
    expect(fold(disputed, again(["COMPLETED", "DISPUTED"], later))?.status.state).toBe("disputed");
  });

  test("[SELL9] an order that was read joins its subscription, a delivered one does not", () => {
    const renewing = order({
      subscription_id: 5,
      ...{ status: { status: { status: "COMPLETED" } } },
    });
    expect(event("order.completed", renewing).about).toEqual(["order:236"]);
    expect(event("order.updated", renewing).about).toEqual(["order:236", "subscription:5"]);
  });
});
