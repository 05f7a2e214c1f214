/**
 * Entry of the analysis thread: evaluates pushed modules as at import time and reads
 * their exports. A thread of its own, so that code which never ends stops nobody.
 */
import { Script } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { ModuleRegistry, ModuleScripts } from "../actions/module-registry.ts";
import { analyzeModule } from "../realm/analysis.ts";
import { describeThrown } from "../realm/thrown.ts";
import { Realm } from "../realm.ts";
import { scriptFile } from "../script-files.ts";
import type {
  AnalysisMessage,
  AnalysisTask,
  AnalysisUnit,
  MountedDefinition,
  WantedExport,
} from "./protocol.ts";

const task = workerData as AnalysisTask;
const bootstrap = new Script(task.bootstrap, { filename: "realm:main" });
/** The last answer of each unit. */
const answers: string[] = [];

if (task.units.every(analyzeUnit)) post({ type: "done" });

function post(message: AnalysisMessage): void {
  parentPort?.postMessage(message);
}

/** False when something failed: nothing more is looked at. */
function analyzeUnit(unit: AnalysisUnit, at: number): boolean {
  post({ type: "began", unit: at });
  const logLines: string[] = [];
  return unit.wanted.every((wanted) => {
    const { path } = wanted;
    const answer = isNode(unit, path)
      ? analyzeInNode(unit, path)
      : analyzeInRealm(unit, wanted, logLines);
    const ok = answer[0] === "s";
    answers[at] = answer.slice(1);
    if (ok) post({ type: "found", unit: at, path, answer: answer.slice(1) });
    else post({ type: "failed", unit: at, path, thrown: answer.slice(1), logLines });
    return ok;
  });
}

function isNode({ modules }: AnalysisUnit, path: string): boolean {
  return modules.some((module) => module.path === path && module.environment === "node");
}

function analyzeInNode({ modules, env }: AnalysisUnit, path: string): string {
  try {
    const registry = new ModuleRegistry(new ModuleScripts(modules, task.projectRoot), env);
    return `s${analyzeModule(path, registry.get(path))}`;
  } catch (error) {
    return `e${describeThrown(error)}`;
  }
}

function analyzeInRealm(
  unit: AnalysisUnit,
  { kind, path }: WantedExport,
  logLines: string[],
): string {
  const realm = realmOf(unit, kind === "authConfig", logLines);
  const thrown = realm.import(path);
  if (thrown !== null) return `e${thrown}`;
  return kind === "functions" ? realm.control.analyze(path) : realm.control.exported(path, kind);
}

function realmOf(unit: AnalysisUnit, strictEnv: boolean, logLines: string[]): Realm {
  const texts = [
    ...unit.modules.map(({ path, code }) => [path, code] as const),
    ...unit.mounts.map((mount) => [mount.importPath, mountedModule(mount)] as const),
  ];
  const scripts = new Map(texts.map(([path, code]) => [path, { script: wrapped(path, code) }]));
  const realm = new Realm("fresh", bootstrap, scripts, {
    env: unit.env,
    nowMs: Date.now(),
    seed: [1, 2, 3, 4],
    strictEnv,
  });
  realm.client = {
    syscall: () => 'e{"message":"No function is running"}',
    answerAtOnce: () => "",
    asyncSyscall: () => {},
    compute: () => {},
    log: (level, message) => void logLines.push(`[${level}] ${message}`),
    finish: () => {},
    elapsedMs: () => 0,
    remainingMs: () => Infinity,
    outOfTime: () => {},
  };
  return realm;
}

/** What a definition sees of one that it mounts (contract cli 1.5). */
function mountedModule({ definitionPath, unit }: MountedDefinition): string {
  const { name } = JSON.parse(answers[unit] ?? "{}") as { name?: unknown };
  const seen = { componentDefinitionPath: definitionPath, defaultName: name };
  return `exports.__esModule = true; exports.default = ${JSON.stringify(seen)};`;
}

function wrapped(path: string, code: string): Script {
  return new Script(`(function (exports, require, module, $rt) {"use strict";\n${code}\n})`, {
    filename: scriptFile(path),
    lineOffset: -1,
  });
}
