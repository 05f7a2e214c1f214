/**
 * The order in which the main port's rooms are asked, CORS around all but HTTP actions,
 * and the answer when nobody knows the path.
 *
 * [HTTP28] An unknown `/api/` path is a 400: the CLI retries a 404 for half a minute.
 */
import type { Logger } from "../rooms.ts";
import { isPreflight, preflightAnswer, withCors } from "./cors.ts";
import { errorAnswer, type HttpAnswer, type HttpExchange, type HttpHandler } from "./exchange.ts";
import { answerFailure } from "./failures.ts";

/** Clients in debug mode post here and take a 404 for what it is. */
const NOT_HERE = "/api/debug_event";

export function createMainPort(
  rooms: readonly HttpHandler[],
  httpActions: HttpHandler,
  logger: Logger,
): HttpHandler {
  return async (exchange) => {
    const fromUserCode = await httpActions(exchange);
    if (fromUserCode !== null) return fromUserCode;
    if (isPreflight(exchange)) return withCors(exchange, preflightAnswer(exchange));
    return withCors(exchange, await firstAnswer(exchange, rooms, logger));
  };
}

async function firstAnswer(
  exchange: HttpExchange,
  rooms: readonly HttpHandler[],
  logger: Logger,
): Promise<HttpAnswer> {
  try {
    for (const room of rooms) {
      const answer = await room(exchange);
      if (answer !== null) return answer;
    }
  } catch (error) {
    return answerFailure(error, logger); // here, so that browsers may read the error too
  }
  const { method, path } = exchange;
  const status = path.startsWith("/api/") && path !== NOT_HERE ? 400 : 404;
  return errorAnswer(status, "UnknownRoute", `${method} ${path} is not a route of this deployment`);
}
