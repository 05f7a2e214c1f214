/** What the routes of one Stripe request know, and how they answer. */
import type { Context, MiddlewareHandler } from "hono";
import type { Fields } from "../../fields.ts";
import { Refusal } from "../../refusal.ts";
import type { StripeRooms } from "../provider.ts";
import { expand } from "./expand.ts";
import { parseForm } from "./form.ts";
import type { IdempotentAnswers } from "./idempotency.ts";

export type StripeEnv = { Variables: { params: Fields; rawBody: string } };
export type StripeContext = Context<StripeEnv>;

export type StripeParts = StripeRooms & {
  secretKey: string;
  idempotent: IdempotentAnswers;
  isDelivered: (eventId: string) => boolean;
  portalUrl: (portalId: string) => string;
};

/** Bearer, or Basic with the key as the user, as Stripe takes both. */
export function checkKey(secretKey: string): MiddlewareHandler {
  return async function stripeKey(c, next) {
    const header = c.req.header("authorization") ?? "";
    const basic = /^Basic (.+)$/.exec(header)?.[1];
    const key = basic === undefined ? header.replace(/^Bearer /, "") : atob(basic).split(":")[0];
    if (key === secretKey) return next();
    const message = header === "" ? "You did not provide an API key." : "Invalid API Key provided.";
    throw new Refusal(401, header === "" ? "api_key_missing" : "api_key_invalid", message);
  };
}

export function readParams(): MiddlewareHandler<StripeEnv> {
  return async function params(c, next) {
    const query = new URL(c.req.url).search.slice(1);
    const body = c.req.method === "POST" ? await c.req.text() : "";
    c.set("rawBody", body);
    c.set("params", { ...parseForm(query), ...parseForm(body) });
    await next();
  };
}

export function errorBody(refusal: Refusal) {
  const { code, message, param, status } = refusal;
  const type = code === "idempotency_error" ? code : "invalid_request_error";
  return {
    error: {
      ...(code !== "idempotency_error" && { code }),
      message,
      ...(param !== undefined && { param }),
      type: status >= 500 ? "api_error" : type,
    },
  };
}

/** With what `expand[]` asks for. */
export function answer(c: StripeContext, parts: StripeParts, body: unknown): Response {
  const paths = c.get("params").expand;
  const wanted = Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  return c.json(expand(body, wanted, (id) => findObject(parts, id)) as object);
}

export function findObject({ account }: StripeRooms, id: string): unknown {
  return (
    account.customers.get(id) ??
    account.subscriptions.get(id) ??
    account.invoices.get(id) ??
    account.intents.get(id) ??
    account.charges.get(id) ??
    account.sessions.get(id) ??
    account.price(id) ??
    account.product(id)
  );
}

/** A write: once per Idempotency-Key. */
export function write(c: StripeContext, parts: StripeParts, make: () => unknown): Response {
  const request = `${c.req.method} ${new URL(c.req.url).pathname} ${c.get("rawBody")}`;
  const { answer: first, replayed } = parts.idempotent.once(
    c.req.header("idempotency-key"),
    request,
    () => ({ status: 200, body: make() }),
  );
  if (replayed) c.header("idempotent-replayed", "true");
  return answer(c, parts, first.body);
}
