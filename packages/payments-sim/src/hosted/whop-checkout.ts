/** Whop's checkout page of a plan; `?session=ch_...` brings a checkout configuration with its metadata. */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { found } from "../stripe/account.ts";
import type { Company } from "../whop/company.ts";
import { bracketed, readEmail, readForm } from "./forms.ts";
import { emailField, layout, type Markup, money, notice, PAGE_HEADERS } from "./layout.ts";

type Parts = { company: Company; redirectUrl: string | null; onChange: () => void };

export function whopCheckoutPage({ company, redirectUrl, onChange }: Parts): Hono {
  const show = (c: Context, text?: string) => {
    const plan = company.catalogue.getPlan(c.req.param("plan") ?? "");
    const body = html`<p>${plan.product.name}, <strong>${money(plan.amount, plan.currency)}</strong></p>
      ${notice(text)} ${payForm(money(plan.amount, plan.currency), c.req.query("email") ?? "")}`;
    return c.html(layout("Whop", "Join", body), 200, PAGE_HEADERS);
  };
  return new Hono()
    .get("/:plan", (c) => show(c))
    .post("/:plan", async (c) => {
      const form = await readForm(c);
      if (form.choice === "decline")
        return show(c, "The payment was declined. Nothing was bought.");
      const query = new URL(c.req.url).searchParams;
      const session = query.get("session");
      const configuration =
        session === null
          ? undefined
          : found(company.configurations, "checkout configuration", session);
      company.join({
        ...{ planId: c.req.param("plan"), email: readEmail(form) },
        metadata: configuration?.metadata ?? bracketed(query, "metadata"),
        configurationId: configuration?.id ?? null,
      });
      onChange();
      const next = configuration?.redirect_url ?? redirectUrl;
      return next === null ? show(c, "You are in. You can close the page.") : c.redirect(next, 303);
    });
}

function payForm(price: string, email: string): Markup {
  return html`<form method="post" class="stack">
    ${emailField(email, false)}
    <button class="main" name="choice" value="pay">Join for ${price}</button>
    <button class="danger" name="choice" value="decline">Pay with a card that is declined</button>
  </form>`;
}
