/** What a seller's server reads: every list that reconciliation walks, and single objects. */
import { Hono } from "hono";
import { type Fields, isFields, readFlag, readList, readText } from "../../fields.ts";
import { refuse } from "../../refusal.ts";
import { found } from "../account.ts";
import { subscriptionOf } from "../billing.ts";
import { listOf, type Session } from "../objects.ts";
import { type Listed, page } from "./lists.ts";
import { answer, type StripeContext, type StripeEnv, type StripeParts } from "./stripe-env.ts";

type Filter<T> = (object: T, query: Fields) => boolean;

export function readRoutes(parts: StripeParts): Hono<StripeEnv> {
  const { account } = parts;
  const api = new Hono<StripeEnv>();
  const list = <T extends Listed>(path: string, all: () => Iterable<T>, keep: Filter<T>) =>
    api.get(path, (c) => {
      const query = c.get("params");
      const kept = [...all()].filter((object) => keep(object, query));
      return answer(c, parts, page(kept, query, `/v1${path}`));
    });
  const single = (path: string, what: string, find: (id: string) => unknown) =>
    api.get(`${path}/:id`, (c) => {
      const id = c.req.param("id");
      const object = find(id);
      if (object === undefined) throw refuse.missing(what, id);
      return answer(c, parts, object);
    });

  list("/customers", () => account.customers.values(), equals({ email: ({ email }) => email }));
  list("/subscriptions", () => account.subscriptions.values(), keepSubscription);
  list(
    "/invoices",
    () => account.invoices.values(),
    equals({ customer: (i) => i.customer, status: (i) => i.status, subscription: subscriptionOf }),
  );
  list("/invoice_payments", () => account.invoicePayments.values(), keepInvoicePayment);
  list(
    "/checkout/sessions",
    () => account.sessions.values(),
    equals({
      ...{ customer: (s: Session) => s.customer, subscription: (s: Session) => s.subscription },
      ...{ payment_intent: (s: Session) => s.payment_intent, status: (s: Session) => s.status },
    }),
  );
  list("/payment_intents", () => account.intents.values(), equals({ customer: (i) => i.customer }));
  list(
    "/charges",
    () => account.charges.values(),
    equals({ customer: (c) => c.customer, payment_intent: (c) => c.payment_intent }),
  );
  list("/refunds", () => account.refunds.values(), equals(BY_MONEY));
  list("/disputes", () => account.disputes.values(), equals(BY_MONEY));
  list(
    "/products",
    () => all(account.catalogue.products.keys(), (id) => account.product(id)),
    () => true,
  );
  list(
    "/prices",
    () => all(account.catalogue.plans.keys(), (id) => account.price(id)),
    equals({ product: (p) => p.product }),
  );
  list("/events", () => account.events.values(), keepEvent(parts));

  api.get("/customers/:id", (c) => {
    const id = c.req.param("id");
    if (account.deletedCustomers.has(id)) return c.json({ id, object: "customer", deleted: true });
    return answer(c, parts, account.getCustomer(id));
  });
  api.get("/checkout/sessions/:id/line_items", (c) =>
    answer(c, parts, page(lineItems(parts, c.req.param("id")), c.get("params"), c.req.path)),
  );
  api.get("/checkout/sessions/:id", (c) => answer(c, parts, shownSession(c, parts)));
  single("/subscriptions", "subscription", (id) => account.subscriptions.get(id));
  single("/invoices", "invoice", (id) => account.invoices.get(id));
  single("/invoice_payments", "invoice_payment", (id) => account.invoicePayments.get(id));
  single("/payment_intents", "payment_intent", (id) => account.intents.get(id));
  single("/charges", "charge", (id) => account.charges.get(id));
  single("/refunds", "refund", (id) => account.refunds.get(id));
  single("/disputes", "dispute", (id) => account.disputes.get(id));
  single("/products", "product", (id) => account.product(id));
  single("/prices", "price", (id) => account.price(id));
  single("/events", "event", (id) => account.events.get(id));
  return api;
}

type Moved = { charge: string | null; payment_intent: string | null };

const BY_MONEY = {
  charge: ({ charge }: Moved) => charge,
  payment_intent: ({ payment_intent: intent }: Moved) => intent,
};

function all<T>(ids: Iterable<string>, find: (id: string) => T | undefined): T[] {
  return [...ids].map(find).filter((object) => object !== undefined);
}

function equals<T>(values: Record<string, (object: T) => string | null | undefined>): Filter<T> {
  return (object, query) =>
    Object.entries(values).every(([name, value]) => {
      const wanted = readText(query, name);
      return wanted === undefined || value(object) === wanted;
    });
}

/** Without a status everything but canceled ones; `all` is everything, `ended` what is over. */
function keepSubscription(
  subscription: { status: string; customer: string; items: { data: { price: { id: string } }[] } },
  query: Fields,
): boolean {
  const customer = readText(query, "customer");
  const price = readText(query, "price");
  if (customer !== undefined && subscription.customer !== customer) return false;
  if (price !== undefined && subscription.items.data[0]?.price.id !== price) return false;
  const status = readText(query, "status");
  if (status === "all") return true;
  if (status === "ended") return ["canceled", "incomplete_expired"].includes(subscription.status);
  return status === undefined ? subscription.status !== "canceled" : subscription.status === status;
}

function keepInvoicePayment(
  payment: { invoice: string; status: string; payment: { payment_intent?: unknown } },
  query: Fields,
): boolean {
  const invoice = readText(query, "invoice");
  const status = readText(query, "status");
  const by = isFields(query.payment) ? readText(query.payment, "payment_intent") : undefined;
  return (
    (invoice === undefined || payment.invoice === invoice) &&
    (status === undefined || payment.status === status) &&
    (by === undefined || payment.payment.payment_intent === by)
  );
}

function keepEvent({ isDelivered }: StripeParts): Filter<{ id: string; type: string }> {
  return (event, query) => {
    const delivered = readFlag(query, "delivery_success");
    const type = readText(query, "type");
    const types = readList(query, "types");
    return (
      (delivered === undefined || isDelivered(event.id) === delivered) &&
      (type === undefined || matches(event.type, type)) &&
      (types.length === 0 || types.some((wanted) => matches(event.type, String(wanted))))
    );
  };
}

/** `charge.*` is everything of charges. */
function matches(type: string, wanted: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

function lineItems({ account, checkout }: StripeParts, sessionId: string) {
  const session = found(account.sessions, "checkout.session", sessionId);
  return checkout.lineItems(sessionId).map(({ id, planId, quantity }) => {
    const price = account.getPrice(planId);
    const amount = (price.unit_amount ?? 0) * quantity;
    return {
      id,
      object: "item",
      ...{ amount_discount: 0, amount_subtotal: amount, amount_tax: 0, amount_total: amount },
      ...{
        currency: session.currency,
        description: account.catalogue.getPlan(planId).product.name,
      },
      ...{ metadata: {}, price, quantity },
    };
  });
}

/** Line items are there only when asked for. */
function shownSession(c: StripeContext, parts: StripeParts): unknown {
  const id = c.req.param("id") ?? "";
  const session = parts.account.getSession(id);
  const wanted = readList(c.get("params"), "expand");
  if (!wanted.some((path) => String(path).startsWith("line_items"))) return session;
  return {
    ...session,
    line_items: listOf(lineItems(parts, id), `/v1/checkout/sessions/${id}/line_items`),
  };
}
