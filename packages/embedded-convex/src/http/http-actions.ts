/**
 * The edge of HTTP actions: `/http/...` on the main port, everything on the site port.
 *
 * [HTTP13] `request.url` hides the `/http` prefix and follows the forwarded scheme and the Host header.
 * [HTTP14] Bodies stream both ways, at most 20 MiB each.
 * [HTTP15] No CORS headers are added and OPTIONS reaches user code.
 * [HTTP16] A wrong Authorization header does not refuse the request.
 */
import type { Authenticator } from "../auth/credentials.ts";
import type { FunctionRunner, HttpActionResponse } from "../rooms.ts";
import {
  errorAnswer,
  type HttpAnswer,
  HttpError,
  type HttpExchange,
  type HttpHandler,
} from "./exchange.ts";
import { requestContext } from "./request-context.ts";

const MAX_BODY_BYTES = 20 * 1024 * 1024;
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
const WITHOUT_BODY = new Set(["GET", "HEAD", "OPTIONS"]);
const OUR_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding"]);

export interface HttpActionsOptions {
  readonly runner: Pick<FunctionRunner, "httpAction">;
  readonly authenticator: Authenticator;
  readonly random: (bytes: number) => Uint8Array;
}

/** Answers every path below `prefix`, which is "/http" or "". */
export function createHttpActions(prefix: string, options: HttpActionsOptions): HttpHandler {
  return async (exchange) => {
    const { path } = exchange;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return null;
    if (!METHODS.has(exchange.method)) {
      return errorAnswer(405, "MethodNotAllowed", `${exchange.method} is not supported`);
    }
    return await run(exchange, path.slice(prefix.length) || "/", options);
  };
}

async function run(
  exchange: HttpExchange,
  path: string,
  { runner, authenticator, random }: HttpActionsOptions,
): Promise<HttpAnswer> {
  const { method, headerPairs, signal } = exchange;
  const identity = await authenticator.identifyLeniently(exchange);
  const response = await runner.httpAction({
    method,
    url: urlOf(exchange, path),
    headers: headerPairs,
    body: WITHOUT_BODY.has(method) ? null : exchange.stream(MAX_BODY_BYTES),
    request: requestContext(exchange, identity, random),
    signal,
  });
  return {
    status: response.status,
    headers: response.headers.filter(([name]) => !OUR_HEADERS.has(name.toLowerCase())),
    body: isWhole(response.body) ? response.body : bounded(response.body),
  };
}

function urlOf({ headers, search }: HttpExchange, path: string): string {
  const host = headers.host ?? "127.0.0.1";
  // Whoever stands in front has looked at the path alone: nothing of it may come from here.
  if (/[/\\?#@\s]/.test(host) || !URL.canParse(`http://${host}`)) {
    throw new HttpError(400, "BadHost", "The Host header is not valid");
  }
  return `${scheme(headers)}://${host}${path}${search}`;
}

function scheme(headers: HttpExchange["headers"]): string {
  const forwarded = headers["x-forwarded-proto"]?.split(",")[0]?.trim();
  const standard = /(?:^|[;,\s])proto="?([a-z]+)"?/i.exec(headers.forwarded ?? "")?.[1];
  const proto = (forwarded || standard || "http").toLowerCase();
  return proto === "https" ? "https" : "http";
}

/** Then it is short, too. */
function isWhole(body: HttpActionResponse["body"]): body is Uint8Array | null {
  return body === null || body instanceof Uint8Array;
}

/** Ends with an error past the limit: the client sees a cut connection, never a short whole. */
async function* bounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of body) {
    sent += chunk.length;
    if (sent > MAX_BODY_BYTES) throw new Error("An HTTP action's response is over 20 MiB");
    yield chunk;
  }
}
