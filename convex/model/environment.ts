/**
 * The deployment's environment variables, read in this one place.
 *
 * Undeclared on purpose: what is not set is said by name where it is needed.
 */
// The one place of the backend that reads the environment: everybody else asks here.
/* eslint-disable @convex-dev/no-process-env */
import { ConvexError } from "convex/values";

const NAMES = [
  "CONVEX_SITE_URL", // set by the deployment itself
  "SITE_URL", // where customers' pages are
  "HELIOGRAPH_CONSOLE_URL", // optional: where the console is, for staff who sign in with Discord
  "JWT_PRIVATE_KEY", // RS256, PKCS8: Convex Auth signs sessions with it
  "JWKS", // its public key
  "HELIOGRAPH_IP_SALT", // makes hashes of addresses useless elsewhere
  "HELIOGRAPH_MAIL_MODE", // http, smtp, or outbox (a demo's: the console shows every mail)
  "HELIOGRAPH_MAIL_FROM", // the sender, for example: Signals <hello@example.com>
  "HELIOGRAPH_MAIL_HTTP_URL", // the HTTP provider's endpoint that takes one mail as JSON
  "HELIOGRAPH_MAIL_HTTP_KEY", // its bearer token
  "HELIOGRAPH_MAIL_SMTP_URL", // smtps://user:password@host:465
  "AUTH_DISCORD_ID", // optional: the Discord application people sign in with
  "AUTH_DISCORD_SECRET",
  "HELIOGRAPH_DISCORD_OAUTH_URL", // optional: stands in for https://discord.com
  "HELIOGRAPH_DISCORD_BOT_TOKEN", // optional: of the same application's bot, to add people to servers
  "HELIOGRAPH_DISCORD_TOKEN_KEYS", // name:key, comma separated: people's Discord tokens are sealed with the first
  "HELIOGRAPH_FEED_KEY_SECRET", // at least 32 characters; proves feed keys
  "HELIOGRAPH_MACHINE_ISSUER", // the `iss` of machine JWTs
  "HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY", // ES256: a JWK or a PKCS8 PEM
  "HELIOGRAPH_MACHINE_JWKS", // data: URL of the public keys
  "HELIOGRAPH_STRIPE_SECRET_KEY", // a live key means that test events do not count
  "HELIOGRAPH_STRIPE_API_URL", // optional: where Stripe's API is, if not at Stripe
  "HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", // of each provider several, comma separated: they are rotated
  "HELIOGRAPH_WHOP_API_KEY",
  "HELIOGRAPH_WHOP_API_URL", // optional: where Whop's API is, if not at Whop
  "HELIOGRAPH_WHOP_WEBHOOK_SECRETS",
  "HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS",
  "HELIOGRAPH_INGEST_EVENTS_PER_MINUTE", // optional: what one source token may send
  "HELIOGRAPH_TRADINGVIEW_ADDRESSES", // optional: who may send alerts: "any", or addresses, default TradingView's
  "HELIOGRAPH_PROXIES", // optional: how many proxies of ours stand in front, default 1
  "HELIOGRAPH_SHARD_VIEWERS", // optional: how many viewers share a feed key
  "HELIOGRAPH_STRIPE_ACCOUNT", // optional: acct_..., whose events are ours
  "HELIOGRAPH_WHOP_COMPANY", // optional: biz_...
  "HELIOGRAPH_SELLAPP_STORE", // optional: the store's number
  "HELIOGRAPH_PAYMENTS_LIVE", // optional: true, and test events do not count
  "HELIOGRAPH_WHOP_API_KEY", // optional, as the next four: what reconciliation asks with, and whom
  "HELIOGRAPH_WHOP_API_URL", // default https://api.whop.com/api/v1
  "HELIOGRAPH_SELLAPP_API_KEY",
  "HELIOGRAPH_SELLAPP_API_URL", // default https://sell.app/api/v2
  "HELIOGRAPH_RECONCILE_MINUTES", // from one run to the next, default 60; 0: only on demand
  "HELIOGRAPH_MEDIA_LOOPBACK", // a demo's: origins on this machine to fetch media from without TLS, http://127.0.0.1:4010
  "HELIOGRAPH_GRACE_DAYS", // optional: how long access lasts after a failed payment, default 3
] as const;

export type EnvironmentName = (typeof NAMES)[number];

/** The variable's text, or undefined if it is not set. */
export function findEnvironment(name: EnvironmentName): string | undefined {
  const text = process.env[name];
  return text === "" ? undefined : text;
}

/** The variable's text. Throws `not_configured` if it is not set. */
export function getEnvironment(name: EnvironmentName): string {
  const text = findEnvironment(name);
  if (text !== undefined) return text;
  const message = `Set ${name} in the deployment's environment variables.`;
  throw new ConvexError({ code: "not_configured", message });
}
