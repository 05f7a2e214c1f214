/** Texts for functions that cannot be called (contract 6.2). */
import type { AllowedVisibility, FunctionAddress, UdfType } from "../rooms.ts";
import type { DeployedFunction } from "./deployment-version.ts";
import { canonicalPath, splitPath, strippedPath } from "./function-address.ts";

/** The same for missing and internal functions, so that nothing is given away. */
export function notFound({ component, path }: FunctionAddress, allowed: AllowedVisibility): string {
  const parsed = splitPath(path);
  const name = parsed === null ? path : strippedPath(parsed);
  const place = component === "" ? "" : ` in '${component}'`;
  if (allowed === "public") return `Could not find public function for '${name}'${place}.`;
  return `Could not find function for '${name}'${place}. Did you forget to run \`npx convex dev\`?`;
}

export function wrongType({ path, analyzed }: DeployedFunction, expected: UdfType): string {
  return `Trying to execute ${canonicalPath(path)} as ${expected}, but it is defined as ${analyzed.udfType}.`;
}
