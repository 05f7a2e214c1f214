/**
 * One Stripe account: every object by id, and the only place where an object is
 * added or changed, since each change is told as an event.
 *
 * [PSTR1] An event carries the object as it was at that moment and, for updates,
 *         the values before.
 */
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { SimClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { refuse } from "../refusal.ts";
import type {
  Charge,
  Customer,
  Dispute,
  Event,
  Intent,
  Invoice,
  InvoicePayment,
  PortalSession,
  Price,
  Product,
  Refund,
  Session,
  StripeObject,
  Subscription,
  Warning,
} from "./objects.ts";
import { priceToWire, productToWire } from "./wire/catalogue.ts";

export type AccountParts = {
  clock: SimClock;
  random: Random;
  catalogue: Catalogue;
  apiVersion: string;
  send: (event: Event) => void;
};

/** Ids as Stripe forms them: a prefix, `1`, then 23 letters and digits. */
export function stripeId(random: Random, prefix: string): string {
  return prefix === "cs_test"
    ? `cs_test_a1${random.text(56)}`
    : `${prefix}_${["cus", "prod", "si"].includes(prefix) ? random.text(14) : `1${random.text(23)}`}`;
}

export class StripeAccount {
  readonly clock: SimClock;
  readonly catalogue: Catalogue;
  readonly customers = new Map<string, Customer>();
  readonly deletedCustomers = new Set<string>();
  readonly sessions = new Map<string, Session>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly invoices = new Map<string, Invoice>();
  readonly invoicePayments = new Map<string, InvoicePayment>();
  readonly intents = new Map<string, Intent>();
  readonly charges = new Map<string, Charge>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();
  readonly warnings = new Map<string, Warning>();
  readonly portals = new Map<string, PortalSession>();
  readonly events = new Map<string, Event>();
  /** Customers whose card is declined. */
  readonly declining = new Set<string>();
  readonly #random: Random;
  readonly #apiVersion: string;
  readonly #send: (event: Event) => void;
  readonly #openedAt: number;

  constructor({ clock, random, catalogue, apiVersion, send }: AccountParts) {
    this.clock = clock;
    this.catalogue = catalogue;
    this.#random = random;
    this.#apiVersion = apiVersion;
    this.#send = send;
    this.#openedAt = clock.nowSeconds();
  }

  id(prefix: string): string {
    return stripeId(this.#random, prefix);
  }

  now(): number {
    return this.clock.nowSeconds();
  }

  emit(type: string, object: StripeObject, previous?: Record<string, unknown>): void {
    const event: Event = {
      id: this.id("evt"),
      object: "event",
      api_version: this.#apiVersion,
      created: this.now(),
      data: {
        object: structuredClone(object),
        ...(previous !== undefined && { previous_attributes: previous }),
      },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    };
    this.events.set(event.id, event);
    this.#send(event);
  }

  /** Changes an object in place and tells it, with the values before. */
  update<T extends StripeObject>(object: T, type: string, change: Partial<T>): void {
    const previous = this.change(object, change);
    this.emit(type, object, previous);
  }

  /** Changes without telling; gives the values before of what really changed. */
  change<T extends StripeObject>(object: T, change: Partial<T>): Record<string, unknown> {
    const before = structuredClone(object);
    Object.assign(object, change);
    return differences(before, object);
  }

  product(id: string): Product | undefined {
    const product = this.catalogue.products.get(id);
    return product === undefined ? undefined : productToWire(product, this.#openedAt);
  }

  price(id: string): Price | undefined {
    const plan = this.catalogue.plans.get(id);
    return plan === undefined ? undefined : priceToWire(plan, this.#openedAt);
  }

  getPrice(id: string): Price {
    const price = this.price(id);
    if (price === undefined) throw refuse.missing("price", id);
    return price;
  }

  getCustomer(id: string): Customer {
    return found(this.customers, "customer", id);
  }

  getSession(id: string): Session {
    return found(this.sessions, "checkout.session", id);
  }

  getSubscription(id: string): Subscription {
    return found(this.subscriptions, "subscription", id);
  }

  getInvoice(id: string): Invoice {
    return found(this.invoices, "invoice", id);
  }

  getIntent(id: string): Intent {
    return found(this.intents, "payment_intent", id);
  }

  getCharge(id: string): Charge {
    return found(this.charges, "charge", id);
  }
}

export function found<T>(map: ReadonlyMap<string, T>, what: string, id: string): T {
  const object = map.get(id);
  if (object === undefined) throw refuse.missing(what, id);
  return object;
}

function differences(before: object, after: object): Record<string, unknown> {
  const now = new Map(Object.entries(after));
  return Object.fromEntries(
    Object.entries(before).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(now.get(name)),
    ),
  );
}
