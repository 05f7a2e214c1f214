/**
 * How deep a JSON text may go before anybody walks it: V8 parses any depth, but whatever
 * recurses over the result, `JSON.stringify` first of all, runs out of stack.
 */
import type { JSONValue } from "convex/values";

/** Values nest 64 levels, arguments and messages add a few. */
const MAX_JSON_NESTING = 256;

/** Throws a SyntaxError, as for any other text that is not JSON. */
export function parseShallowJson(text: string): JSONValue {
  const value = JSON.parse(text) as JSONValue;
  // A level takes two characters, its brackets: most messages are too short to be deep.
  if (text.length >= 2 * MAX_JSON_NESTING && isTooDeep(value)) {
    throw new SyntaxError(`JSON nested more than ${MAX_JSON_NESTING} levels deep`);
  }
  return value;
}

function isTooDeep(value: JSONValue): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_JSON_NESTING) return true;
    level = level.flatMap(childContainers);
  }
  return false;
}

function childContainers(value: JSONValue): JSONValue[] {
  if (value === null || typeof value !== "object") return [];
  const children = Array.isArray(value) ? value : Object.values(value);
  return children.filter((child) => child !== null && typeof child === "object");
}
