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
import type { AnalysisMessage, AnalysisTask, WantedExport } from "./protocol.ts";

const task = workerData as AnalysisTask;
const logLines: string[] = [];

post({ type: "ready" });
if (task.wanted.every(analyze)) post({ type: "done" });

function post(message: AnalysisMessage): void {
  parentPort?.postMessage(message);
}

/** False when it failed: nothing more is looked at. */
function analyze(wanted: WantedExport): boolean {
  const answer = isNode(wanted.path) ? analyzeInNode(wanted.path) : analyzeInRealm(wanted);
  const { path } = wanted;
  if (answer[0] === "s") post({ type: "found", path, answer: answer.slice(1) });
  else post({ type: "failed", path, thrown: answer.slice(1), logLines });
  return answer[0] === "s";
}

function isNode(path: string): boolean {
  return task.modules.some((module) => module.path === path && module.environment === "node");
}

function analyzeInNode(path: string): string {
  try {
    const registry = new ModuleRegistry(new ModuleScripts(task.modules, task.projectRoot));
    return `s${analyzeModule(path, registry.get(path))}`;
  } catch (error) {
    return `e${describeThrown(error)}`;
  }
}

function analyzeInRealm({ kind, path }: WantedExport): string {
  const realm = sharedRealm(kind === "authConfig");
  const thrown = realm.import(path);
  if (thrown !== null) return `e${thrown}`;
  return kind === "functions" ? realm.control.analyze(path) : realm.control.exported(path, kind);
}

function sharedRealm(strictEnv: boolean): Realm {
  const bootstrap = new Script(task.bootstrap, { filename: "realm:main" });
  const scripts = new Map(
    task.modules.map(({ path, code }) => [path, { script: wrapped(path, code) }]),
  );
  const realm = new Realm("fresh", bootstrap, scripts, {
    env: task.env,
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
    isOverdue: () => false,
  };
  return realm;
}

function wrapped(path: string, code: string): Script {
  return new Script(`(function (exports, require, module, $rt) {"use strict";\n${code}\n})`, {
    filename: scriptFile(path),
    lineOffset: -1,
  });
}
