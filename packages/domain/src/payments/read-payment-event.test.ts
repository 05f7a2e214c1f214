import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mixedUp, read } from "../../test/payments/raw-event.ts";
import { stripeBodies } from "../../test/payments/stripe-bodies.ts";
import { subscriptionHistories } from "../../test/payments/subscription-history.ts";
import { readPaymentEvent } from "./read-payment-event.ts";
import { PROVIDERS } from "./refs.ts";

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
