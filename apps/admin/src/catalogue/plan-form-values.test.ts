import { expect, test } from "vitest";
import { readPlanForm } from "./plan-form-values.ts";

const SITE = "https://console.example";
const VALUES = {
  name: " Pro, monthly ",
  slug: "",
  tier: "pro",
  lasts: "month",
  days: "",
  price: "99",
  currency: "USD",
  trialDays: "",
  highlights: "Every call\n\n Cancel at any time ",
  stripePrice: "price_1",
  whopPlan: "",
  whopLink: "",
  sellappVariant: "",
  sellappLink: "",
};

function read(changes: Partial<typeof VALUES> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...VALUES, ...changes })) form.set(name, value);
  return readPlanForm(form, SITE);
}

test("a plan is read as the backend wants it", () => {
  expect(read()).toMatchObject({
    ok: true,
    fields: {
      name: "Pro, monthly",
      kind: { kind: "recurring", every: "month" },
      priceAmount: 9_900,
      currency: "usd",
      trialDays: 0,
      highlights: ["Every call", "Cancel at any time"],
      refs: { stripePrice: "price_1", whopPlan: null },
    },
  });
});

test("days hold for a fixed term only", () => {
  expect(read({ lasts: "days", days: "30" })).toMatchObject({
    fields: { kind: { kind: "fixed", days: 30 } },
  });
});

test.each([
  [{ name: "" }, "name"],
  [{ price: "cheap" }, "price"],
  [{ currency: "dollars" }, "currency"],
  [{ lasts: "days", days: "0" }, "days"],
  [{ trialDays: "soon" }, "trialDays"],
  [{ stripePrice: "prod_1" }, "stripePrice"],
  [{ whopPlan: "plan_1", whopLink: "http://whop.com/x" }, "whopLink"],
])("%j is said at %s", (changes, field) => {
  const answer = read(changes);
  expect(answer.ok ? [] : Object.keys(answer.errors)).toContain(field);
});

test("a draft may lack what it needs to be sold", () => {
  expect(read({ stripePrice: "" }).ok).toBe(true);
});
