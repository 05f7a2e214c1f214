/**
 * Function handles: texts that name a function anywhere, kept in tables and called later.
 *
 *   function://<component and path, base64url>.<seal>#<path, for people>
 *
 * [COMP12] A handle is the same for the same component and function, for ever, and nobody
 *          but the engine can make one: so a component reaches only what it was handed.
 */
import { timingSafeEqual } from "node:crypto";
import type { Database } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import type { FunctionAddress } from "../rooms.ts";
import { splitPath } from "./function-address.ts";

type Sealer = Pick<Database, "seal">;

const PREFIX = "function://";

export function functionHandle({ component, path }: FunctionAddress, sealer: Sealer): string {
  const id = Buffer.from(`${component}\n${path}`).toString("base64url");
  return `${PREFIX}${id}.${sealOf(id, sealer)}#${path}`;
}

/** Throws DeveloperError for what this deployment did not make. */
export function parseHandle(handle: string, sealer: Sealer): FunctionAddress {
  const text = handle.startsWith(PREFIX) ? handle.slice(PREFIX.length).split("#")[0] : "";
  const [id = "", seal = ""] = (text ?? "").split(".");
  const [component = "", path = ""] = Buffer.from(id, "base64url").toString().split("\n");
  if (!isEqual(seal, sealOf(id, sealer)) || splitPath(path) === null) {
    throw new DeveloperError(`Invalid function handle: ${handle}`);
  }
  return { component, path };
}

function sealOf(id: string, sealer: Sealer): string {
  return sealer.seal(`function handle ${id}`);
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
