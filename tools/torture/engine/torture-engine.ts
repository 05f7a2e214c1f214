/**
 * `npm run torture -- engine`: kill -9 and power cuts at random moments under concurrent
 * writers, pushes, scheduled functions and checkpoints. Afterwards nothing that was
 * acknowledged or shown may be missing, nothing half there, nothing done twice.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { seededRandom } from "../random.ts";
import { Findings } from "./findings.ts";
import { compileDisk } from "./power-loss/compile.ts";
import { connectPower } from "./power-loss/power-supply.ts";
import { type RoundOptions, type RoundReport, runRound } from "./round.ts";
import { prepareTemplate } from "./template.ts";

/** A round's deployment grows with every life; a new one begins small again. */
const KILLS_PER_ROUND = 25;

export interface TortureOptions {
  readonly kills: number;
  readonly powerCuts: number;
  readonly seed: number;
  /** To test the test: the store must then lose what it acknowledged. */
  readonly synchronousOff?: boolean;
}

/** The last line of the command, in this form exactly. */
export interface TortureReport {
  readonly kills: number;
  readonly lost: number;
  readonly torn: number;
  readonly repeated: number;
}

/** Throws NoPowerCutsError when power cuts are wanted and this machine has no compiler. */
export async function tortureEngine(
  options: TortureOptions,
  say: (text: string) => void,
): Promise<TortureReport> {
  const workDir = realpathSync(mkdtempSync(join(tmpdir(), "torture-")));
  try {
    return await run(options, workDir, say);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

async function run(
  { kills, powerCuts, seed, synchronousOff = false }: TortureOptions,
  workDir: string,
  say: (text: string) => void,
): Promise<TortureReport> {
  const random = seededRandom(seed);
  const findings = new Findings(say);
  const library = powerCuts > 0 ? compileDisk(workDir) : null;
  const template = await prepareTemplate(workDir);
  const environment = synchronousOff ? withoutSync() : {};
  const round = async (name: string, more: Pick<RoundOptions, "kills" | "connect">) => {
    const dir = join(workDir, name);
    mkdirSync(dir);
    const report = await runRound({ ...more, random, findings, template, dir, environment });
    rmSync(dir, { recursive: true });
    say(`${name}: ${inWords(report)}`);
  };
  for (const [index, size] of roundsOf(kills).entries())
    await round(`kills ${index + 1}`, { kills: size, connect: null });
  for (const [index, size] of roundsOf(powerCuts).entries()) {
    const connect: RoundOptions["connect"] = (root) =>
      connectPower(root, { library: library ?? "", workDir, random });
    await round(`power cuts ${index + 1}`, { kills: size, connect });
  }
  return { kills, ...findings.counts };
}

function roundsOf(kills: number): number[] {
  const rounds = Math.ceil(kills / KILLS_PER_ROUND);
  return Array.from({ length: rounds }, (_, i) =>
    Math.min(KILLS_PER_ROUND, kills - i * KILLS_PER_ROUND),
  );
}

function withoutSync(): Record<string, string> {
  const preload = pathToFileURL(join(import.meta.dirname, "synchronous-off.mjs"));
  return { NODE_OPTIONS: `--import=${preload}` };
}

function inWords({ killedAt, ...report }: RoundReport): string {
  const { starting, pushing, writing } = killedAt;
  return [
    `killed ${starting} times starting, ${pushing} pushing, ${writing} writing`,
    `${report.acknowledged} writes acknowledged, ${report.writes} there`,
    `${report.pushes} pushes`,
    `${report.jobs} scheduled functions, ${report.interruptedActions} actions cut off`,
  ].join("; ");
}
