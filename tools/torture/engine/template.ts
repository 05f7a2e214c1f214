/**
 * The deployment that every round begins with: the fixture app, pushed by the official
 * CLI, some documents so that building an index takes a while, and the engine stopped.
 */
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT, runCli } from "../../deployment/convex-cli.ts";
import { startEngine } from "../../deployment/engine-process.ts";
import { call } from "./http-door.ts";
import { type RecordedPush, recordPush } from "./recorded-push.ts";

const BALLAST_WRITES = 40;
const BALLAST_PARTS = 50;
/** Writer of the documents that are there from the start. */
export const BALLAST = "ballast";

export interface Template {
  /** Copy it; never run an engine on it. */
  readonly dataDir: string;
  readonly push: RecordedPush;
  readonly ballast: readonly number[];
}

export async function prepareTemplate(workDir: string): Promise<Template> {
  const dataDir = join(workDir, "template");
  const project = join(workDir, "app");
  cpSync(join(import.meta.dirname, "fixtures/app"), project, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  mkdirSync(dataDir);
  const engine = await startEngine(dataDir);
  try {
    const push = await recordPush(engine, (through) =>
      runCli(through, ["deploy", "--yes", "--typecheck", "disable"], { cwd: project }),
    );
    await call(engine, "mutation", "ledger:open");
    const ballast = Array.from({ length: BALLAST_WRITES }, (_, index) => index + 1);
    for (const n of ballast) {
      const more = { parts: BALLAST_PARTS, textBytes: 100, schedules: false, hitUrl: "" };
      await call(engine, "mutation", "ledger:write", { writer: BALLAST, n, ...more });
    }
    return { dataDir, push, ballast };
  } finally {
    await engine.stop();
  }
}
