/** What the tests share: a simulator with one product per provider, a receiver for its webhooks, the official client. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { onTestFinished } from "vitest";
import { type PaymentsSim, type SimConfig, startPaymentsSim } from "../src/index.ts";

export const STRIPE_KEY = "sk_test_of_the_seller";
export const STRIPE_SECRET = "whsec_of_the_stripe_endpoint";
export const WHOP_KEY = "whop_key_of_the_seller";
export const WHOP_SECRET = "ws_of_the_whop_endpoint";
export const SELLAPP_KEY = "sellapp_key_of_the_seller";
export const SELLAPP_SECRET = "secret of the store's endpoint";

export const DAY_MS = 86_400_000;
export const START_MS = Date.parse("2026-01-31T12:00:00Z");

const PLANS = {
  monthly: { name: "Monthly", amount: 2_900, every: { unit: "month" } },
  pricier: { name: "Pricier", amount: 5_900, every: { unit: "month" } },
  trial: { name: "Trial", amount: 2_900, every: { unit: "month" }, trialDays: 7 },
  once: { name: "Thirty days", amount: 3_500, termDays: 30 },
  free: { name: "Free", amount: 0, termDays: 30 },
} as const;

const seed = (id: string, ids: Record<keyof typeof PLANS, string>) => ({
  ...{ id, name: "Signals & more" },
  plans: Object.entries(ids).map(([name, planId]) => ({
    ...{ id: planId },
    ...PLANS[name as keyof typeof PLANS],
  })),
});

export const PRICES = {
  ...{ monthly: "price_monthly", pricier: "price_pricier", trial: "price_trial" },
  ...{ once: "price_once", free: "price_free" },
};
export const WHOP_PLANS = {
  ...{ monthly: "plan_monthly", pricier: "plan_pricier", trial: "plan_trial" },
  ...{ once: "plan_once", free: "plan_free" },
};
export const VARIANTS = {
  ...{ monthly: "117214", pricier: "117215", trial: "117216", once: "117217", free: "117218" },
};

export type Received = { path: string; headers: Record<string, string>; body: string };

export type Receiver = {
  url: string;
  received: Received[];
  /** What the next deliveries are answered with; 200 when none are left. */
  answers: number[];
  /** The most requests that were open at one time. */
  mostAtOnce: number;
};

/** The seller's endpoint: keeps what arrives. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: "", received: [], answers: [], mostAtOnce: 0 };
  let open = 0;
  const server = createServer((request, response) => {
    open += 1;
    receiver.mostAtOnce = Math.max(receiver.mostAtOnce, open);
    void readText(request).then(async (body) => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate); // as a slow seller: others could come in between
      open -= 1;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      receiver.received.push({ path: request.url ?? "", headers, body });
      response.statusCode = receiver.answers.shift() ?? 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** With a receiver its three endpoints are configured. The clock stands still. */
export async function startSim(receiver?: Receiver, config: SimConfig = {}): Promise<PaymentsSim> {
  const at = (path: string, secret: string) =>
    receiver === undefined ? [] : [{ url: `${receiver.url}/webhooks/${path}`, secret }];
  const sim = await startPaymentsSim({
    config: {
      ...{ frozen: true, startMs: START_MS, seed: "tests" },
      ...config,
      stripe: {
        ...{ secretKey: STRIPE_KEY, webhooks: at("stripe", STRIPE_SECRET) },
        products: [seed("prod_signals", PRICES)],
        ...config.stripe,
      },
      whop: {
        ...{ apiKey: WHOP_KEY, webhooks: at("whop", WHOP_SECRET) },
        products: [seed("prod_whop", WHOP_PLANS)],
        ...config.whop,
      },
      sellapp: {
        ...{ apiKey: SELLAPP_KEY, webhooks: at("sellapp", SELLAPP_SECRET) },
        products: [seed("4001", VARIANTS)],
        ...config.sellapp,
      },
    },
    reportBug: (error) => {
      throw error;
    },
  });
  onTestFinished(() => sim.close());
  return sim;
}

export function stripeClient(sim: PaymentsSim, key = STRIPE_KEY): Stripe {
  return new Stripe(key, {
    ...{ host: "127.0.0.1", port: sim.port, protocol: "http" },
    ...{ maxNetworkRetries: 0, telemetry: false },
  });
}

/** The types of events that arrived at an endpoint, in order. */
export function typesAt(receiver: Receiver, path: string): string[] {
  return receiver.received
    .filter((delivery) => delivery.path === `/webhooks/${path}`)
    .map(({ body }) => {
      const { type, action, event } = JSON.parse(body);
      return String(type ?? action ?? event);
    });
}

/** Sends a form of a hosted page, as a browser would. */
export function submit(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { origin: new URL(url).origin },
    body: new URLSearchParams(fields),
  });
}
