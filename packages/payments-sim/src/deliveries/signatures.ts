/**
 * The signature headers of each provider. Stripe's and Whop's come from the
 * libraries that verify them elsewhere; Whop's legacy v5 and Sell.app's, for
 * which there is none, are an HMAC-SHA256 in hex.
 *
 * The time in a signature is that of the attempt.
 */
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import type { Endpoint, OutgoingEvent } from "./endpoint.ts";

export type Signing = { endpoint: Endpoint; event: OutgoingEvent; secret: string; atMs: number };

export function signatureHeaders(signing: Signing): Record<string, string> {
  const { endpoint } = signing;
  switch (endpoint.provider) {
    case "stripe":
      return { "stripe-signature": stripeSignature(signing) };
    case "whop":
      return endpoint.version === "v5" ? whopLegacy(signing) : whopHeaders(signing, endpoint.key);
    case "sellapp":
      return { signature: hex(signing.secret, signing.event.body) };
    default:
      return endpoint satisfies never;
  }
}

function stripeSignature({ event, secret, atMs }: Signing): string {
  return Stripe.webhooks.generateTestHeaderString({
    payload: event.body,
    secret,
    timestamp: Math.floor(atMs / 1000),
  });
}

function whopHeaders({ event, secret, atMs }: Signing, key: "raw" | "standard") {
  const webhook = key === "raw" ? new Webhook(secret, { format: "raw" }) : new Webhook(secret);
  const id = `msg_${event.id.replace(/^[a-z]+_/, "")}`;
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(atMs / 1000)),
    "webhook-signature": webhook.sign(id, new Date(atMs), event.body),
  };
}

function whopLegacy({ event, secret, atMs }: Signing) {
  const seconds = Math.floor(atMs / 1000);
  return { "x-whop-signature": `t=${seconds},v1=${hex(secret, `${seconds}.${event.body}`)}` };
}

function hex(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}
