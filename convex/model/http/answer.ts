/** How HTTP actions answer: JSON, never cached, refusals as `{code, message}`. */

/** The headers that let any page read the answer. */
export const OPEN_TO_PAGES = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "retry-after",
} as const;

/** A JSON answer. */
export function answer(
  status: number,
  body: object,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** A refusal. `code` is stable, `message` says what to do. */
export function refuse(
  status: number,
  refusal: { code: string; message: string },
  headers: Record<string, string> = {},
): Response {
  return answer(status, { code: refusal.code, message: refusal.message }, headers);
}

/** The answer to a browser's question before a request with these methods. */
export function preflight(methods: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...OPEN_TO_PAGES,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": "86400",
    },
  });
}
