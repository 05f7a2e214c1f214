/** An engine on a disk that can be made to fail, for tests; its data are environment variables. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineProcess, placeEngine } from "../../deployment/engine-process.ts";
import { seededRandom } from "../random.ts";
import { compileDisk } from "./power-loss/compile.ts";
import { connectPower, type PowerSupply } from "./power-loss/power-supply.ts";

const VALUE_BYTES = 6_000;

export interface DiskBed {
  readonly engine: EngineProcess;
  readonly supply: PowerSupply;
  readonly dataDir: string;
  /** Starts the engine, on the disk as it is now. */
  start(): Promise<void>;
  /** kill -9, and what was not synced is gone. */
  cutPower(): Promise<void>;
  /** Writes one long value after the other until `isEnough`, or until one is not acknowledged. */
  write(isEnough: (written: number) => boolean): Promise<void>;
  /** The number of the last write that was acknowledged. */
  readonly acknowledged: number;
  /** The number of the last write that is there. */
  stored(): Promise<number>;
  remove(): Promise<void>;
}

/** On a new data directory, or on a copy of `template`. */
export async function diskBed(template?: string): Promise<DiskBed> {
  const workDir = realpathSync(mkdtempSync(join(tmpdir(), "disk-")));
  const root = join(workDir, "disk");
  const dataDir = join(root, "made/by/engine");
  mkdirSync(root);
  if (template !== undefined) cpSync(template, dataDir, { recursive: true });
  const random = seededRandom(1);
  const supply = connectPower(root, { library: compileDisk(workDir), workDir, random });
  const engine = await placeEngine(dataDir, { environment: supply.environment });
  let acknowledged = 0;
  return {
    engine,
    supply,
    dataDir,
    get acknowledged() {
      return acknowledged;
    },
    start: () => {
      supply.begin();
      return engine.start();
    },
    cutPower: async () => {
      await engine.kill();
      supply.cut("nothing");
    },
    write: async (isEnough) => {
      for (let written = 0; !isEnough(written); written++) {
        const isAnswered = await put(engine, acknowledged + 1).catch(() => false);
        if (!isAnswered) return;
        acknowledged += 1;
      }
    },
    stored: () => readLast(engine),
    remove: async () => {
      await engine.kill();
      rmSync(workDir, { recursive: true });
    },
  };
}

const headersOf = ({ adminKey }: EngineProcess) => ({
  "content-type": "application/json",
  authorization: `Convex ${adminKey}`,
});

async function put(engine: EngineProcess, n: number): Promise<boolean> {
  const changes = [{ name: "LAST", value: `${n} ${"x".repeat(VALUE_BYTES)}` }];
  const response = await fetch(`${engine.url}/api/update_environment_variables`, {
    method: "POST",
    headers: headersOf(engine),
    body: JSON.stringify({ changes }),
  });
  return response.ok;
}

async function readLast(engine: EngineProcess): Promise<number> {
  const response = await fetch(`${engine.url}/api/v1/list_environment_variables`, {
    headers: headersOf(engine),
  });
  const { environmentVariables } = (await response.json()) as {
    readonly environmentVariables: Readonly<Record<string, string>>;
  };
  return Number(environmentVariables.LAST?.split(" ")[0] ?? 0);
}
