/**
 * For whoever watches or feeds the process: is it alive, does it want requests?
 * Answered from the first moment the port is open, without credentials.
 *
 * [HTTP33] `GET /health` is 200 as long as the process can go on by itself, and 503 once
 *          only a new process can help.
 * [HTTP34] `GET /ready` is 200 while everything answers, and 503 while the deployment
 *          starts, drains or has failed; both name the state.
 */
import type { LifecycleState } from "../operations/lifecycle.ts";
import { type HttpAnswer, type HttpHandler, rawJsonAnswer } from "./exchange.ts";

export function createHealthRoutes(state: () => LifecycleState): HttpHandler {
  return async ({ method, path }) => {
    if (method !== "GET" && method !== "HEAD") return null;
    if (path === "/health") return answer(state(), state() !== "failed");
    if (path === "/ready") return answer(state(), state() === "ready");
    return null;
  };
}

function answer(state: LifecycleState, good: boolean): HttpAnswer {
  const { headers, ...rest } = rawJsonAnswer(good ? 200 : 503, JSON.stringify({ state }));
  return { ...rest, headers: [...headers, ["Cache-Control", "no-store"]] };
}
