/** Puts the rooms together behind one port: three APIs, hosted pages, /_sim, the page. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { html } from "hono/html";
import type { SimConfig } from "./config.ts";
import { sameOrigin } from "./control/same-origin.ts";
import { simRoutes } from "./control/sim-routes.ts";
import { layout, notice, PAGE_HEADERS } from "./hosted/layout.ts";
import { sellappCheckoutPage } from "./hosted/sellapp-checkout.ts";
import { stripeCheckoutPage } from "./hosted/stripe-checkout.ts";
import { stripePortalPage } from "./hosted/stripe-portal.ts";
import { whopCheckoutPage } from "./hosted/whop-checkout.ts";
import { pageRoutes } from "./page/page-routes.ts";
import { Refusal } from "./refusal.ts";
import { sellappApi } from "./sellapp/api.ts";
import { createSim, DEFAULTS, type Sim } from "./sim.ts";
import { stripeApi } from "./stripe/api/api.ts";
import { IdempotentAnswers } from "./stripe/api/idempotency.ts";
import { whopApi } from "./whop/api.ts";

export type PaymentsSimOptions = {
  /** 0, the default, takes a free one. */
  port?: number;
  /** 127.0.0.1 unless given. */
  host?: string;
  config?: SimConfig;
  /** Told of bugs in the simulator; by default they go to stderr. */
  reportBug?: (error: Error) => void;
};

type ReportBug = (error: Error) => void;

/** Resolves once the port answers. */
export async function startServer(options: PaymentsSimOptions) {
  let url = "";
  const reportBug =
    options.reportBug ?? ((error) => process.stderr.write(`payments-sim: ${error.stack}\n`));
  const sim = createSim(options.config ?? {}, { baseUrl: () => url, reportBug });
  const app = createApp(sim, () => url, reportBug);
  const server = createAdaptorServer({ fetch: app.fetch });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    ...{ sim, url, port },
    /** Ends requests and timers, and frees the port. */
    async close(): Promise<void> {
      sim.clock.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

function createApp(sim: Sim, baseUrl: () => string, reportBug: ReportBug): Hono {
  const stripe = createStripeApi(sim, baseUrl, reportBug);
  const whopKey = sim.config.whop?.apiKey ?? DEFAULTS.whopKey;
  const sellappKey = sim.config.sellapp?.apiKey ?? DEFAULTS.sellappKey;
  return new Hono()
    .route("/v1", stripe) // where the official library calls
    .route("/stripe/v1", stripe)
    .route("/whop/api/v1", whopApi({ company: sim.whop, apiKey: whopKey }, reportBug))
    .route("/sellapp/api/v2", sellappApi({ store: sim.sellapp, apiKey: sellappKey }, reportBug))
    .route("/", hostedPages(sim, reportBug))
    .route("/_sim", simRoutes(sim, reportBug))
    .route("/", pageRoutes());
}

function createStripeApi(sim: Sim, baseUrl: () => string, reportBug: ReportBug) {
  const parts = {
    ...sim.stripe,
    secretKey: sim.config.stripe?.secretKey ?? DEFAULTS.stripeKey,
    idempotent: new IdempotentAnswers(),
    isDelivered: (eventId: string) => sim.courier.isDelivered(eventId),
    portalUrl: (portalId: string) => `${baseUrl()}/stripe/portal/${portalId}`,
  };
  return stripeApi(parts, reportBug);
}

function hostedPages(sim: Sim, reportBug: ReportBug): Hono {
  const onChange = () => sim.changes.tell();
  const { whop, sellapp } = sim.config;
  const pages = new Hono();
  pages.onError((error) => {
    if (!(error instanceof Refusal)) reportBug(error);
    const [text, status] =
      error instanceof Refusal
        ? [error.message, error.status]
        : ["The simulator has a bug; its output says more.", 500];
    const body = layout("payments", "This did not work", html`${notice(text)}`);
    return new Response(String(body), {
      status,
      headers: { ...PAGE_HEADERS, "Content-Type": "text/html; charset=utf-8" },
    });
  });
  for (const path of [
    "/stripe/checkout/*",
    "/stripe/portal/*",
    "/whop/checkout/*",
    "/sellapp/product/*",
  ])
    pages.use(path, sameOrigin());
  return pages
    .route("/stripe/checkout", stripeCheckoutPage(sim.stripe, onChange))
    .route("/stripe/portal", stripePortalPage(sim.stripe, onChange))
    .route(
      "/whop/checkout",
      whopCheckoutPage({ company: sim.whop, redirectUrl: whop?.redirectUrl ?? null, onChange }),
    )
    .route(
      "/sellapp/product",
      sellappCheckoutPage({
        store: sim.sellapp,
        redirectUrl: sellapp?.redirectUrl ?? null,
        onChange,
      }),
    );
}
