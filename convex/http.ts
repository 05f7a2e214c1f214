/** The HTTP surface of the deployment. */
import { PROVIDERS } from "@heliograph/domain";
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server.js";
import { auth } from "./auth.ts";
import { ALERT_PREFIX, answerAlert } from "./model/http/alertRequest.ts";
import { answer, OPEN_TO_PAGES, preflight } from "./model/http/answer.ts";
import { answerIngest } from "./model/http/ingestRequest.ts";
import { answerExchange } from "./model/http/machineExchange.ts";
import { answerMedia } from "./model/http/mediaRequest.ts";
import { answerWebhook } from "./model/payments/webhook.ts";

const http = httpRouter();

auth.addHttpRoutes(http);

/** Events of a source: docs/ingest.md. */
http.route({ path: "/ingest/v1/events", method: "POST", handler: httpAction(answerIngest) });

/** Alerts of TradingView, whose token is in the address: docs/ingest.md. */
http.route({ pathPrefix: ALERT_PREFIX, method: "POST", handler: httpAction(answerAlert) });

/** A stored picture: /media/{mediaId}?k=... */
http.route({ pathPrefix: "/media/", method: "GET", handler: httpAction(answerMedia) });

/** A machine token for a JWT. */
http.route({ path: "/auth/machine", method: "POST", handler: httpAction(answerExchange) });
http.route({
  path: "/auth/machine",
  method: "OPTIONS",
  handler: httpAction(async () => preflight("POST")),
});

/** Payment providers' events: docs/payments.md. */
for (const provider of PROVIDERS) {
  http.route({
    path: `/webhooks/${provider}`,
    method: "POST",
    handler: httpAction(async (ctx, request) => await answerWebhook(ctx, provider, request)),
  });
}

/** The deployment's clock, for the offset of a client's. */
http.route({
  path: "/time",
  method: "GET",
  handler: httpAction(async () => answer(200, { nowMs: Date.now() }, OPEN_TO_PAGES)),
});
http.route({ path: "/time", method: "OPTIONS", handler: httpAction(async () => preflight("GET")) });

export default http;
