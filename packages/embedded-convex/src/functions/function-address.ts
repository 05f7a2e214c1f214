/** Function addresses: `dir/module:function`, references and handles (contract 3.1, 3.10). */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import { parseFunctionPath } from "../function-path.ts";
import type { FunctionAddress } from "../rooms.ts";

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

const HANDLE_PREFIX = "function://";
const REFERENCE_PREFIX = "_reference/function/";

/** Stable for the same component and function. */
export function functionHandle({ component, path }: FunctionAddress): string {
  const id = Buffer.from(`${component}\n${path}`).toString("base64url");
  return `${HANDLE_PREFIX}${id}#${path}`;
}

/** The address in a syscall's arguments: `name`, `reference` or `functionHandle`. */
export function addressOf(
  args: { readonly [key: string]: JSONValue },
  component: string,
): FunctionAddress {
  const { name, reference, functionHandle: handle } = args;
  if (typeof handle === "string") return parseHandle(handle);
  if (typeof name === "string") return checked(component, name);
  if (typeof reference !== "string") throw new DeveloperError("Missing function address");
  if (reference.startsWith(REFERENCE_PREFIX)) {
    return checked(component, reference.slice(REFERENCE_PREFIX.length));
  }
  throw new DeveloperError(`Couldn't resolve ${reference}`);
}

function parseHandle(handle: string): FunctionAddress {
  const id = handle.startsWith(HANDLE_PREFIX)
    ? handle.slice(HANDLE_PREFIX.length).split("#")[0]
    : "";
  const [component = "", path = ""] = Buffer.from(id ?? "", "base64url")
    .toString()
    .split("\n");
  if (splitPath(path) === null) throw new DeveloperError(`Invalid function handle: ${handle}`);
  return { component, path };
}

function checked(component: string, text: string): FunctionAddress {
  const parsed = parseFunctionPath(text);
  if (!parsed.ok) throw new DeveloperError(parsed.message);
  return { component, path: parsed.path };
}
