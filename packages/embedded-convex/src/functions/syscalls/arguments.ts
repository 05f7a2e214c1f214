/** Reading a system call's arguments: JSON from `convex/server`, so wrong ones are mistakes of hand-made calls. */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../../errors.ts";

export type SyscallArgs = { readonly [name: string]: JSONValue };

export function parseArgs(op: string, text: string): SyscallArgs {
  const args = parse(op, text);
  if (typeof args === "object" && args !== null && !Array.isArray(args)) return args;
  throw new DeveloperError(`Invalid arguments for ${op}: expected an object`);
}

function parse(op: string, text: string): JSONValue {
  try {
    return JSON.parse(text) as JSONValue;
  } catch (error) {
    throw new DeveloperError(`Invalid arguments for ${op}: ${String(error)}`);
  }
}

export function stringArg(args: SyscallArgs, name: string): string {
  const value = args[name];
  if (typeof value === "string") return value;
  throw new DeveloperError(`Invalid argument \`${name}\`: expected a string`);
}

export function optionalString(args: SyscallArgs, name: string): string | null {
  const value = args[name];
  return typeof value === "string" ? value : null;
}

export function numberArg(args: SyscallArgs, name: string): number {
  const value = args[name];
  if (typeof value === "number") return value;
  throw new DeveloperError(`Invalid argument \`${name}\`: expected a number`);
}

export function optionalNumber(args: SyscallArgs, name: string): number | null {
  const value = args[name];
  return typeof value === "number" ? value : null;
}

/** `{}` where `table` was not given: the options of the database tell absent from undefined. */
export function tableOption(args: SyscallArgs): { readonly table?: string } {
  const table = optionalString(args, "table");
  return table === null ? {} : { table };
}
