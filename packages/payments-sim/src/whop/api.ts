/** Whop's API v1: lists with cursors, and the writes of a seller's server. */
import { type Context, Hono } from "hono";
import { needText, readChoice, readNumber, readText, readTexts } from "../fields.ts";
import { readJson } from "../json-body.ts";
import { Refusal, refuse } from "../refusal.ts";
import type { Company } from "./company.ts";
import { type Listed, page } from "./lists.ts";
import { planToWire } from "./plan.ts";

export function whopApi(
  { company, apiKey }: { company: Company; apiKey: string },
  reportBug: (error: Error) => void,
): Hono {
  const api = new Hono();
  api.onError((error) => {
    if (!(error instanceof Refusal)) reportBug(error);
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, "internal", "The simulator has a bug.");
    return Response.json(
      { error: { type: refusal.code, message: refusal.message } },
      { status: refusal.status === 409 ? 422 : refusal.status },
    );
  });
  api.use(async function bearer(c, next) {
    if (c.req.header("authorization") === `Bearer ${apiKey}`) return next();
    throw new Refusal(401, "unauthorized", "The API key is missing or wrong.");
  });
  return api.route("/", reads(company)).route("/", writes(company));
}

function reads(company: Company): Hono {
  const list = <T extends Listed>(c: Context, all: Iterable<T>, keep: (object: T) => boolean) =>
    c.json(page([...all].filter(keep), new URL(c.req.url).searchParams));
  const among = (c: Context, name: string, id: string | undefined) => {
    const wanted = [...(c.req.queries(name) ?? []), ...(c.req.queries(`${name}[]`) ?? [])];
    return wanted.length === 0 || (id !== undefined && wanted.includes(id));
  };
  return new Hono()
    .get("/memberships", (c) =>
      list(
        c,
        company.memberships.values(),
        ({ plan, product, status, user }) =>
          among(c, "plan_ids", plan.id) &&
          among(c, "product_ids", product.id) &&
          among(c, "statuses", status) &&
          among(c, "user_ids", user.id),
      ),
    )
    .get("/payments", (c) =>
      list(
        c,
        company.payments.values(),
        ({ plan, product, status, substatus }) =>
          among(c, "plan_ids", plan.id) &&
          among(c, "product_ids", product.id) &&
          among(c, "statuses", status) &&
          among(c, "substatuses", substatus),
      ),
    )
    .get("/refunds", (c) =>
      list(c, company.refunds.values(), ({ payment }) => among(c, "payment_id", payment.id)),
    )
    .get("/disputes", (c) => list(c, company.disputes.values(), () => true))
    .get("/plans/:id", (c) => c.json(planToWire(company.catalogue.getPlan(c.req.param("id")))))
    .get("/memberships/:id", (c) => c.json(find(company.memberships, c.req.param("id"))))
    .get("/payments/:id", (c) => c.json(find(company.payments, c.req.param("id"))))
    .get("/refunds/:id", (c) => c.json(find(company.refunds, c.req.param("id"))))
    .get("/disputes/:id", (c) => c.json(find(company.disputes, c.req.param("id"))))
    .get("/checkout_configurations/:id", (c) =>
      c.json(find(company.configurations, c.req.param("id"))),
    );
}

function writes(company: Company): Hono {
  return new Hono()
    .post("/checkout_configurations", async (c) => {
      const fields = await readJson(c);
      return c.json(
        company.configure({
          planId: needText(fields, "plan_id"),
          metadata: readTexts(fields, "metadata"),
          redirectUrl: readText(fields, "redirect_url") ?? null,
        }),
      );
    })
    .post("/memberships/:id/cancel", async (c) => {
      const membership = find(company.memberships, c.req.param("id"));
      const modes = ["at_period_end", "immediate"] as const;
      const mode = readChoice(await readJson(c), "cancellation_mode", modes);
      if (mode === "immediate") company.end(membership, "canceled");
      else company.cancelAtPeriodEnd(membership, true);
      return c.json(membership);
    })
    .post("/memberships/:id/uncancel", (c) => {
      const membership = find(company.memberships, c.req.param("id"));
      company.cancelAtPeriodEnd(membership, false);
      return c.json(membership);
    })
    .post("/payments/:id/refund", async (c) => {
      const payment = find(company.payments, c.req.param("id"));
      company.refund(payment, readNumber(await readJson(c), "partial_amount"));
      return c.json(payment);
    });
}

function find<T>(map: ReadonlyMap<string, T>, id: string): T {
  const object = map.get(id);
  if (object === undefined) throw refuse.missing("resource", id);
  return object;
}
