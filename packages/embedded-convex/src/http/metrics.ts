/**
 * `GET /metrics`.
 *
 * [HTTP31] Counters are told to admins, and without a key only to callers on this machine.
 */
import { type Authenticator, requireAdmin } from "../auth/credentials.ts";
import { CONTENT_TYPE } from "../operations/exposition.ts";
import type { HttpExchange, HttpHandler } from "./exchange.ts";

const LOOPBACK = /^(::1|(::ffff:)?127\.)/;

/** `text` is made when somebody asks. */
export function createMetricsRoute(text: () => string, authenticator: Authenticator): HttpHandler {
  return async (exchange) => {
    if (exchange.path !== "/metrics" || exchange.method !== "GET") return null;
    if (!isFromThisMachine(exchange)) requireAdmin(await authenticator.identify(exchange));
    return { status: 200, headers: [["Content-Type", CONTENT_TYPE]], body: text() };
  };
}

/** A proxy on this machine forwards for others, and says so. */
function isFromThisMachine({ ip, headers }: HttpExchange): boolean {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded;
  return ip !== null && LOOPBACK.test(ip) && forwarded === undefined;
}
