/**
 * [HTTP4] Everything but HTTP actions answers browsers of any origin: the origin and the
 *         headers asked for are mirrored, credentials allowed, preflights kept for a day.
 */
import type { HttpAnswer, HttpExchange } from "./exchange.ts";

const METHODS = "GET,POST,OPTIONS,PATCH,DELETE,PUT";
const PREFLIGHT_SECONDS = "86400";

export function isPreflight({ method, headers }: HttpExchange): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

export function preflightAnswer({ headers }: HttpExchange): HttpAnswer {
  const asked = headers["access-control-request-headers"];
  return {
    status: 200,
    headers: [
      ["Access-Control-Allow-Methods", METHODS],
      ["Access-Control-Max-Age", PREFLIGHT_SECONDS],
      ...(asked === undefined ? [] : ([["Access-Control-Allow-Headers", asked]] as const)),
    ],
    body: null,
  };
}

export function withCors(exchange: HttpExchange, answer: HttpAnswer): HttpAnswer {
  const origin = exchange.headers.origin;
  const vary = ["Vary", "Origin, Access-Control-Request-Headers"] as const;
  const allowed =
    origin === undefined
      ? []
      : ([
          ["Access-Control-Allow-Origin", origin],
          ["Access-Control-Allow-Credentials", "true"],
        ] as const);
  return { ...answer, headers: [...answer.headers, ...allowed, vary] };
}
