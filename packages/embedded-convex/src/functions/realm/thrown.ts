/** Takes apart what user code threw, inside the realm where it was thrown. */
import type { Thrown } from "./bridge.ts";

/** JSON of `Thrown`. Never throws, whatever getters the value has. */
export function describeThrown(value: unknown): string {
  try {
    return JSON.stringify(takeApart(value));
  } catch {
    return JSON.stringify({ name: "", message: "an error that cannot be read", stack: "" });
  }
}

function takeApart(value: unknown): Thrown {
  if (!isErrorLike(value)) return { name: "", message: printThrown(value), stack: "" };
  const { name, message, stack, data } = value as Record<string, unknown>;
  const described: Thrown = {
    name: name === undefined ? "Error" : String(name),
    message: message === undefined ? "" : String(message),
    stack: typeof stack === "string" ? stack : "",
  };
  return isConvexError(value) && typeof data === "string" ? { ...described, data } : described;
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Error || isConvexError(value);
}

/** The wrapper of `convex/server` marks the errors whose data it has encoded. */
function isConvexError(value: object): boolean {
  const symbol = (value as Record<string, unknown>).ConvexErrorSymbol;
  return typeof symbol === "symbol" && (value as Record<symbol, unknown>)[symbol] === true;
}

function printThrown(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    const { constructor: maker } = value as { constructor?: unknown };
    return `#<${typeof maker === "function" ? maker.name : "Object"}>`;
  }
  return String(value);
}
