/**
 * Entering code that has no ticks, never for longer than a given time: what a fresh realm
 * runs, regular expressions, a rejection's getters, a module while realms are warmed up. May
 * nest: each ends what it entered itself.
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

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
