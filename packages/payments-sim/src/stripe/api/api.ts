/** Stripe's API, version 1, as the official libraries call it. */
import { Hono } from "hono";
import { Refusal } from "../../refusal.ts";
import { readRoutes } from "./read-routes.ts";
import { checkKey, errorBody, readParams, type StripeEnv, type StripeParts } from "./stripe-env.ts";
import { writeRoutes } from "./write-routes.ts";

export function stripeApi(parts: StripeParts, reportBug: (error: Error) => void): Hono<StripeEnv> {
  const api = new Hono<StripeEnv>();
  api.onError((error) => {
    if (!(error instanceof Refusal)) reportBug(error);
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal(500, "api_error", "The simulator has a bug; its output says more.");
    const status = refusal.status === 409 ? 400 : refusal.status; // Stripe answers wrong states with 400
    return Response.json(errorBody(refusal), {
      status,
      headers: { "request-id": "req_simulated" },
    });
  });
  api.notFound((c) =>
    Response.json(
      errorBody(
        new Refusal(
          404,
          "url_invalid",
          `Unrecognized request URL (${c.req.method}: ${c.req.path}).`,
        ),
      ),
      { status: 404 },
    ),
  );
  api.use(checkKey(parts.secretKey), readParams());
  return api.route("/", readRoutes(parts)).route("/", writeRoutes(parts));
}
