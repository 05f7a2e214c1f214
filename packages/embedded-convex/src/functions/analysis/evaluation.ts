/** Evaluates pushed modules in a thread of their own and answers what they export. */
import { Worker } from "node:worker_threads";
import { PushError } from "../../errors.ts";
import type { Clock, PushedModule } from "../../rooms.ts";
import type { WorkerModule } from "../actions/protocol.ts";
import { redirectImports } from "../dynamic-imports.ts";
import { failureOfThrown, messageOf } from "../failure.ts";
import { toCommonJs } from "../module-script.ts";
import { realmSource } from "../realm-script.ts";
import { SourcePositions } from "../source-positions.ts";
import { TRACKER } from "../state-tracking.ts";
import type { AnalysisMessage, AnalysisTask, AnalysisUnit, WantedExport } from "./protocol.ts";
import { limitTime } from "./time-limit.ts";

const TOO_LONG = "Function execution timed out (maximum duration: 4s)";

/** What a failure is called. */
export interface FailureCodes {
  readonly code: string;
  /** As in "Loading the pushed modules". */
  readonly what: string;
  /** Turns the text of what was thrown into a failure of its own kind, null for the usual one. */
  readonly special?: (text: string) => PushError | null;
}

export interface Evaluation {
  readonly modules: readonly PushedModule[];
  readonly env: Readonly<Record<string, string>>;
  readonly wanted: readonly WantedExport[];
  readonly codes: FailureCodes;
  readonly mounts?: AnalysisUnit["mounts"];
  /** Whose code it is, for messages; "" is the app. */
  readonly component?: string;
}

/** JSON by path, for each evaluation. Throws PushError with the file's name and the mapped stack. */
export async function evaluate(
  evaluations: readonly Evaluation[],
  options: {
    readonly clock: Clock;
    /** What modules for Node see. */
    readonly env: Readonly<Record<string, string>>;
    readonly projectRoot?: string;
  },
): Promise<readonly ReadonlyMap<string, string>[]> {
  const compiled = await Promise.all(evaluations.map(compileUnit));
  const task: AnalysisTask = {
    bootstrap: await realmSource(),
    projectRoot: options.projectRoot ?? ".",
    units: compiled.map(({ unit }) => unit),
  };
  const { found, failed } = await runTask(task, options);
  const evaluation = evaluations[failed?.unit ?? -1];
  if (failed === null || evaluation === undefined) return found;
  const positions = compiled[failed.unit]?.positions;
  const text = messageOf(failureOfThrown(failed.thrown, (file) => positions?.get(file) ?? null));
  throw failureOf(evaluation, failed.path, text, failed.logLines);
}

interface CompiledUnit {
  readonly unit: AnalysisUnit;
  readonly positions: ReadonlyMap<string, SourcePositions>;
}

async function compileUnit(evaluation: Evaluation): Promise<CompiledUnit> {
  const { modules, env, wanted, mounts = [] } = evaluation;
  const positions = new Map<string, SourcePositions>();
  const compile = async (module: PushedModule): Promise<WorkerModule> => {
    const { code, map } = await toCommonJs(module).catch((error: unknown) => {
      throw failureOf(
        evaluation,
        module.path,
        error instanceof Error ? error.message : String(error),
      );
    });
    positions.set(module.path, new SourcePositions(map, null));
    const { path, environment } = module;
    return { path, code: redirectImports(code, TRACKER), environment };
  };
  const compiled = await Promise.all(modules.map(compile));
  return { unit: { env, modules: compiled, wanted, mounts }, positions };
}

function failureOf(
  { codes, component = "" }: Evaluation,
  path: string,
  text: string,
  logLines: readonly string[] = [],
): PushError {
  const special = codes.special?.(text) ?? null;
  if (special !== null) return special;
  const head = `Hit an error while pushing:\n${codes.what} encountered the following\n    error:`;
  const logs = logLines.length === 0 ? "" : `\n${logLines.join("\n")}`;
  const file = component === "" ? path : `${component}/${path}`;
  return new PushError(codes.code, `${head}\nFailed to analyze ${file}: ${text}${logs}`);
}

interface TaskOutcome {
  readonly found: readonly ReadonlyMap<string, string>[];
  readonly failed: {
    readonly unit: number;
    readonly path: string;
    readonly thrown: string;
    readonly logLines: readonly string[];
  } | null;
}

async function runTask(
  task: AnalysisTask,
  { clock, env }: { readonly clock: Clock; readonly env: Readonly<Record<string, string>> },
): Promise<TaskOutcome> {
  const found = task.units.map(() => new Map<string, string>());
  const { promise, resolve } = Promise.withResolvers<TaskOutcome>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: task,
    env: { ...env },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  let unit = 0;
  const fail = (message: string) => {
    const path =
      task.units[unit]?.wanted.find((one) => found[unit]?.has(one.path) !== true)?.path ?? "";
    const thrown = JSON.stringify({ name: "", message, stack: "" });
    resolve({ found, failed: { unit, path, thrown, logLines: [] } });
  };
  let cancel = () => {};
  worker.on("message", (message: AnalysisMessage) => {
    if (message.type === "began") {
      cancel();
      unit = message.unit;
      cancel = limitTime(worker, clock, () => fail(TOO_LONG));
    } else if (message.type === "found") found[message.unit]?.set(message.path, message.answer);
    else resolve({ found, failed: message.type === "failed" ? message : null });
  });
  worker.on("error", (error) => fail(String(error)));
  worker.on("exit", () => fail("The analysis ended early"));
  try {
    return await promise;
  } finally {
    cancel();
    await worker.terminate();
  }
}
