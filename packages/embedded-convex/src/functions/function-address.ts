/** Function paths: `dir/module:function` (contract 3.1). */
import { parseFunctionPath } from "../function-path.ts";

export interface FunctionPath {
  /** `dir/module.js`. */
  readonly module: string;
  readonly name: string;
}

/** Null when it is no valid path. */
export function splitPath(text: string): FunctionPath | null {
  const parsed = parseFunctionPath(text);
  if (!parsed.ok) return null;
  const colon = parsed.path.lastIndexOf(":");
  return { module: `${parsed.path.slice(0, colon)}.js`, name: parsed.path.slice(colon + 1) };
}

/** `dir/module:function`. */
export function strippedPath({ module, name }: FunctionPath): string {
  return `${module.replace(/\.js$/, "")}:${name}`;
}

/** `dir/module.js:function`, as error texts print it. */
export function canonicalPath({ module, name }: FunctionPath): string {
  return `${module}:${name}`;
}
