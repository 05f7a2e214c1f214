/**
 * Entering user code outside the slice loop, never for longer than a given time: what a
 * rejection's getters do, what a module does while realms are warmed up.
 */
import { createContext, Script } from "node:vm";

const ENTER = new Script("go()", { filename: "realm:enter" });

let current: () => void = () => {};
const context = createContext({ go: () => current() });

/** False when the time was up and `work` was cut off in the middle. Throws what `work` throws. */
export function enterLimited(work: () => void, limitMs: number): boolean {
  current = work;
  try {
    ENTER.runInContext(context, { timeout: Math.max(1, Math.ceil(limitMs)) });
    return true;
  } catch (error) {
    if (isTimeout(error)) return false;
    throw error;
  }
}

export function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
