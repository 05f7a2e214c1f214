/**
 * The engine's database and subscriptions without functions and sockets, beside bare
 * SQLite on a copy of the same file, in a process of its own. Nobody else has the
 * directory open. One task, told by the arguments (kind, directory) and a message with ids.
 */
import { randomBytes } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../packages/embedded-convex/src/clock.ts";
import { openDatabase } from "../../../packages/embedded-convex/src/database/database.ts";
import type { Database } from "../../../packages/embedded-convex/src/database/types.ts";
import { BareStore, byIdOf } from "./bare-store.ts";
import type { IdsMessage, Pace, Paces } from "./database-messages.ts";
import { findTouched } from "./find-touched.ts";
import { type RowPattern, recordRows } from "./row-pattern.ts";
import { percentile } from "./statistics.ts";

const ROUNDS = 5;
const READS = 20_000;
const COMMITS_IN_TURN = 300;
const COMMITS_TOGETHER = 6_000;
const TOGETHER = 64;
const ITEM = {
  room: "database process",
  author: "author 1",
  text: "Entry 61,200 to 61,450, targets 62,000, 63,100 and 64,800, stop 60,300.",
};

const [task = "", dir = ""] = process.argv.slice(2);

async function run(ids: readonly string[]): Promise<unknown> {
  const database = await openDatabase({
    dir,
    clock: systemClock(),
    logger: () => {},
    random: (bytes) => randomBytes(bytes),
  });
  try {
    switch (task) {
      case "reads":
        return await withBareCopy(database, (bare, pattern) =>
          reads(database, ids, bare, byIdOf(pattern)),
        );
      case "commits":
        return await withBareCopy(database, (bare) => commits(database, bare));
      case "find":
        return await findTouched(database, ids);
      default:
        throw new Error(`no such task: ${task}`);
    }
  } finally {
    await database.close();
  }
}

async function withBareCopy(
  database: Database,
  measure: (bare: BareStore, pattern: RowPattern) => Promise<Paces>,
): Promise<Paces> {
  const file = join(dir, "data.sqlite");
  const pattern = await recordRows(file, () => commitOne(database));
  const copy = join(dir, "bare.sqlite");
  copyFileSync(file, copy); // its log holds one commit, which the copy does without
  const bare = new BareStore(copy, pattern);
  try {
    return await measure(bare, pattern);
  } finally {
    bare.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(copy + end, { force: true });
  }
}

/** Rounds alternate, so that both see the same machine. */
async function reads(
  database: Database,
  ids: readonly string[],
  bare: BareStore,
  byId: ReturnType<typeof byIdOf>,
): Promise<Paces> {
  const readEngine = (id: string) => {
    const tx = database.begin({ durable: true });
    const json = tx.get(id);
    tx.close();
    return json === null ? null : JSON.parse(json);
  };
  const readBare = (id: string) => bare.read(byId.index, byId.keyOf(id));
  const engine = new Stopwatch();
  const floor = new Stopwatch();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [watch, read] of [
      [engine, readEngine],
      [floor, readBare],
    ] as const) {
      const chosen = Array.from(
        { length: READS },
        () => ids[Math.floor(Math.random() * ids.length)] ?? "",
      );
      watch.startRound();
      for (const id of chosen) {
        const startMs = performance.now();
        if (read(id) === null) throw new Error(`${id} is not there`);
        watch.lap(startMs);
      }
      watch.endRound(READS);
    }
  }
  return { engine: engine.pace(), bare: floor.pace() };
}

async function commits(database: Database, bare: BareStore): Promise<Paces> {
  const engine = new Stopwatch();
  const floor = new Stopwatch();
  for (let round = 0; round < ROUNDS; round++) {
    for (let one = 0; one < COMMITS_IN_TURN; one++) {
      let startMs = performance.now();
      await commitOne(database);
      engine.lap(startMs);
      startMs = performance.now();
      bare.write(1);
      floor.lap(startMs);
    }
    const batches: number[] = [];
    const stop = database.onDurable((durable) => batches.push(durable.length));
    engine.startRound();
    await together(database);
    engine.endRound(COMMITS_TOGETHER);
    stop();
    floor.startRound();
    for (const batch of batches) bare.write(batch); // the same batches
    floor.endRound(COMMITS_TOGETHER);
  }
  return { engine: engine.pace(), bare: floor.pace() };
}

/** Always so many under way. */
async function together(database: Database): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun < COMMITS_TOGETHER) {
      begun++;
      await commitOne(database);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
}

let stamp = 0;

function commitOne(database: Database): Promise<void> {
  const tx = database.begin();
  tx.insert("items", { ...ITEM, stamp: stamp++ });
  return database.commit(tx, { source: "bench" }).durable;
}

class Stopwatch {
  readonly #laps: number[] = [];
  readonly #rates: number[] = [];
  #startMs = 0;

  startRound(): void {
    this.#startMs = performance.now();
  }

  endRound(count: number): void {
    this.#rates.push((count / (performance.now() - this.#startMs)) * 1_000);
  }

  lap(startMs: number): void {
    this.#laps.push(performance.now() - startMs);
  }

  pace(): Pace {
    return { p50Ms: percentile(this.#laps, 0.5), perSecond: percentile(this.#rates, 0.5) };
  }
}

process.once("message", ({ ids }: IdsMessage) => {
  run(ids).then(
    (answer) => process.send?.({ kind: "done", answer }, () => process.exit(0)),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      process.send?.({ kind: "failed", message }, () => process.exit(1));
    },
  );
});
