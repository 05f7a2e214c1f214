/** What functions may know of the request they run for. */
import type { Identity, RequestContext } from "../rooms.ts";
import { HttpError, type HttpExchange } from "./exchange.ts";

const CLIENT = /^(.+?)-(\d+)\.(\d+)\.(\d+)([-+].*)?$/;
const REQUEST_ID = /^[\w-]{1,64}$/;

/** The id the client names in `Convex-Request-Id`, or 16 random hex digits. */
export function requestContext(
  { headers, ip }: HttpExchange,
  identity: Identity,
  random: (bytes: number) => Uint8Array,
): RequestContext {
  const named = headers["convex-request-id"];
  return {
    requestId:
      named !== undefined && REQUEST_ID.test(named)
        ? named
        : Buffer.from(random(8)).toString("hex"),
    identity,
    ip,
    userAgent: headers["user-agent"] ?? null,
  };
}

/** Throws HttpError 400 InvalidClientVersion for a `Convex-Client` that names no version. */
export function checkClientVersion({ headers }: HttpExchange): void {
  const client = headers["convex-client"];
  if (client === undefined || CLIENT.test(client)) return;
  const text = `Convex-Client ${JSON.stringify(client)} is not of the form <name>-<version>`;
  throw new HttpError(400, "InvalidClientVersion", text);
}
