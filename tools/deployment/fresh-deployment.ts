/** A deployment of this repository's functions, with its secrets set and nothing in it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploy, runCli } from "./convex-cli.ts";
import { type EngineProcess, startEngine } from "./engine-process.ts";
import { makeSecrets, toDotenv } from "./secrets.ts";

/** Its pictures come from simulators on this machine, whichever port each test gets. */
const LOCAL_MEDIA = { HELIOGRAPH_MEDIA_LOOPBACK: "http://127.0.0.1:*" };

export interface FreshDeployment {
  readonly engine: EngineProcess;
  /** Stops the engine and removes its data. */
  close(): Promise<void>;
}

export async function freshDeployment(): Promise<FreshDeployment> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-"));
  const engine = await startEngine(join(dir, "engine"));
  const environment = join(dir, "environment");
  writeFileSync(environment, toDotenv({ ...makeSecrets(), ...LOCAL_MEDIA }), { mode: 0o600 });
  await runCli(engine, ["env", "set", "--from-file", environment]);
  await deploy(engine);
  return {
    engine,
    async close() {
      await engine.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
