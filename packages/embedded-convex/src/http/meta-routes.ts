/** What needs no credentials: is it running, which instance, which version. */
import { type HttpAnswer, type HttpHandler, textAnswer } from "./exchange.ts";

/** The npm version whose contract the engine keeps. */
export const SERVER_VERSION = "1.48.0";

export function createMetaRoutes(instanceName: string): HttpHandler {
  const texts: Readonly<Record<string, string>> = {
    "GET /": "This Convex deployment is running. See https://docs.convex.dev/.",
    "GET /version": SERVER_VERSION,
    "GET /instance_name": instanceName,
    "GET /instance_version": SERVER_VERSION,
  };
  return async (exchange): Promise<HttpAnswer | null> => {
    const { method, path } = exchange;
    if (method === "POST" && path === "/echo") {
      return { status: 200, headers: [], body: await exchange.body() };
    }
    const text = texts[`${method === "HEAD" ? "GET" : method} ${path}`];
    return text === undefined ? null : textAnswer(200, text);
  };
}
