/**
 * `npm run torture -- ingest|engine|payments|discord --kills N [--seed N] [--json]`: breaks the system on
 * purpose and counts what was lost. Exit code 1 when anything was.
 *
 *   discord    takes --runs N instead of --kills
 *   engine     also takes --power-cuts N (default: a third of the kills)
 *   payments   takes --purchases N instead of --kills, and --no-reconcile, with which it has to fail
 */
import { parseArgs } from "node:util";
import { tortureDiscord } from "./discord/torture-discord.ts";
import { tortureEngine } from "./engine/torture-engine.ts";
import { tortureIngest } from "./ingest/torture-ingest.ts";
import { torturePayments } from "./payments/torture-payments.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    options: {
      ...{ kills: text, "power-cuts": text, purchases: text, runs: text, seed: text },
      ...{ json: { type: "boolean" }, "no-reconcile": { type: "boolean" } },
    },
    allowPositionals: true,
  });
  const kills = wholeNumber("--kills", values.kills ?? "20");
  const seed = wholeNumber("--seed", values.seed ?? String(Date.now() % 1_000_000));
  const tell = (report: object) =>
    process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  switch (positionals[0]) {
    case "ingest": {
      say(`seed ${seed}`);
      const report = await tortureIngest({ kills, seed }, say);
      tell(report);
      return report.missing + report.duplicates + report.holes > 0 ? 1 : 0;
    }
    case "engine": {
      const cuts = values["power-cuts"] ?? String(Math.ceil(kills / 3));
      const powerCuts = wholeNumber("--power-cuts", cuts);
      say(`seed ${seed}, ${kills} kills, ${powerCuts} power cuts`);
      const report = await tortureEngine({ kills, powerCuts, seed }, say);
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return report.lost + report.torn + report.repeated > 0 ? 1 : 0;
    }
    case "payments": {
      const purchases = wholeNumber("--purchases", values.purchases ?? "200");
      const isReconciled = values["no-reconcile"] !== true;
      say(`seed ${seed}, ${purchases} purchases`);
      const report = await torturePayments({ purchases, seed, isReconciled }, say);
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return report.wrongAccess > 0 ? 1 : 0;
    }
    case "discord": {
      const runs = wholeNumber("--runs", values.runs ?? "200");
      say(`seed ${seed}, ${runs} runs`);
      const report = await tortureDiscord({ runs, seed }, say);
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return report.diverged + report.duplicates + report.orphans > 0 ? 1 : 0;
    }
    default:
      throw new Error(
        `Torture what? There are: ingest, engine, payments, discord. Given: ${positionals[0] ?? "nothing"}.`,
      );
  }
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`${flag} must be a whole number, not "${text}".`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
