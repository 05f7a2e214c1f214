/** Deployments to measure: the fixture app pushed by the official CLI, with as many items as wanted. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runAsAdmin } from "../../deployment/admin.ts";
import { ROOT, runCli } from "../../deployment/convex-cli.ts";
import { type EngineProcess, freePort, startEngine } from "../../deployment/engine-process.ts";
import type { Probed } from "./probe.ts";

const BATCH = 2_000;
const SAMPLE = 20_000; // ids, or all there are
const AT_ONCE = 2; // one batch is executed while the other is written
const INDEX_OF_ALL_VERSIONS = '.index("by_room", ["room"])';

export interface Stage {
  readonly engine: EngineProcess;
  readonly dataDir: string;
  /** Ids of items spread over the whole table. */
  readonly sample: readonly string[];
  readonly probe: { start(): Promise<void>; read(): Promise<Probed> };
  /** Runs a command of the CLI in the app's folder. */
  cli(...args: readonly string[]): Promise<string>;
  /** Pushes a version of the app with one index more on `items`. */
  pushAnotherIndex(): Promise<void>;
  /** Stops the engine and removes everything. */
  close(): Promise<void>;
}

export async function openStage(items = 0): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "engine-bench-"));
  const [dataDir, app] = [join(dir, "data"), join(dir, "app")];
  cpSync(fileURLToPath(new URL("./fixture", import.meta.url)), app, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(app, "node_modules"));
  const probePort = await freePort();
  const probe = new URL(`./probe.ts?port=${probePort}`, import.meta.url);
  const engine = await startEngine(dataDir, {
    nodeFlags: ["--import", probe.href, ...nodeFlags()],
  });
  const cli = (...args: readonly string[]) => runCli(engine, args, { cwd: app });
  const push = () => cli("deploy", "--typecheck", "disable", "-y");
  await push();
  return {
    engine,
    dataDir,
    sample: await fill(engine, items),
    probe: {
      start: async () => void (await fetch(`http://127.0.0.1:${probePort}/start`)),
      read: async () => {
        const answer = await fetch(`http://127.0.0.1:${probePort}/read`);
        return (await answer.json()) as Probed;
      },
    },
    cli,
    pushAnotherIndex: async () => {
      const schema = join(app, "convex/schema.ts");
      const text = readFileSync(schema, "utf8");
      if (!text.includes(INDEX_OF_ALL_VERSIONS))
        throw new Error("the fixture's schema has changed");
      const more = `${INDEX_OF_ALL_VERSIONS}.index("by_author", ["author", "stamp"])`;
      writeFileSync(schema, text.replace(INDEX_OF_ALL_VERSIONS, more));
      await push();
    },
    close: async () => {
      await engine.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** By the app's own mutation, thousands of inserts in each. */
async function fill(engine: EngineProcess, items: number): Promise<string[]> {
  const sample: string[] = [];
  const sampleEvery = Math.ceil(items / SAMPLE);
  let from = 0;
  const one = async () => {
    while (from < items) {
      const args = { from, count: Math.min(BATCH, items - from), sampleEvery };
      from += args.count;
      sample.push(...(await runAsAdmin<string[]>(engine, "items:fill", args)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return sample;
}

/** For whoever profiles: `BENCH_ENGINE_FLAGS="--cpu-prof"`. */
function nodeFlags(): string[] {
  return (process.env.BENCH_ENGINE_FLAGS ?? "").split(" ").filter((flag) => flag !== "");
}
