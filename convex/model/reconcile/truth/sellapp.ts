/**
 * Sell.app's truth, by its API v2: subscriptions, then orders ("invoices"), by numbered pages. An order's
 * history tells what each of its states was and since when; a subscription tells only how it stands.
 */
import { findEnvironment, getEnvironment } from "../../environment.ts";
import type { Statement } from "../validators.ts";
import { ask, field, isoMs, items, type Question } from "./ask.ts";
import { type List, readPageOf, statement, type TruthPage } from "./page.ts";

const LIMIT = "100";
const ADDRESS = "https://sell.app/api/v2";

/** Reads a page. Throws `RefusedAnswer`, or what `fetch` throws. */
export async function readSellappPage(cursor: string | null): Promise<TruthPage> {
  return await readPageOf(
    {
      subscriptions: list("/subscriptions", subscriptionSays),
      orders: list("/invoices", orderSays),
    },
    cursor,
  );
}

/** What is known of one order and its subscription, at once. */
export async function readSellappOrder(orderId: string): Promise<Statement[]> {
  const order = field(
    await ask(sellappQuestion(), `/invoices/${encodeURIComponent(orderId)}`, {}),
    "data",
  );
  const id = field(order, "subscription_id");
  if (typeof id !== "number" && typeof id !== "string") return orderSays(order);
  const answer = await ask(
    sellappQuestion(),
    `/subscriptions/${encodeURIComponent(String(id))}`,
    {},
  );
  return [...orderSays(order), ...subscriptionSays(field(answer, "data"))];
}

function list(path: string, says: (object: unknown) => readonly Statement[]): List {
  return async (after) => {
    const number = Number(after ?? 1);
    const page = await ask(sellappQuestion(), path, { limit: LIMIT, page: String(number) });
    const last = Number(field(field(page, "meta"), "last_page") ?? 1);
    return {
      statements: items(field(page, "data")).flatMap(says),
      after: number < last ? String(number + 1) : null,
    };
  };
}

/** Where and with which key Sell.app is asked. */
export function sellappQuestion(): Question {
  const base = findEnvironment("HELIOGRAPH_SELLAPP_API_URL") ?? ADDRESS;
  return { base, key: getEnvironment("HELIOGRAPH_SELLAPP_API_KEY") };
}

/** One statement for each state the order has had, the last one with the order as it is. */
function orderSays(order: unknown): Statement[] {
  const status = field(order, "status");
  const history = items(field(status, "history"));
  if (history.length === 0) return [orderAs(order, isoMs(field(order, "updated_at")))];
  return history.map((entry, index) => {
    const told = { status: entry, history: history.slice(0, index + 1) };
    const atMs = isoMs(field(entry, "updatedAt")) ?? isoMs(field(entry, "setAt"));
    return orderAs({ ...Object(order), status: told }, atMs);
  });
}

/** The time of the last change says nothing of an earlier state. */
function orderAs(order: unknown, atMs: number | null): Statement {
  const { updated_at: _, ...told } = Object(order);
  return statement("order.updated", told, atMs);
}

function subscriptionSays(subscription: unknown): Statement[] {
  return [statement("subscription.updated", subscription, standingSince(subscription))];
}

function standingSince(subscription: unknown): number | null {
  const at = (name: string) => isoMs(field(subscription, name));
  switch (field(subscription, "status")) {
    case "CANCELED":
      return at("ends_at") ?? at("canceled_at") ?? at("updated_at");
    case "PAST_DUE":
      return at("current_period_start"); // it is owed since then; each attempt touches the object
    default:
      return at("updated_at");
  }
}
