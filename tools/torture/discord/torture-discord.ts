/**
 * Random histories of everything that may happen between the backend and Discord, while Discord, the gateway, the
 * backend and the bot fail: in the end Discord shows what is wanted, each once. Every run has a seed of its own.
 */
import { setTimeout as pause } from "node:timers/promises";
import { between, seededRandom } from "../random.ts";
import { happen, lookAgain, retriesAreDue } from "./deeds.ts";
import { isClean, judge, type Verdict } from "./judge.ts";
import { Stage } from "./stage.ts";

export interface DiscordTorture {
  readonly runs: number;
  readonly seed: number;
}

export interface DiscordReport {
  readonly runs: number;
  /** Runs in which something was otherwise than wanted. */
  readonly diverged: number;
  readonly duplicates: number;
  readonly orphans: number;
}

const AT_ONCE = 8; // runs spend most of their time waiting for limits
const FEWEST_DEEDS = 15;
const MOST_DEEDS = 60;
const MOST_ROUNDS = 25; // a round is a minute: what does not come about in that time never does
const SETTLED_ROUNDS = 2;
// The waits of discord.js for a limit are real, a second or a few: those who wait are not stuck.
const FEW_ROUNDS = 5;
const REAL_PAUSE_MS = 100;
const LONGEST_WAIT_MS = 8_000;

export async function tortureDiscord(
  { runs, seed }: DiscordTorture,
  say: (line: string) => void,
): Promise<DiscordReport> {
  const report = { runs, diverged: 0, duplicates: 0, orphans: 0 };
  let next = seed;
  const play = async () => {
    while (next < seed + runs) {
      const own = next++;
      const { verdict, history } = await playRun(own);
      if (isClean(verdict)) continue;
      report.diverged += 1;
      report.duplicates += verdict.duplicates.length;
      report.orphans += verdict.orphans.length;
      say(`seed ${own}: ${JSON.stringify(verdict)}`);
      say(`  ${history.join(" ")}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  return report;
}

/** One history, and what is found after it. */
export async function playRun(seed: number): Promise<{ verdict: Verdict; history: string[] }> {
  const random = seededRandom(seed);
  const stage = await Stage.open(random() < 0.5 ? "bot" : "webhook");
  const history: string[] = [stage.mode];
  try {
    await stage.startBot();
    for (let left = between(random, FEWEST_DEEDS, MOST_DEEDS); left > 0; left -= 1) {
      history.push(await happen(stage, random));
    }
    return { verdict: await recover(stage), history };
  } finally {
    await stage.close();
  }
}

/** Everything works again; answers what is otherwise than wanted once nothing changes any more. */
async function recover(stage: Stage): Promise<Verdict> {
  const { sim, backend, roles, life } = stage;
  sim.faults.clear();
  for (const channelId of stage.targetIds) sim.setBarrier(channelId, null);
  if (life !== null) life.backendFailures = 0;
  life?.live();
  if (life === null) {
    await stage.pass(60_000);
    await stage.startBot();
  }
  await stage.connected();
  backend.setTargets(stage.targets());
  let verdict = judge(stage);
  const endsMs = Date.now() + LONGEST_WAIT_MS;
  for (let round = 0, clean = 0; clean < SETTLED_ROUNDS; round += 1) {
    if (round >= MOST_ROUNDS && Date.now() > endsMs) break;
    if (round > FEW_ROUNDS) await pause(REAL_PAUSE_MS);
    lookAgain(stage);
    await retriesAreDue(stage);
    await stage.idle();
    verdict = judge(stage);
    clean = isClean(verdict) && backend.isChecked && roles.isSwept ? clean + 1 : 0;
  }
  return verdict;
}
