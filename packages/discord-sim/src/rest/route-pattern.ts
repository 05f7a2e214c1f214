/**
 * Routes named in text, as `POST /channels/:id/messages`: a word with a colon
 * stands for any one segment, `*` alone for any route.
 */

export type RoutePattern = { method: string; segments: string[] };

export function routePattern(route: string): RoutePattern {
  const [method = "*", path = "*"] = route.split(" ");
  return { method, segments: path.split("/") };
}

/** `path` is without query and without the `/api/v10` in front. */
export function matchRoute(
  { method, segments }: RoutePattern,
  requestMethod: string,
  path: string,
): boolean {
  if (method !== "*" && method !== requestMethod) return false;
  if (segments[0] === "*") return true;
  const actual = path.split("/");
  return (
    actual.length === segments.length &&
    segments.every((segment, index) => segment.startsWith(":") || segment === actual[index])
  );
}
