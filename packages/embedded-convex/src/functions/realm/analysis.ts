/** What a push's analysis reads from a module's exports, inside the realm. */

/** JSON `{functions, httpRoutes, cronSpecs}`; throws what the exports throw. */
export function analyzeModule(path: string, exports: Record<string, unknown>): string {
  const functions = Object.keys(exports).flatMap((name) => analyzeExport(name, exports[name]));
  return JSON.stringify({
    functions,
    httpRoutes: path === "http.js" ? routesOf(exports.default) : null,
    cronSpecs: path === "crons.js" ? cronsOf(exports.default) : null,
  });
}

const TYPES = [
  ["isQuery", "Query"],
  ["isMutation", "Mutation"],
  ["isAction", "Action"],
] as const;

function analyzeExport(name: string, value: unknown): object[] {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return [];
  const kinds = TYPES.filter(([flag]) => flag in value);
  const [kind] = kinds;
  const isPublic = "isPublic" in value;
  const isInternal = "isInternal" in value;
  if (kind === undefined || kinds.length > 1 || (isPublic && isInternal)) return [];
  const visibility = isPublic ? { kind: "public" } : isInternal ? { kind: "internal" } : null;
  const args = callText(value, "exportArgs");
  const returns = callText(value, "exportReturns");
  return [{ name, udfType: kind[1], visibility, args, returns, pos: null }];
}

/** A schema exports text, an app definition the object itself. */
function callText(holder: object, method: string): string | null {
  const call: unknown = (holder as Record<string, unknown>)[method];
  if (typeof call !== "function") return null;
  const exported: unknown = Reflect.apply(call, holder, []);
  return typeof exported === "string" ? exported : JSON.stringify(exported);
}

function routesOf(router: unknown): object[] {
  if (typeof router !== "object" || router === null) {
    throw new Error("`convex/http.js` must have a default export of a Router.");
  }
  const { isRouter, getRoutes } = router as { isRouter?: unknown; getRoutes?: unknown };
  if (isRouter !== true || typeof getRoutes !== "function") {
    throw new Error("The default export of `convex/http.js` is not a Router.");
  }
  const routes = Reflect.apply(getRoutes, router, []) as [string, string, unknown][];
  return routes.map(([path, method]) => ({ route: { path, method }, pos: null }));
}

function cronsOf(crons: unknown): unknown {
  if (typeof crons !== "object" || crons === null) {
    throw new Error("`convex/crons.js` must have a default export of a Crons object.");
  }
  if ((crons as { isCrons?: unknown }).isCrons !== true) {
    throw new Error("The default export of `convex/crons.js` is not a Crons object.");
  }
  return JSON.parse(callText(crons, "export") ?? "{}");
}

/** `export`: the JSON of `default.export()`. `authConfig`: JSON of the default export. */
export function exportedJson(
  path: string,
  exports: Record<string, unknown>,
  kind: "export" | "authConfig",
): string {
  const value = exports.default;
  if (typeof value !== "object" || value === null) {
    throw new Error(`${path} must have a default export.`);
  }
  if (kind === "authConfig") return JSON.stringify(value);
  const { export: exportDefinition } = value as { export?: unknown };
  if (typeof exportDefinition !== "function") {
    throw new Error(`The default export of ${path} is not a definition.`);
  }
  // A schema exports its JSON text, an app definition the object itself.
  const exported: unknown = Reflect.apply(exportDefinition, value, []);
  return typeof exported === "string" ? exported : JSON.stringify(exported);
}
