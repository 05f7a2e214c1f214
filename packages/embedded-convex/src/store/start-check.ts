/**
 * Looking for damaged pages at the start, without making anybody wait for long.
 *
 *   up to INLINE_BYTES        at once
 *   above                     in a process of its own, which can be ended in the middle; the
 *                             start goes on beside it, after a stop that was not clean only
 *                             once it has waited PATIENCE_MS
 *   above SKIP_BYTES          only when the last stop was not a clean one
 *
 * A finding ends the start, or later the deployment, as DataDamaged.
 *
 * [STORE10] A damaged page is found at the start, or soon after it when the store is large.
 * [STORE11] `full` looks at everything before the start; `off` looks at no pages.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StoreError } from "../errors.ts";
import type { Clock, Logger } from "../rooms.ts";
import { DATABASE_FILE } from "./format.ts";
import { damaged, type Inspection, readingStore } from "./inspection.ts";
import { findPageDamage, type IntegrityCheck } from "./integrity.ts";

export const START_CHECKS = ["auto", "full", "off"] as const;
export type StartCheckMode = (typeof START_CHECKS)[number];

const INLINE_BYTES = 16 * 1024 * 1024; // takes 25 ms
const SKIP_BYTES = 4 * 1024 ** 3; // half a minute of reading at every start would be felt
const PATIENCE_MS = 500;

export interface StartCheckOptions {
  readonly dir: string;
  readonly mode: StartCheckMode;
  readonly inspection: Inspection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Found after the start. */
  readonly onDamage: (error: StoreError) => void;
  /** For tests; INLINE_BYTES. */
  readonly inlineBytes?: number;
  /** For tests; PATIENCE_MS. */
  readonly patienceMs?: number;
}

export interface StartCheck {
  /** Ends a check that goes on. */
  stop(): void;
}

const DONE: StartCheck = { stop: () => {} };

/** Rejects with StoreError DataDamaged. */
export async function checkAtStart(options: StartCheckOptions): Promise<StartCheck> {
  const { dir, mode, inspection, logger, inlineBytes = INLINE_BYTES } = options;
  const { bytes, isNew, unclean } = inspection;
  const path = join(dir, DATABASE_FILE);
  if (mode === "off" || isNew) return DONE;
  if (mode === "full" || bytes <= inlineBytes) {
    checkHere(path, mode === "full" ? "full" : "quick");
    return DONE;
  }
  if (bytes > SKIP_BYTES && !unclean) {
    logger("info", "store.check_skipped", { bytes });
    return DONE;
  }
  return checkAside(path, options);
}

function checkHere(path: string, check: IntegrityCheck): void {
  const problem = readingStore(path, (sqlite) => findPageDamage(sqlite, check));
  if (problem !== null) throw damaged(path, problem);
}

async function checkAside(path: string, options: StartCheckOptions): Promise<StartCheck> {
  const { clock, logger, onDamage, inspection } = options;
  const patienceMs = inspection.unclean ? (options.patienceMs ?? PATIENCE_MS) : 0;
  const running = startCheckProcess(path);
  const patience = Promise.withResolvers<"later">();
  const stopWaiting = clock.after(patienceMs, () => patience.resolve("later"));
  const problem = await Promise.race([running.problem, patience.promise]);
  stopWaiting();
  if (problem !== "later") {
    if (problem !== null) throw damaged(path, problem);
    return DONE;
  }
  logger("info", "store.check_continues", { bytes: options.inspection.bytes });
  let stopped = false;
  void running.problem.then((late) => {
    if (stopped) return;
    if (late !== null) onDamage(damaged(path, late));
    else logger("info", "store.check_passed");
  });
  return {
    stop: () => {
      stopped = true;
      running.child.kill("SIGKILL");
    },
  };
}

/** `problem` never rejects: a check that could not be made found nothing. */
function startCheckProcess(path: string): {
  readonly child: ChildProcess;
  readonly problem: Promise<string | null>;
} {
  const program = fileURLToPath(new URL("./check-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, path], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let output = "";
  child.stdout.on("data", (text) => {
    output += String(text);
  });
  child.on("error", () => resolve(null));
  child.on("close", () => resolve(output === "" ? null : output));
  child.unref();
  return { child, problem: promise };
}
