/** [PSIM2] A page of another origin cannot act through a visitor's browser. */
import type { MiddlewareHandler } from "hono";

export function sameOrigin(): MiddlewareHandler {
  return async function sameOriginOnly(c, next) {
    const origin = c.req.header("origin");
    const foreign = origin !== undefined && origin !== new URL(c.req.url).origin;
    if (foreign && c.req.method !== "GET")
      return c.json({ code: "foreign_origin", message: "Another origin may not act here." }, 403);
    return next();
  };
}
