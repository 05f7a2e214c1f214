/**
 * Acts on planned faults.
 *
 * [DFLT1] A planned failure answers with its status and does nothing.
 * [DFLT2] A lost answer does everything and answers nothing.
 */
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../clock.ts";
import { apiPath } from "../rest/api-path.ts";
import type { FailFault, FaultScript } from "./fault-script.ts";

export function actOnFaults(
  script: FaultScript,
  clock: Clock,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async function plannedFault(c, next) {
    const fault = script.take(c.req.method, apiPath(c.req.path));
    if (fault === undefined) return next();
    switch (fault.kind) {
      case "fail":
        return failure(fault);
      case "delay":
        await new Promise<void>((resolve) => clock.after(fault.delayMs, resolve));
        return next();
      case "loseAnswer":
        await next();
        if (fault.how === "reset") c.env.incoming.socket.resetAndDestroy();
        c.res = unanswered();
        return undefined;
      default:
        return fault satisfies never;
    }
  };
}

/** The server writes nothing for a response with this header. */
function unanswered(): Response {
  return new Response(null, { headers: { "x-hono-already-sent": "true" } });
}

function failure({ status, code = 0, message, retryAfterMs, scope = "user" }: FailFault): Response {
  if (status !== 429)
    return Response.json({ message: message ?? `${status}: planned failure`, code }, { status });
  const waitMs = retryAfterMs ?? 1_000;
  const headers = {
    "Retry-After": String(Math.ceil(waitMs / 1_000)),
    "X-RateLimit-Scope": scope,
    ...(scope === "global" && { "X-RateLimit-Global": "true" }),
  };
  const body = {
    message: message ?? "You are being rate limited.",
    retry_after: waitMs / 1_000,
    global: scope === "global",
  };
  return Response.json(code === 0 ? body : { ...body, code }, { status, headers });
}
