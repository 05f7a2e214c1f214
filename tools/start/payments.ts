/** The simulated payment providers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../deployment/convex-cli.ts";
import type { Ground } from "./ground.ts";
import { paymentsConfig } from "./payments-world.ts";
import { READY_MS, respondsOk } from "./ready.ts";

export async function startPayments(ground: Ground): Promise<void> {
  const { dataDir, ports } = ground.flags;
  const configFile = join(dataDir, "payments.json");
  writeFileSync(configFile, JSON.stringify(paymentsConfig(ground.origins), null, 2), {
    mode: 0o600,
  });
  const payments = ground.run({
    name: "payments",
    args: [
      join(ROOT, "packages/payments-sim/src/cli.ts"),
      "serve",
      ...["--port", String(ports.payments)],
      ...["--config", configFile],
    ],
  });
  await payments.ready(() => respondsOk(`${ground.origins.payments}/_sim/state`), READY_MS);
}
