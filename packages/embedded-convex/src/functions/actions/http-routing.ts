/**
 * Which component answers a request, and under which path its router knows it
 * (contract 2.3). A component's routes are reached where its parent mounted it.
 *
 *   /api/pay/webhook    app: exact route?  prefix route or mount, whichever is longer
 *        `--------->    component mounted at /api/pay/: the same again with /webhook
 *
 * [COMP8] Exact routes come first, then the longest prefix of the router's own prefix
 *         routes and the mounts; a component sees its paths without the mount.
 * [LOG5] Logs name the route, never what stands behind a prefix.
 */
import { childPath, type DeployedComponent } from "../deployed-component.ts";
import type { DeploymentVersion } from "../deployment-version.ts";

interface HttpTarget {
  readonly component: string;
  /** What its router looks up. */
  readonly path: string;
  /** The route as it was declared, for logs: what stands behind a prefix may be a secret. */
  readonly route: string;
}

/** Null when nothing here has HTTP actions. */
export function routeHttp(
  { components }: DeploymentVersion,
  path: string,
  method: string,
): HttpTarget | null {
  let component = components.get("");
  for (let rest = path; component !== undefined; ) {
    const step = routeWithin(component, rest, method === "HEAD" ? "GET" : method);
    if (step.mount === null) {
      if (step.path === null) return null;
      const mounted = path.slice(0, path.length - step.path.length);
      return { component: component.path, path: step.path, route: `${mounted}${step.route}` };
    }
    rest = step.path;
    component = components.get(childPath(component.path, step.mount));
  }
  return null;
}

/** `mount` null: the component's own router is asked, with `path`; null when it has none. */
type Step =
  | { readonly mount: null; readonly path: string | null; readonly route: string }
  | { readonly mount: string; readonly path: string };

function routeWithin(component: DeployedComponent, path: string, method: string): Step {
  const routes = component.modules.get("http.js")?.analysis?.httpRoutes ?? null;
  const own = ownPath(component, path);
  const mine = (routes ?? [])
    .filter(({ route }) => route.method === method)
    .map(({ route }) => route.path);
  if (own !== null && mine.includes(own)) return { mount: null, path: own, route: own };
  const ownPrefix = own === null ? 0 : longestPrefix(mine, own);
  const prefix = own === null ? 0 : ownPrefix + (path.length - own.length);
  const [mount] = Object.entries(component.httpMounts)
    .filter(([mountPath]) => path.startsWith(mountPath) && mountPath.length >= prefix)
    .sort(([a], [b]) => b.length - a.length);
  if (mount !== undefined) return { mount: mount[1], path: path.slice(mount[0].length - 1) };
  const route = `${own?.slice(0, ownPrefix) || "/"}*`; // "/*": its router will find none
  return { mount: null, path: routes === null ? null : own, route };
}

/** Only the app's own routes stand behind its prefix. */
function ownPath({ path: component, httpPrefix }: DeployedComponent, path: string): string | null {
  if (component !== "" || httpPrefix === null) return path;
  return path.startsWith(httpPrefix) ? path.slice(httpPrefix.length - 1) : null;
}

/** 0 without one. Prefix routes are told as `/files/*`. */
function longestPrefix(routes: readonly string[], path: string): number {
  const prefixes = routes
    .filter((route) => route.endsWith("/*"))
    .map((route) => route.slice(0, -1));
  return Math.max(
    0,
    ...prefixes.filter((prefix) => path.startsWith(prefix)).map((prefix) => prefix.length),
  );
}
