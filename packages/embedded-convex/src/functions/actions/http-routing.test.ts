import { expect, test } from "vitest";
import type { ComponentRow, StoredModule } from "../../rooms.ts";
import { DeploymentVersion } from "../deployment-version.ts";
import { routeHttp } from "./http-routing.ts";

type Mounts = Readonly<Record<string, string>>;

/** `routes`: "METHOD path", of a component's http.js; without any it has none. */
function component(path: string, routes: readonly string[], httpMounts: Mounts = {}) {
  const analysis = {
    functions: [],
    cronSpecs: null,
    httpRoutes: routes.map((route) => {
      const [method = "", routePath = ""] = route.split(" ");
      return { route: { method, path: routePath }, pos: null };
    }),
  };
  const http = {
    component: path,
    path: "http.js",
    source: "",
    sourceMap: null,
    sha256: "",
    analysis,
  };
  const row: ComponentRow = {
    path,
    name: path,
    definition: path,
    state: "active",
    args: {},
    env: {},
    httpPrefix: null,
    httpMounts,
  };
  const modules: StoredModule[] = routes.length === 0 ? [] : [{ ...http, environment: "isolate" }];
  return { row, modules: new Map(modules.map((module) => [module.path, module])) };
}

function version(...components: readonly ReturnType<typeof component>[]) {
  const stored = {
    number: 1,
    activatedAtMs: 0,
    components: components.map(({ row }) => row),
    modules: new Map(components.map(({ row, modules }) => [row.path, modules])),
    environment: {},
  };
  return new DeploymentVersion(stored, new Map(), {});
}

const NESTED = version(
  component("", ["GET /pay/own", "GET /files/*", "GET /pay/files/*"], { "/pay/": "pay" }),
  component("pay", ["POST /hook", "GET /x/*"], { "/x/y/": "deep" }),
  component("pay/deep", ["GET /z"]),
);

test.each([
  ["GET", "/pay/own", "", "/pay/own"],
  ["GET", "/files/a/b", "", "/files/a/b"],
  ["GET", "/pay/files/a", "", "/pay/files/a"],
  ["POST", "/pay/hook", "pay", "/hook"],
  ["HEAD", "/pay/x/1", "pay", "/x/1"],
  ["GET", "/pay/x/y/z", "pay/deep", "/z"],
  ["GET", "/pay/nothing", "pay", "/nothing"],
  ["GET", "/nothing", "", "/nothing"],
])("[COMP8] %s %s is for component '%s' as %s", (method, path, component, routed) => {
  expect(routeHttp(NESTED, path, method)).toMatchObject({ component, path: routed });
});

test.each([
  ["GET", "/pay/own", "/pay/own"],
  ["GET", "/files/a-secret", "/files/*"],
  ["GET", "/pay/files/a-secret", "/pay/files/*"],
  ["POST", "/pay/hook", "/pay/hook"],
  ["HEAD", "/pay/x/a-secret", "/pay/x/*"],
  ["GET", "/pay/x/y/z", "/pay/x/y/z"],
  ["POST", "/files/a-secret", "/*"],
  ["GET", "/pay/a-secret", "/pay/*"],
])("[LOG5] %s %s is logged as %s", (method, path, route) => {
  expect(routeHttp(NESTED, path, method)?.route).toBe(route);
});

test("[COMP8] where nobody has routes there are no HTTP actions", () => {
  expect(routeHttp(version(component("", [])), "/x", "GET")).toBeNull();
  const onlyMounts = version(component("", [], { "/a/": "a" }), component("a", ["GET /b"]));
  expect(routeHttp(onlyMounts, "/a/b", "GET")).toMatchObject({ component: "a", path: "/b" });
  expect(routeHttp(onlyMounts, "/x", "GET")).toBeNull();
});
