/**
 * Looking for damaged pages at the start, without making anybody wait for long.
 *
 *   up to INLINE_BYTES        at once
 *   above                     in a process of its own, which can be ended in the middle; the
 *                             start goes on beside it, after a stop that was not clean only
 *                             once it has waited PATIENCE_MS
 *   above SKIP_BYTES          only when the last stop was not a clean one
 *
 * A finding ends the start, or later the deployment, as DataDamaged. A check that could not
 * be made (its process crashed) found nothing, and is told as such.
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
  const finding = await Promise.race([running.finding, patience.promise]);
  stopWaiting();
  if (finding !== "later") {
    if (finding.kind === "damaged") throw damaged(path, finding.problem);
    if (finding.kind === "failed") logger("warn", "store.check_failed", { error: finding.error });
    return DONE;
  }
  logger("info", "store.check_continues", { bytes: options.inspection.bytes });
  let stopped = false;
  void running.finding.then((late) => {
    if (stopped) return;
    if (late.kind === "damaged") onDamage(damaged(path, late.problem));
    else if (late.kind === "failed") logger("warn", "store.check_failed", { error: late.error });
    else logger("info", "store.check_passed");
  });
  return {
    stop: () => {
      stopped = true;
      running.child.kill("SIGKILL");
    },
  };
}

type Finding =
  | { readonly kind: "sound" }
  | { readonly kind: "damaged"; readonly problem: string }
  | { readonly kind: "failed"; readonly error: string };

/** `finding` never rejects. */
function startCheckProcess(path: string): {
  readonly child: ChildProcess;
  readonly finding: Promise<Finding>;
} {
  const program = fileURLToPath(new URL("./check-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, path], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { promise, resolve } = Promise.withResolvers<Finding>();
  let output = "";
  child.stdout.on("data", (text) => {
    output += String(text);
  });
  child.on("error", (error) => resolve({ kind: "failed", error: String(error) }));
  child.on("close", (code, signal) => {
    if (output !== "") resolve({ kind: "damaged", problem: output });
    else if (code === 0) resolve({ kind: "sound" });
    else resolve({ kind: "failed", error: `it ended with ${signal ?? `exit code ${code}`}` });
  });
  child.unref();
  return { child, finding: promise };
}
