/**
 * The engine without its ports: database, function runtime, scheduler and query cache, put
 * together as `server.ts` does it, on a slow machine with a delayed disk.
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { JSONValue } from "convex/values";
import type { Database } from "../../src/database/types.ts";
import type { FunctionCall, MutationOutcome } from "../../src/rooms.ts";
import { createScheduler, type Scheduler } from "../../src/scheduler/scheduler.ts";
import { createQueryCache, type QueryCache } from "../../src/subscriptions/query-cache.ts";
import { bundleModules, type FunctionApp, startFunctionApp } from "../function-app.ts";
import { tableSchema } from "../temporary-database.ts";
import { DelayedDisk } from "./delayed-disk.ts";
import { INDEXES } from "./rows.ts";
import { SlowMachine } from "./slow-machine.ts";

const FUNCTIONS = fileURLToPath(new URL("./convex/", import.meta.url));

/** Runs a job, or has somebody look at it. */
type RunJob = (
  call: FunctionCall,
  run: () => Promise<MutationOutcome | "skipped">,
) => Promise<MutationOutcome | "skipped">;

export class HistoryBed {
  readonly machine: SlowMachine;
  readonly disk: DelayedDisk;
  readonly app: FunctionApp;
  readonly cache: QueryCache;
  /** Functions that wait for something outside, by what lets them go on. */
  readonly paused: (() => void)[] = [];
  onJob: RunJob = (_call, run) => run();
  readonly #scheduler: Scheduler;

  private constructor(
    machine: SlowMachine,
    disk: DelayedDisk,
    app: FunctionApp,
    scheduler: Scheduler,
  ) {
    this.machine = machine;
    this.disk = disk;
    this.app = app;
    this.#scheduler = scheduler;
    const { clock } = machine;
    this.cache = createQueryCache({ database: disk, runner: app.room, clock, random: randomBytes });
    disk.onAccess = () => machine.access();
    app.hooks.duringStore = () => new Promise((resolve) => this.paused.push(resolve));
  }

  /** `Disk` may be one that breaks a promise of the engine. */
  static async open(Disk: typeof DelayedDisk = DelayedDisk): Promise<HistoryBed> {
    const machine = new SlowMachine();
    const { clock } = machine;
    let disk: DelayedDisk | undefined;
    let scheduler: Scheduler | undefined;
    const app = await startFunctionApp({
      clock,
      through: (database) => {
        disk = new Disk(database);
        return disk;
      },
      scheduler: (database) => {
        scheduler = createScheduler({ database, clock, logger: fail, random: randomBytes });
        return scheduler;
      },
    });
    if (disk === undefined || scheduler === undefined) throw new Error("the app took neither");
    await activateSchema(disk);
    await app.deploy(await bundleModules(FUNCTIONS));
    await app.room.prepare();
    const bed = new HistoryBed(machine, disk, app, scheduler);
    await scheduler.start({
      lookup: (address) => app.room.lookup(address),
      action: (call) => app.room.action(call),
      job: (call, hooks) => bed.onJob(call, () => app.room.job(call, hooks)),
    });
    return bed;
  }

  async close(): Promise<void> {
    this.cache.close();
    await this.#scheduler.close();
    await this.app.close();
  }
}

async function activateSchema(database: Database): Promise<void> {
  const push = database.prepareSchema(new Map([["", tableSchema("rows", INDEXES) as JSONValue]]));
  const state = await push.wait(60_000);
  if (state.kind !== "complete") throw new Error(JSON.stringify(state));
  const tx = database.begin();
  tx.activateSchema(push);
  await database.commit(tx, { source: null }).durable;
}

/** The scheduler logs only what it did not expect. */
function fail(_level: string, event: string, fields: unknown): void {
  throw new Error(`${event} ${JSON.stringify(fields)}`);
}
