/** Customers and portal sessions as Stripe shows them. */
import type { Customer, PortalSession } from "../objects.ts";

export type CustomerFacts = {
  id: string;
  created: number;
  email: string | null;
  name: string | null;
  metadata: Record<string, string>;
  invoicePrefix: string;
};

export function makeCustomer(facts: CustomerFacts): Customer {
  return {
    id: facts.id,
    object: "customer",
    address: null,
    balance: 0,
    created: facts.created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: facts.email,
    invoice_prefix: facts.invoicePrefix,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: facts.metadata,
    name: facts.name,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}

export function makePortalSession(facts: {
  id: string;
  created: number;
  customer: string;
  returnUrl: string | null;
  url: string;
}): PortalSession {
  return {
    id: facts.id,
    object: "billing_portal.session",
    configuration: "bpc_1SimulatedPortal",
    created: facts.created,
    customer: facts.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: facts.returnUrl,
    url: facts.url,
  };
}
