/** Sell.app's API v2, as far as a seller's server uses it: invoices and subscriptions by pages, and cancelling. */
import { type Context, Hono } from "hono";
import { readFlag, readWhole } from "../fields.ts";
import { readJson } from "../json-body.ts";
import { Refusal, refuse } from "../refusal.ts";
import type { Store } from "./store.ts";

const DEFAULT_LIMIT = 15;
const MAX_LIMIT = 100;

export function sellappApi(
  { store, apiKey }: { store: Store; apiKey: string },
  reportBug: (error: Error) => void,
): Hono {
  const api = new Hono();
  api.onError((error) => {
    if (!(error instanceof Refusal)) reportBug(error);
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, "internal", "The simulator has a bug.");
    const status = refusal.code === "invalid_request" ? 422 : refusal.status;
    return Response.json({ message: refusal.message }, { status });
  });
  api.use(async function bearer(c, next) {
    if (c.req.header("authorization") === `Bearer ${apiKey}`) return next();
    throw new Refusal(401, "unauthorized", "Unauthenticated.");
  });
  const single = (map: ReadonlyMap<string, unknown>, id: string) => {
    const data = map.get(id);
    if (data === undefined) throw refuse.missing("resource", id);
    return { data };
  };
  return api
    .get("/invoices", (c) => c.json(page(c, store.invoices.values())))
    .get("/subscriptions", (c) => c.json(page(c, store.subscriptions.values())))
    .get("/invoices/:id", (c) => c.json(single(store.invoices, c.req.param("id"))))
    .get("/subscriptions/:id", (c) => c.json(single(store.subscriptions, c.req.param("id"))))
    .patch("/subscriptions/:id/cancel", async (c) => c.json(await cancel(c, store)));
}

/** At the end of the period, or at once. [PSEL5] No event tells it. */
async function cancel(c: Context, store: Store) {
  const id = c.req.param("id") ?? "";
  const subscription = store.subscriptions.get(id);
  if (subscription === undefined) throw refuse.missing("resource", id);
  const atPeriodEnd = readFlag(await readJson(c), "cancel_at_period_end") ?? true;
  if (atPeriodEnd) store.cancelAtPeriodEnd(subscription, true);
  else store.end(subscription);
  return { data: subscription, message: "Subscription cancellation requested." };
}

/** Newest first. [PLST3] Pages 1 to last_page give every object, none twice while nothing is added. */
function page(c: Context, objects: Iterable<unknown>) {
  const query = c.req.query();
  const limit = readWhole(query, "limit", { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
  const current = readWhole(query, "page", { min: 1 }) ?? 1;
  const all = [...objects].reverse();
  const last = Math.max(1, Math.ceil(all.length / limit));
  const start = (current - 1) * limit;
  const data = all.slice(start, start + limit);
  const path = new URL(c.req.url).origin + c.req.path;
  const link = (number: number) =>
    number < 1 || number > last ? null : `${path}?page=${number}&limit=${limit}`;
  return {
    data,
    links: { first: link(1), last: link(last), prev: link(current - 1), next: link(current + 1) },
    meta: {
      current_page: current,
      from: data.length === 0 ? null : start + 1,
      last_page: last,
      path,
      per_page: limit,
      to: data.length === 0 ? null : start + data.length,
      total: all.length,
    },
  };
}
