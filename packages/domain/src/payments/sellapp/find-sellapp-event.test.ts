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
