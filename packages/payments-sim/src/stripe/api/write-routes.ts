/** What a seller's server writes: customers, sessions, subscriptions, refunds. */
import { Hono } from "hono";
import {
  type Fields,
  isFields,
  needText,
  present,
  readChoice,
  readFlag,
  readList,
  readText,
  readTexts,
  readWhole,
} from "../../fields.ts";
import { Refusal, refuse } from "../../refusal.ts";
import { itemOf, mergeMetadata } from "../billing.ts";
import type { Charge, Customer } from "../objects.ts";
import { makePortalSession } from "../wire/people.ts";
import { readSession, refuseUnknown } from "./read-session.ts";
import { type StripeEnv, type StripeParts, write } from "./stripe-env.ts";

export function writeRoutes(parts: StripeParts): Hono<StripeEnv> {
  return new Hono<StripeEnv>()
    .route("/", customerWrites(parts))
    .route("/", sessionWrites(parts))
    .route("/", subscriptionWrites(parts));
}

function customerWrites(parts: StripeParts): Hono<StripeEnv> {
  const { account, checkout, billing } = parts;
  return new Hono<StripeEnv>()
    .post("/customers", (c) =>
      write(c, parts, () => {
        const params = c.get("params");
        refuseUnknown(params, ["email", "name", "metadata", "description", "phone", "expand"]);
        return checkout.createCustomer({
          email: readText(params, "email") ?? null,
          name: readText(params, "name") ?? null,
          metadata: readTexts(params, "metadata"),
        });
      }),
    )
    .post("/customers/:id", (c) =>
      write(c, parts, () => {
        const customer = account.getCustomer(c.req.param("id"));
        account.update(customer, "customer.updated", readCustomerChange(customer, c.get("params")));
        return customer;
      }),
    )
    .delete("/customers/:id", (c) => {
      const customer = account.getCustomer(c.req.param("id"));
      for (const subscription of account.subscriptions.values())
        if (subscription.customer === customer.id && subscription.ended_at === null)
          billing.end(subscription);
      account.customers.delete(customer.id);
      account.deletedCustomers.add(customer.id);
      account.emit("customer.deleted", customer);
      return c.json({ id: customer.id, object: "customer", deleted: true });
    });
}

function readCustomerChange(customer: Customer, params: Fields): Partial<Customer> {
  return {
    ...present("email", readText(params, "email")),
    ...present("name", readText(params, "name")),
    metadata: mergeMetadata(customer.metadata, readTexts(params, "metadata")),
  };
}

function sessionWrites(parts: StripeParts): Hono<StripeEnv> {
  const { account, checkout } = parts;
  return new Hono<StripeEnv>()
    .post("/checkout/sessions", (c) =>
      write(c, parts, () => {
        const wish = readSession(c.get("params"), account.catalogue, account.now());
        if (wish.customer !== null) customerOf(parts, wish.customer);
        return checkout.open(wish);
      }),
    )
    .post("/checkout/sessions/:id/expire", (c) =>
      write(c, parts, () => {
        const session = account.getSession(c.req.param("id"));
        checkout.expire(session);
        return session;
      }),
    )
    .post("/billing_portal/sessions", (c) =>
      write(c, parts, () => {
        const params = c.get("params");
        const customer = customerOf(parts, needText(params, "customer"));
        const id = account.id("bps");
        const portal = makePortalSession({
          ...{ id, created: account.now(), customer: customer.id, url: parts.portalUrl(id) },
          returnUrl: readText(params, "return_url") ?? null,
        });
        account.portals.set(id, portal);
        return portal;
      }),
    );
}

/** [PSTR7] A parameter that names a customer who is gone is refused by its name. */
function customerOf({ account }: StripeParts, id: string): Customer {
  const customer = account.customers.get(id);
  if (customer !== undefined) return customer;
  throw new Refusal(400, "resource_missing", `No such customer: '${id}'`, "customer");
}

function subscriptionWrites(parts: StripeParts): Hono<StripeEnv> {
  const { account, billing, payments } = parts;
  return new Hono<StripeEnv>()
    .post("/subscriptions/:id", (c) =>
      write(c, parts, () => updateSubscription(parts, c.req.param("id"), c.get("params"))),
    )
    .delete("/subscriptions/:id", (c) =>
      write(c, parts, () => {
        const subscription = account.getSubscription(c.req.param("id"));
        billing.end(subscription);
        return subscription;
      }),
    )
    .post("/refunds", (c) =>
      write(c, parts, () => {
        const params = c.get("params");
        const reasons = ["duplicate", "fraudulent", "requested_by_customer"] as const;
        return payments.refund(chargeToRefund(parts, params), {
          ...present("amount", readWhole(params, "amount", { min: 1 })),
          metadata: readTexts(params, "metadata"),
          reason: readChoice(params, "reason", reasons) ?? null,
        });
      }),
    );
}

function updateSubscription({ account, billing }: StripeParts, id: string, params: Fields) {
  const known = ["cancel_at_period_end", "metadata", "items", "proration_behavior", "expand"];
  refuseUnknown(params, known);
  const subscription = account.getSubscription(id);
  const cancels = readFlag(params, "cancel_at_period_end");
  if (cancels !== undefined) billing.cancelAtPeriodEnd(subscription, cancels);
  const [item] = readList(params, "items");
  const price = isFields(item) ? readText(item, "price") : undefined;
  if (price !== undefined && price !== itemOf(subscription).price.id)
    billing.changePlan(subscription, price);
  if (params.metadata !== undefined)
    billing.updateMetadata(subscription, readTexts(params, "metadata"));
  return subscription;
}

function chargeToRefund({ account }: StripeParts, params: Fields): Charge {
  const charge = readText(params, "charge");
  if (charge !== undefined) return account.getCharge(charge);
  const intent = account.getIntent(needText(params, "payment_intent"));
  if (intent.latest_charge === null) throw refuse.state(`${intent.id} has no successful charge.`);
  return account.getCharge(intent.latest_charge);
}
