/** The simulated providers as a process of their own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SimConfig } from "payments-sim";
import { ROOT } from "../../deployment/convex-cli.ts";

export interface SimProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Resolves once its API answers. The port has to be known before, because the deployment is told of it. */
export async function startSim(port: number, config: SimConfig): Promise<SimProcess> {
  const cli = join(ROOT, "packages/payments-sim/src/cli.ts");
  const args = ["serve", "--port", String(port), "--config", JSON.stringify(config)];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).once("line", () => resolve());
  });
  const failed = ended.then(() => {
    throw new Error("the simulator did not come up");
  });
  await Promise.race([ready, failed]);
  failed.catch(() => undefined); // when it ends later, it was told to
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
