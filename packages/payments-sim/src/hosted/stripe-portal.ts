/** Stripe's customer portal: cancel, resume, change the plan, change the card, pay what is owed. */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { needText, readChoice } from "../fields.ts";
import { Refusal } from "../refusal.ts";
import { found } from "../stripe/account.ts";
import { isLive, itemOf } from "../stripe/billing.ts";
import type { PortalSession, Subscription } from "../stripe/objects.ts";
import { collectOpen, type StripeRooms } from "../stripe/provider.ts";
import { readForm } from "./forms.ts";
import { day, layout, type Markup, money, notice, PAGE_HEADERS } from "./layout.ts";

const CHOICES = ["cancel", "resume", "change", "badCard", "goodCard", "payNow"] as const;
type Choice = (typeof CHOICES)[number];

export function stripePortalPage(rooms: StripeRooms, onChange: () => void): Hono {
  const { account } = rooms;
  const getPortal = (c: Context) =>
    found(account.portals, "portal session", c.req.param("id") ?? "");
  return new Hono()
    .get("/:id", (c) => c.html(page(rooms, getPortal(c)), 200, PAGE_HEADERS))
    .post("/:id", async (c) => {
      const portal = getPortal(c);
      const form = await readForm(c);
      const choice = readChoice(form, "choice", CHOICES);
      const text = attempt(() => {
        if (choice !== undefined) act(rooms, portal, choice, form);
      });
      onChange();
      return c.html(page(rooms, portal, text), 200, PAGE_HEADERS);
    });
}

function attempt(run: () => void): string {
  try {
    run();
    return "Done.";
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function act(
  { account, billing }: StripeRooms,
  portal: PortalSession,
  choice: Choice,
  form: Readonly<Record<string, unknown>>,
): void {
  const own = () => {
    const subscription = account.getSubscription(needText(form, "subscription"));
    if (subscription.customer !== portal.customer)
      throw new Refusal(403, "not_yours", "This subscription is somebody else's.");
    return subscription;
  };
  switch (choice) {
    case "cancel":
    case "resume":
      billing.cancelAtPeriodEnd(own(), choice === "cancel");
      return;
    case "change":
      billing.changePlan(own(), needText(form, "plan"));
      return;
    case "badCard":
      account.declining.add(portal.customer);
      return;
    case "goodCard":
      account.declining.delete(portal.customer);
      return;
    case "payNow":
      collectOpen(billing, own());
      return;
    default:
      choice satisfies never;
  }
}

function page(rooms: StripeRooms, portal: PortalSession, text?: string): Markup {
  const { account } = rooms;
  const customer = account.getCustomer(portal.customer);
  const own = [...account.subscriptions.values()].filter((s) => s.customer === customer.id);
  const back =
    portal.return_url === null ? "" : html`<a href="${portal.return_url}">Return to the seller</a>`;
  return layout(
    "Stripe",
    "Your subscriptions",
    html`<p class="faint">${customer.email ?? customer.id}</p>
      ${notice(text)} ${own.length === 0 ? html`<p>There is no subscription.</p>` : own.map((s) => card(rooms, s))}
      ${cardForm(account.declining.has(customer.id))} ${back}`,
  );
}

function cardForm(declining: boolean): Markup {
  return html`<section class="card" aria-labelledby="card">
    <h2 id="card">Card</h2>
    <p>${declining ? "The card on file is declined." : "The card on file works."}</p>
    <form method="post" class="row">
      <button name="choice" value="goodCard">Use a card that works</button>
      <button name="choice" value="badCard">Use a card that is declined</button>
    </form>
  </section>`;
}

function card({ account, billing }: StripeRooms, subscription: Subscription): Markup {
  const item = itemOf(subscription);
  const plan = account.catalogue.getPlan(item.price.id);
  const end = day(item.current_period_end * 1000);
  const others = [...account.catalogue.plans.values()].filter(
    (other) => other.every !== null && other.id !== plan.id,
  );
  const owes = billing.openInvoice(subscription.id) !== undefined;
  return html`<section class="card" aria-label="${plan.product.name}">
    <h2>${plan.product.name}, ${money(plan.amount, plan.currency)}</h2>
    <p>
      ${subscription.status}${subscription.cancel_at_period_end ? `, ends on ${end}` : `, next payment on ${end}`}
    </p>
    ${
      isLive(subscription)
        ? html`<form method="post" class="row">
            <input type="hidden" name="subscription" value="${subscription.id}" />
            ${
              subscription.cancel_at_period_end
                ? html`<button name="choice" value="resume">Keep the subscription</button>`
                : html`<button class="danger" name="choice" value="cancel">Cancel at the end of the period</button>`
            }
            ${owes ? html`<button class="main" name="choice" value="payNow">Pay what is owed</button>` : ""}
            ${
              others.length === 0
                ? ""
                : html`<label>Another plan
                      <select name="plan">
                        ${others.map((o) => html`<option value="${o.id}">${o.product.name}, ${money(o.amount, o.currency)}</option>`)}
                      </select></label>
                    <button name="choice" value="change">Change to it</button>`
            }
          </form>`
        : ""
    }
  </section>`;
}
