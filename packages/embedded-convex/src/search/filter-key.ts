/** Under which keys the filters of full-text and vector indexes find a value. */
import { createHash } from "node:crypto";
import type { Value } from "convex/values";
import { encodeKey } from "../values/keys.ts";

const KEY_HEX_DIGITS = 32;

/** Equal values have equal keys, whatever their length. Undefined is a missing field. */
export function filterKey(value: Value | undefined): string {
  return createHash("sha256")
    .update(encodeKey([value]), "latin1")
    .digest("hex")
    .slice(0, KEY_HEX_DIGITS);
}
