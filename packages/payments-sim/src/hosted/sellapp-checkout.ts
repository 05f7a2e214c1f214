/**
 * Sell.app's product page: `/sellapp/product/{slug or id}?variant=...`. Custom
 * fields of the product are given as `additional_information[key]=value` and
 * can be changed by the buyer, as on the real page.
 */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Plan } from "../catalogue/catalogue.ts";
import { refuse } from "../refusal.ts";
import type { Store } from "../sellapp/store.ts";
import { bracketed, readEmail, readForm } from "./forms.ts";
import { emailField, layout, type Markup, money, notice, PAGE_HEADERS } from "./layout.ts";

type Parts = { store: Store; redirectUrl: string | null; onChange: () => void };

export function sellappCheckoutPage({ store, redirectUrl, onChange }: Parts): Hono {
  const show = (c: Context, text?: string) =>
    c.html(page(planOf(store, c), new URL(c.req.url).searchParams, text), 200, PAGE_HEADERS);
  return new Hono()
    .get("/:product", (c) => show(c))
    .post("/:product", async (c) => {
      const form = await readForm(c);
      const fields = bracketed(
        new URLSearchParams(Object.entries(form).map(([k, v]) => [k, String(v)])),
        "additional_information",
      );
      const invoice = store.order({
        ...{ planId: planOf(store, c).id, email: readEmail(form) },
        additional: Object.entries(fields).map(([key, value]) => ({ key, label: key, value })),
      });
      if (form.choice === "pay") store.pay(invoice);
      onChange();
      if (form.choice !== "pay") return show(c, `Order ${invoice.id} waits for its payment.`);
      return redirectUrl === null
        ? show(c, `Order ${invoice.id} is paid. You can close the page.`)
        : c.redirect(redirectUrl, 303);
    });
}

function planOf(store: Store, c: Context): Plan {
  const wanted = c.req.param("product") ?? "";
  const variant = c.req.query("variant");
  const plan = [...store.catalogue.plans.values()].find(
    ({ id, product }) =>
      (product.id === wanted || slug(product.name) === wanted) &&
      (variant === undefined || variant === id),
  );
  if (plan === undefined) throw refuse.missing("product", wanted);
  return plan;
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function page(plan: Plan, query: URLSearchParams, text?: string): Markup {
  const price = money(plan.amount, plan.currency);
  const fields = Object.entries(bracketed(query, "additional_information")).map(
    ([key, value], index) => html`<label for="field-${index}">${key}</label>
      <input id="field-${index}" name="additional_information[${key}]" value="${value}" />`,
  );
  return layout(
    "Sell.app",
    plan.product.name,
    html`<p><strong>${price}</strong></p>
      ${notice(text)}
      <form method="post" class="stack">
        ${emailField(query.get("email") ?? "", false)} ${fields}
        <button class="main" name="choice" value="pay">Pay ${price}</button>
        <button name="choice" value="leave">Order, and leave without paying</button>
      </form>`,
  );
}
