/** `ingestDuringSignIns`: does a post reach its viewer while twenty people a second sign in? */
import { startLoad } from "../load-process.ts";
import { atMost, type Measured, number } from "../report.ts";
import { openStage } from "../stage.ts";
import { median, percentile } from "../statistics.ts";

const ROUNDS = 3;
const POSTS_PER_SECOND = 20;
const ROUND_MS = 10_000;
const WARM_UP_MS = 2_000;
const SIGN_INS_PER_SECOND = 20;

interface Round {
  readonly quietP95: number;
  readonly busyP95: number;
  readonly signedIn: number;
}

/** A fresh engine in each round: the hashes asked for are more than two cores can do, and a backlog stays. */
export async function ingestDuringSignIns(): Promise<Measured> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound());
  const value = median(rounds.map(({ busyP95 }) => busyP95));
  const floor = median(rounds.map(({ quietP95 }) => quietP95));
  const ratio = value / floor;
  return {
    name: "ingestDuringSignIns",
    value,
    unit: "ms",
    floor,
    ratio,
    bounds: [atMost(ratio, 1.5, "times the quiet p95")],
    details: rounds.map(
      ({ quietP95, busyP95, signedIn }) =>
        `quiet ${number(quietP95)} ms, busy ${number(busyP95)} ms, ${signedIn} signed in meanwhile`,
    ),
  };
}

async function measureRound(): Promise<Round> {
  const stage = await openStage();
  const load = startLoad();
  try {
    const { url, siteUrl } = stage.engine;
    const run = (forMs: number, signInsPerSecond: number) =>
      load.ask("ingest", { url, siteUrl, perSecond: POSTS_PER_SECOND, forMs, signInsPerSecond });
    await run(WARM_UP_MS, 0);
    const quiet = await run(ROUND_MS, 0);
    const busy = await run(ROUND_MS, SIGN_INS_PER_SECOND);
    const p95 = (latencies: readonly number[]) => percentile(latencies, 0.95);
    return {
      quietP95: p95(quiet.latenciesMs),
      busyP95: p95(busy.latenciesMs),
      signedIn: busy.signedIn,
    };
  } finally {
    load.end();
    await stage.close();
  }
}
