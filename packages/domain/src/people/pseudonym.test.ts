import { expect, test } from "vitest";
import { pseudonymise, speaksOf } from "./pseudonym.ts";

const MARKS = { emails: ["jo@example.com"], ids: ["cus_1", "user_9", "48151623"] };
const GONE = "deleted-u9";

const STRIPE = {
  id: "evt_1",
  type: "checkout.session.completed",
  data: {
    object: {
      id: "cs_1",
      object: "checkout.session",
      amount_total: 4900,
      client_reference_id: "user_9",
      customer: "cus_1",
      customer_email: "Jo@Example.com",
      customer_details: {
        address: { city: "Graz", country: "AT", line1: "Ring 1", postal_code: 8010 },
        email: "jo@example.com",
        name: "Jo Miller",
        phone: "+43 1",
      },
      description: "Pro for JO@example.com, monthly",
      display_items: [{ name: "Pro", amount: 4900 }],
      status: "complete",
    },
  },
};
const SELLAPP = {
  event: "order.completed",
  data: {
    id: 48151623,
    customer_information: { id: 7, email: "JO@EXAMPLE.COM", ip: "10.1.2.3", country: "AT" },
    products: [{ title: "Pro", name: "Pro" }],
    status: { status: { status: "COMPLETED" } },
  },
  store: { name: "Signals" },
};
const CUSTOMER = { data: { object: { object: "customer", id: "cus_1", name: "Jo Miller" } } };
const WHOP = { data: { user: { id: "user_9", username: "jo", name: "Jo" }, plan: { name: "P" } } };

test("[PSE1] nothing of the person is left in any provider's event", () => {
  for (const event of [STRIPE, SELLAPP, CUSTOMER, WHOP]) {
    const text = pseudonymise(JSON.stringify(event), MARKS, GONE);
    expect(text).not.toMatch(/jo@example\.com|Miller|"jo"|"Jo"|Graz|Ring 1|8010|10\.1\.2\.3|\+43/i);
    expect(text).toMatch(GONE);
  }
});

test("[PSE1] a body that is no JSON is replaced as a whole", () => {
  expect(pseudonymise("jo@example.com paid", MARKS, GONE)).toBe(`{"replaced":"${GONE}"}`);
});

test("[PSE2] ids, amounts, states and names of products stay, and the shape does", () => {
  const stripe = JSON.parse(pseudonymise(JSON.stringify(STRIPE), MARKS, GONE));
  const { object } = stripe.data;
  expect(object).toMatchObject({
    id: "cs_1",
    amount_total: 4900,
    client_reference_id: "user_9",
    customer: "cus_1",
    status: "complete",
    display_items: [{ name: "Pro", amount: 4900 }],
  });
  expect(object.customer_details.address).toEqual({
    city: GONE,
    country: GONE,
    line1: GONE,
    postal_code: 0,
  });
  expect(JSON.parse(pseudonymise(JSON.stringify(SELLAPP), MARKS, GONE))).toMatchObject({
    data: { id: 48151623, status: SELLAPP.data.status, products: SELLAPP.data.products },
    store: { name: "Signals" },
  });
});

test("[PSE2] a second time changes nothing", () => {
  for (const event of [STRIPE, SELLAPP, CUSTOMER, WHOP]) {
    const once = pseudonymise(JSON.stringify(event), MARKS, GONE);
    expect(pseudonymise(once, MARKS, GONE)).toBe(once);
  }
});

test("[PSE3] an event is the person's by whole e-mails and ids only", () => {
  for (const event of [STRIPE, SELLAPP, CUSTOMER]) {
    expect(speaksOf(JSON.stringify(event), MARKS)).toBe(true);
  }
  const others = [
    { email: "not.jo@example.com" },
    { email: "jo@example.com.au" },
    { customer: "cus_11" },
    { id: 481516234 },
    { note: "" },
  ];
  for (const event of others) expect(speaksOf(JSON.stringify(event), MARKS)).toBe(false);
});
