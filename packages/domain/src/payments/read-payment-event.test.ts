import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mixedUp, read } from "../../test/payments/raw-event.ts";
import { stripeBodies } from "../../test/payments/stripe-bodies.ts";
import { subscriptionHistories } from "../../test/payments/subscription-history.ts";
import { readPaymentEvent } from "./read-payment-event.ts";
import { PROVIDERS, type Provider } from "./refs.ts";

const NOW = 1_760_000_000_000;

describe("refusals", () => {
  test("[READ1] what is no event is refused with a code", () => {
    for (const provider of PROVIDERS) {
      expect(readPaymentEvent(provider, "nonsense", NOW)).toMatchObject({ code: "not_json" });
      expect(readPaymentEvent(provider, "[1]", NOW)).toMatchObject({ code: "not_an_object" });
      expect(readPaymentEvent(provider, "{}", NOW)).toMatchObject({ ok: false });
    }
  });

  test("[READ1] no JSON at all makes a reader throw", () => {
    const types = [
      "checkout.session.completed",
      "customer.subscription.updated",
      "invoice.paid",
      "charge.refunded",
      "refund.created",
      "charge.dispute.created",
      "membership.activated",
      "payment.succeeded",
      "refund.updated",
      "dispute.created",
      "order.completed",
      "order.created",
    ];
    const values = fc.jsonValue({ maxDepth: 4 });
    const bodies = fc.record({
      id: fc.string(),
      type: fc.constantFrom(...types),
      event: fc.constantFrom(...types),
      created: fc.integer(),
      data: fc.oneof(
        values,
        fc.record({ id: fc.nat(), object: values, status: values, payment: values }),
      ),
    });
    const property = fc.property(fc.constantFrom(...PROVIDERS), bodies, (provider, body) => {
      readPaymentEvent(provider, JSON.stringify(body), NOW);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test("[READ2] a type that is not known is read as unknown and says nothing", () => {
  const stripe = { id: "evt_1", type: "topup.created", created: 1, data: { object: { id: "x" } } };
  const whop = {
    id: "msg_1",
    type: "course.finished",
    timestamp: "2026-01-01T00:00:00Z",
    data: {},
  };
  const sellapp = { event: "order.teleported", data: { id: 1 } };
  for (const [provider, body] of [
    ["stripe", stripe],
    ["whop", whop],
    ["sellapp", sellapp],
  ] as const) {
    const event = read({ provider, body: JSON.stringify(body), receivedAtMs: NOW });
    expect(event).toMatchObject({ known: false, facts: [], links: [], about: [] });
  }
});

test("[READ2] every documented event about money or access is known", () => {
  const stripe = [
    ...["completed", "async_payment_succeeded", "async_payment_failed"].map(
      (name) => `checkout.session.${name}`,
    ),
    ...["created", "updated", "deleted", "paused", "resumed", "trial_will_end"].map(
      (name) => `customer.subscription.${name}`,
    ),
    ...["invoice.paid", "invoice.payment_failed", "invoice.payment_action_required"],
    ...["charge.refunded", "refund.created", "refund.updated", "refund.failed"],
    ...["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"].map(
      (name) => `charge.dispute.${name}`,
    ),
    ...["radar.early_fraud_warning.created", "customer.updated", "customer.deleted"],
  ];
  const whop = [
    ...["activated", "deactivated", "cancel_at_period_end_changed", "trial_ending_soon"].map(
      (name) => `membership.${name}`,
    ),
    ...["created", "pending", "succeeded", "failed"].map((name) => `payment.${name}`),
    ...["refund.created", "refund.updated", "dispute.created", "dispute.updated"],
    ...["dispute_alert.created", "membership.updated", "invoice.past_due", "invoice.paid"],
  ];
  const isKnown = (provider: Provider, body: object) =>
    read({ provider, body: JSON.stringify(body), receivedAtMs: NOW }).known;
  const unknown = [
    ...stripe.filter(
      (type) => !isKnown("stripe", { id: "evt_1", type, created: 1, data: { object: {} } }),
    ),
    ...whop.filter((type) => !isKnown("whop", { id: "msg_1", type, data: {} })),
    ...["order.created", "order.completed", "order.disputed"].filter(
      (event) => !isKnown("sellapp", { event, data: { id: 1 } }),
    ),
  ];
  expect(unknown).toEqual([]);
});

test("[READ3] every event has its own key, and a repeat has the same", () => {
  const histories = subscriptionHistories()
    .map((steps) => stripeBodies(steps))
    .chain((events) => fc.tuple(fc.constant(events), mixedUp(events)));
  const property = fc.property(histories, ([events, mixed]) => {
    const keys = new Set(mixed.map((event) => read(event).eventKey));
    expect(keys.size).toBe(events.length);
  });
  fc.assert(property, { numRuns: 20 });
});
