import { DeveloperError } from "../errors.ts";
import type { FunctionFailure } from "../rooms.ts";
import { failureOfError } from "./failure.ts";

/** The failure to show; rethrows what is not the developer's. */
export function developerFailure(error: unknown): FunctionFailure {
  if (error instanceof DeveloperError) return failureOfError(error);
  throw error;
}
