/** `npm run torture -- ingest --kills N [--seed N] [--json]`: breaks the system on purpose and counts what was lost. */
import { parseArgs } from "node:util";
import { tortureIngest } from "./ingest/torture-ingest.ts";

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    options: { kills: text, seed: text, json: { type: "boolean" } },
    allowPositionals: true,
  });
  if (positionals[0] !== "ingest")
    throw new Error(`Torture what? There is: ingest. Given: ${positionals[0] ?? "nothing"}.`);
  const kills = Number(values.kills ?? "20");
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(kills) || kills < 0)
    throw new Error(`--kills must be a whole number, not "${values.kills}".`);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`seed ${seed}`);
  const report = await tortureIngest({ kills, seed }, say);
  process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  return report.missing + report.duplicates + report.holes > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
