/** Stripe's checkout page: pay, pay later, be declined, or go back. */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { readChoice } from "../fields.ts";
import type { Session } from "../stripe/objects.ts";
import type { StripeRooms } from "../stripe/provider.ts";
import { readEmail, readForm } from "./forms.ts";
import { emailField, layout, type Markup, money, notice, PAGE_HEADERS } from "./layout.ts";

const CHOICES = ["pay", "later", "laterFails", "decline"] as const;

export function stripeCheckoutPage(rooms: StripeRooms, onChange: () => void): Hono {
  const { account, checkout } = rooms;
  const show = (c: Context, session: Session, text?: string) =>
    c.html(page(rooms, session, text), 200, PAGE_HEADERS);
  return new Hono()
    .get("/:id", (c) => show(c, account.getSession(c.req.param("id"))))
    .post("/:id", async (c) => {
      const session = account.getSession(c.req.param("id"));
      if (session.status !== "open") return show(c, session);
      const form = await readForm(c);
      const choice = readChoice(form, "choice", CHOICES) ?? "pay";
      const email = session.customer === null ? readEmail(form) : knownEmail(rooms, session);
      if (choice === "decline") {
        checkout.decline(session, email);
        onChange();
        return show(c, session, "Your card was declined. Try another way to pay.");
      }
      checkout.pay(session, { email, how: choice === "pay" ? "now" : choice });
      onChange();
      return session.success_url === null ? show(c, session) : c.redirect(successUrl(session), 303);
    });
}

function successUrl(session: Session): string {
  const url = session.success_url ?? "";
  return url.replaceAll(/\{CHECKOUT_SESSION_ID\}|%7BCHECKOUT_SESSION_ID%7D/gi, session.id);
}

function knownEmail({ account }: StripeRooms, session: Session): string {
  return account.customers.get(session.customer ?? "")?.email ?? session.customer_email ?? "";
}

function page(rooms: StripeRooms, session: Session, text?: string): Markup {
  const { account, checkout } = rooms;
  const lines = checkout.lineItems(session.id).map(({ planId, quantity }) => {
    const plan = account.catalogue.getPlan(planId);
    const price = money(plan.amount * quantity, plan.currency);
    const every = plan.every === null ? "once" : `every ${plan.every.count} ${plan.every.unit}`;
    return html`<li><span>${quantity} × ${plan.product.name}</span> <strong>${price}</strong> <span class="faint">${every}</span></li>`;
  });
  const body =
    session.status === "open"
      ? payForm(rooms, session)
      : html`<p>${session.status === "complete" ? "This is paid. You can close the page." : "This page has expired. Please start again."}</p>`;
  return layout("Stripe", "Checkout", html`<ul class="lines">${lines}</ul>${notice(text)}${body}`);
}

function payForm(rooms: StripeRooms, session: Session): Markup {
  const total = money(session.amount_total ?? 0, session.currency ?? "usd");
  const fixed = session.customer !== null || session.customer_email !== null;
  const email = session.customer_email ?? knownEmail(rooms, session);
  const later =
    session.mode === "payment"
      ? html`<button name="choice" value="later">Pay by bank transfer that arrives in three days</button>
          <button name="choice" value="laterFails">Pay by bank transfer that never arrives</button>`
      : "";
  return html`<form method="post" class="stack">
    ${emailField(email, fixed)}
    <button class="main" name="choice" value="pay">Pay ${total}</button>
    ${later}
    <button class="danger" name="choice" value="decline">Pay with a card that is declined</button>
    ${session.cancel_url === null ? "" : html`<a href="${session.cancel_url}">Cancel and go back</a>`}
  </form>`;
}
