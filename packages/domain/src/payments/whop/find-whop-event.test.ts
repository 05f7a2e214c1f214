import { describe, expect, test } from "vitest";
import { read } from "../../../test/payments/raw-event.ts";
import { whopEvent } from "../../../test/payments/whop-bodies.ts";
import type { PaymentEvent } from "../facts.ts";
import { foldPurchase } from "../fold-purchase.ts";

const T = 1_760_000_000_000;
const DAY = 86_400_000;
const end = new Date(T + 10 * DAY).toISOString();

const event = (type: string, data: object, atMs = T) =>
  read(whopEvent({ id: `msg_${type}_${atMs}`, atMs, type, data }));
const oldEvent = (body: object) =>
  read({ provider: "whop", body: JSON.stringify(body), receivedAtMs: T });
const fold = (...events: PaymentEvent[]) =>
  foldPurchase(
    "whop",
    events.flatMap(({ facts }) => facts),
  );

describe("old envelopes", () => {
  const data = {
    id: "mem_1",
    valid: true,
    status: "active",
    product: "prod_1",
    plan: "plan_1",
    user: "user_w1",
    email: "a@b.test",
    renewal_period_end: (T + 10 * DAY) / 1000,
    metadata: { heliograph_user_id: "user_7" },
  };

  test("[WHOP1] every spelling of the old names means what the new one means", () => {
    for (const action of [
      "membership.went_valid",
      "membership_went_valid",
      "app_membership.went_valid",
      "app_membership_went_valid",
    ]) {
      const found = oldEvent({ api_version: "v5", action, data });
      expect(found).toMatchObject({ known: true, occurredAtMs: null });
      expect(fold(found)).toMatchObject({
        anchor: "membership:mem_1",
        status: { state: "active", renewsAtMs: T + 10 * DAY },
        products: ["plan:plan_1", "product:prod_1"],
        buyer: { userIdCarried: "user_7", customerRef: "user_w1", email: "a@b.test" },
      });
    }
    const over = { api_version: "v2", action: "membership.went_invalid", data };
    expect(fold(oldEvent(over))).toMatchObject({ status: { state: "ended" }, terms: [] });
  });

  test("[WHOP2] an old event is named by its action, its object and its body", () => {
    const body = { api_version: "v5", action: "membership.went_valid", data };
    const again = {
      api_version: "v5",
      action: "membership.went_valid",
      data: { ...data, valid: 1 },
    };
    const key = oldEvent(body).eventKey;
    expect(oldEvent(body).eventKey).toBe(key);
    expect(oldEvent(again).eventKey).not.toBe(key);
    expect(key).toMatch(/^membership\.went_valid:mem_1:[0-9a-f]{64}$/);
  });
});

describe("memberships", () => {
  const membership = (status: string, more: object = {}) => ({
    id: "mem_1",
    status,
    renewal_period_end: end,
    plan: { id: "plan_1" },
    ...more,
  });

  test("[WHOP3] canceling has access to the end of its period", () => {
    expect(fold(event("membership.updated", membership("canceling")))).toMatchObject({
      kind: "recurring",
      status: { state: "canceledAtPeriodEnd", untilMs: T + 10 * DAY },
      terms: [{ fromMs: T, untilMs: T + 10 * DAY }],
    });
  });

  test("[WHOP3] completed is paid once", () => {
    const once = membership("completed", { renewal_period_end: null });
    expect(fold(event("membership.activated", once))).toMatchObject({
      kind: "fixed",
      status: { state: "paid", atMs: T },
      terms: [{ fromMs: T, untilMs: null }],
    });
  });

  test("[WHOP4] deactivated ends access whatever the status beside it says", () => {
    for (const status of ["active", "trialing", "completed", "canceling"]) {
      const activated = event("membership.activated", membership(status));
      const over = event("membership.deactivated", membership(status), T + DAY);
      expect(fold(activated, over)).toMatchObject({
        status: { state: "ended", atMs: T + DAY },
        terms: [{ fromMs: T, untilMs: T + DAY }],
      });
    }
  });

  test("[WHOP5] a status Whop has not had before opens nothing", () => {
    expect(fold(event("membership.activated", membership("inactive")))?.terms).toEqual([]);
  });
});

test("[WHOP6] amounts in whole units become minor units of their currency", () => {
  const payment = (total: number, currency: string) =>
    fold(event("payment.succeeded", { id: "pay_1", billing_reason: "one_time", total, currency }));
  expect(payment(6.9, "usd")?.money).toEqual({ amount: 690, refunded: 0, currency: "usd" });
  expect(payment(500, "jpy")?.money).toEqual({ amount: 500, refunded: 0, currency: "jpy" });
});
