/** `convex function-spec`: what the deployed modules offer, root app only. */
import type { JSONValue } from "convex/values";
import type { AnalyzedFunction, StoredModule } from "../rooms.ts";

/** Functions in order of their identifiers (`messages.js:list`), then HTTP routes. */
export function describeApi(modules: Iterable<StoredModule>): JSONValue[] {
  const analyzed = [...modules].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const functions = analyzed.flatMap(({ path, analysis }) =>
    (analysis?.functions ?? []).map((fn) => describeFunction(path, fn)),
  );
  const routes = analyzed.flatMap(({ analysis }) => analysis?.httpRoutes ?? []);
  return [
    ...functions,
    ...routes.map(({ route: { method, path } }) => ({ functionType: "HttpAction", method, path })),
  ];
}

function describeFunction(path: string, fn: AnalyzedFunction): JSONValue {
  return {
    identifier: `${path}:${fn.name}`,
    functionType: fn.udfType,
    visibility: fn.visibility ?? { kind: "public" },
    args: validatorOf(fn.args),
    returns: validatorOf(fn.returns),
  };
}

/** The exported text is "null" where there is no validator. */
function validatorOf(text: string | null): JSONValue {
  const validator = text === null ? null : (JSON.parse(text) as JSONValue);
  return validator ?? { type: "any" };
}
