/**
 * One round: a fresh copy of the deployment is written to by several clients at once and
 * killed again and again, then everything that was promised is looked for.
 *
 *   start -- writes, jobs, pushes, checkpoints -- kill -9 -- [power cut] -- look at the files
 *     ^                                                                          |
 *     +--------------------------------------------------------------------------+
 */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type EngineProcess, placeEngine } from "../../deployment/engine-process.ts";
import { between, type Random } from "../random.ts";
import { problemsAtRest } from "./at-rest.ts";
import type { Findings } from "./findings.ts";
import { countHits, type Hits } from "./hits.ts";
import { pause } from "./http-door.ts";
import { startHttpWriter } from "./http-writer.ts";
import { startOfficialWriter } from "./official-writer.ts";
import type { PowerSupply } from "./power-loss/power-supply.ts";
import { pushAgain } from "./recorded-push.ts";
import { startSessionWriter } from "./session-writer.ts";
import { BALLAST, type Template } from "./template.ts";
import { type Met, verify } from "./verify.ts";
import { Witness } from "./witness.ts";
import type { Writer, WriterDoors } from "./writers.ts";

const SESSION_WRITERS = 4;
const HTTP_WRITERS = 2;
const SETTLE_MS = 40_000; // the official client waits up to 16 s before it comes back
const LOOK_MS = 100;

/** When in its life the engine is killed. */
type Moment = "starting" | "pushing" | "writing";

export interface RoundOptions {
  readonly kills: number;
  readonly random: Random;
  readonly findings: Findings;
  readonly template: Template;
  /** Empty folder of the round. */
  readonly dir: string;
  /** Preloads and the like. */
  readonly environment: Readonly<Record<string, string>>;
  /** Connects the round's folder to a disk that forgets; null leaves the page cache alone. */
  readonly connect: ((root: string) => PowerSupply) | null;
}

export interface RoundReport extends Met {
  readonly acknowledged: number;
  readonly pushes: number;
  readonly killedAt: Readonly<Record<Moment, number>>;
}

/** Everything that is going on around one engine. */
interface Scene {
  readonly options: RoundOptions;
  readonly dataDir: string;
  readonly engine: EngineProcess;
  readonly supply: PowerSupply | null;
  readonly witness: Witness;
  readonly hits: Hits;
  readonly killedAt: Record<Moment, number>;
  pushes: number;
}

export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const scene = await setUp(options);
  const writers = startWriters(scene);
  try {
    for (let kill = 0; kill < options.kills; kill++) await liveAndDie(scene);
    scene.supply?.begin();
    await scene.engine.start();
    await settle(writers, options.findings);
    const met = await verify({ ...scene, deployment: scene.engine, findings: options.findings });
    const { acknowledgements: acknowledged } = scene.witness;
    return { ...met, acknowledged, pushes: scene.pushes, killedAt: scene.killedAt };
  } finally {
    for (const writer of writers) writer.close();
    await scene.engine.stop();
    scene.hits.close();
  }
}

async function setUp(options: RoundOptions): Promise<Scene> {
  const root = join(options.dir, "disk");
  const dataDir = join(root, "data");
  mkdirSync(root, { recursive: true });
  cpSync(options.template.dataDir, dataDir, { recursive: true });
  const supply = options.connect?.(root) ?? null;
  const environment = { ...options.environment, ...supply?.environment };
  const engine = await placeEngine(dataDir, { environment });
  const witness = new Witness();
  for (const n of options.template.ballast) {
    witness.sent(BALLAST, n);
    witness.acknowledged(BALLAST, n);
  }
  const killedAt = { starting: 0, pushing: 0, writing: 0 };
  return {
    options,
    dataDir,
    engine,
    supply,
    witness,
    hits: await countHits(),
    killedAt,
    pushes: 0,
  };
}

function startWriters({ options, engine, witness, hits }: Scene): Writer[] {
  const { random, findings } = options;
  const doors: WriterDoors = { deployment: engine, witness, findings, random, hitUrl: hits.url };
  return [
    ...Array.from({ length: SESSION_WRITERS }, (_, i) => startSessionWriter(`session ${i}`, doors)),
    ...Array.from({ length: HTTP_WRITERS }, (_, i) => startHttpWriter(`http ${i}`, doors)),
    startOfficialWriter("official", doors),
  ];
}

async function liveAndDie(scene: Scene): Promise<void> {
  const { engine, supply, options } = scene;
  const { random, findings } = options;
  const moment = momentOf(random);
  let isKilled = false;
  supply?.begin();
  const starting = engine.start().catch((error: Error) => {
    if (!isKilled) findings.add("torn", error.message);
  });
  if (moment === "starting") await pause(random() * 800);
  else {
    await starting;
    if (moment === "pushing") push(scene);
    await pause(moment === "pushing" ? random() * 500 : between(random, 50, 2_000));
  }
  isKilled = true;
  await engine.kill();
  await starting;
  scene.killedAt[moment] += 1;
  supply?.cut(random() < 0.5 ? "nothing" : "some");
  for (const problem of problemsAtRest(scene.dataDir)) findings.add("torn", problem);
}

function momentOf(random: Random): Moment {
  const throwOfDice = random();
  if (throwOfDice < 0.2) return "starting";
  return throwOfDice < 0.5 ? "pushing" : "writing";
}

/** Most pushes are cut off by the kill; the others are promises. */
function push(scene: Scene): void {
  const { engine, witness, options } = scene;
  scene.pushes += 1;
  const version = scene.pushes;
  void pushAgain(engine, options.template.push, version).then(
    () => witness.pushed(version),
    () => undefined, // killed meanwhile
  );
}

/** Waits until no request is open; gives up early once something is known to be wrong. */
async function settle(writers: readonly Writer[], findings: Findings): Promise<void> {
  let isSettled = false;
  void Promise.all(writers.map((writer) => writer.settle())).then(() => {
    isSettled = true;
  });
  const deadline = Date.now() + SETTLE_MS;
  while (!isSettled && !findings.any) {
    if (Date.now() > deadline) findings.add("lost", "requests were never answered");
    await pause(LOOK_MS);
  }
}
