/**
 * Plays a plan on the engine and writes down the history.
 *
 *   turn:  a session sends its next transaction
 *        | a function that waits goes on        (any of them, as the seed says)
 *        | the disk syncs
 *        | time passes
 *   then the functions run: until all wait, or a slice or two
 */
import { Callers, type Session } from "./callers.ts";
import type { FoundRow, History } from "./checker/history.ts";
import type { Concurrency } from "./delayed-disk.ts";
import type { HistoryBed } from "./history-bed.ts";
import { FIRST_ROWS, GROUPS, type Plan, type RangeStep, type Step } from "./plan.ts";
import { Turns } from "./turns.ts";

export interface Played {
  readonly history: History;
  /** Conflicts after which a function ran again; the others gave up. */
  readonly retries: number;
  readonly concurrency: Concurrency;
}

const MAX_TURNS = 5_000;
const SHORT_MS = 60; // more than the mutation lane's patience
const EVERYTHING: RangeStep = {
  kind: "range",
  group: null,
  from: 0,
  to: 99,
  descending: false,
  by: "index",
  limit: null,
};

/** By then the mutation lane has forgotten which functions were in a conflict. */
const BETWEEN_MS = 61_000;

export async function play(bed: HistoryBed, plan: Plan): Promise<Played> {
  const turns = new Turns(plan.turns);
  bed.machine.clock.advance(BETWEEN_MS);
  bed.machine.start(turns);
  const one = new Play(bed, plan, turns);
  try {
    return await one.run();
  } finally {
    await one.end();
    bed.machine.stop();
  }
}

class Play {
  readonly #bed: HistoryBed;
  readonly #turns: Turns;
  readonly #sessions: Session[];
  readonly #callers: Callers;
  #running = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(bed: HistoryBed, plan: Plan, turns: Turns) {
    this.#bed = bed;
    this.#turns = turns;
    this.#sessions = plan.sessions.map((transactions, number) => ({
      name: `s${number}`,
      left: [...transactions],
      sent: 0,
      isWaiting: false,
      subscription: null,
      watched: plan.watched,
    }));
    this.#callers = new Callers(bed, turns);
    bed.onJob = (call, run) => this.#counted(() => this.#callers.job(call, run));
  }

  async run(): Promise<Played> {
    await this.#setUp();
    this.#bed.disk.hold();
    for (let turn = 0; !(await this.#isOver()); turn++) {
      if (turn === MAX_TURNS) throw new Error("the history does not end");
      await this.#turn();
    }
    const concurrency = this.#bed.disk.concurrency();
    await this.#lookAtTheEnd();
    const { history, gaveUp } = this.#callers;
    return { history, retries: concurrency.conflicts - gaveUp, concurrency };
  }

  /** Leaves nothing to the next history, whatever happened. */
  async end(): Promise<void> {
    const { disk, paused, machine } = this.#bed;
    await disk.release();
    for (let turn = 0; this.#running > 0 && turn < MAX_TURNS; turn++) {
      for (const resume of paused.splice(0)) resume();
      machine.clock.advance(SHORT_MS);
      await machine.settle();
      await disk.sync();
    }
    for (const { subscription } of this.#sessions) subscription?.close();
    const tx = disk.begin({ unlimited: true });
    const rows = tx.openQuery({
      source: { type: "FullTableScan", tableName: "rows", order: "asc" },
      operators: [],
    });
    for (let json = rows.next(); json !== null; json = rows.next()) {
      tx.remove((JSON.parse(json) as { _id: string })._id);
    }
    disk.commit(tx, { source: null });
  }

  async #setUp(): Promise<void> {
    const { disk } = this.#bed;
    const tx = disk.begin();
    const rows: FoundRow[] = [];
    for (let place = 0; place < FIRST_ROWS; place++) {
      const content = { group: GROUPS[place % GROUPS.length] ?? "a", place };
      const version = `setup.${place}`;
      const row = tx.insert("rows", { ...content, version, items: [version] });
      rows.push({ row, version, content, items: [version] });
    }
    await disk.commit(tx, { source: null }).durable;
    this.#callers.foundAtStart(rows);
  }

  async #turn(): Promise<void> {
    const { disk, machine, paused } = this.#bed;
    const idle = this.#sessions.filter(({ isWaiting, left }) => !isWaiting && left.length > 0);
    const choices = [
      ...(idle.length > 0 ? ["send", "send", "send", "send"] : []),
      ...(paused.length > 0 ? ["resume", "resume", "resume"] : []),
      ...(disk.isBehind ? ["sync"] : []),
    ];
    switch (choices[this.#turns.below(choices.length + 1)]) {
      case "send":
        this.#send(idle[this.#turns.below(idle.length)]);
        break;
      case "resume":
        paused.splice(this.#turns.below(paused.length), 1)[0]?.();
        break;
      case "sync":
        await machine.settle(); // else it would depend on the disk what runs meanwhile
        await disk.sync();
        break;
      default:
        machine.clock.advance(choices.length === 0 ? 4 * SHORT_MS : SHORT_MS);
    }
    if (this.#turns.below(2) === 0) await machine.settle();
    else for (let ticks = this.#turns.below(3); ticks > 0; ticks--) await machine.tick();
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #isOver(): Promise<boolean> {
    if (this.#running > 0 || this.#sessions.some(({ left }) => left.length > 0)) return false;
    if (this.#bed.disk.isBehind) return false;
    return !this.#hasJobs();
  }

  #hasJobs(): boolean {
    const tx = this.#bed.disk.begin();
    const waiting = tx.system.query("_scheduled_internal", "by_due", ["waiting"], { limit: 1 });
    tx.close();
    return waiting.length > 0;
  }

  #send(session: Session | undefined): void {
    const planned = session?.left.shift();
    if (session === undefined || planned === undefined) return;
    session.isWaiting = true;
    this.#track(async () => {
      await this.#callers.perform(session, `${session.name}.${session.sent++}`, planned);
      session.isWaiting = false;
    });
  }

  /** Everything, with everybody's eyes. */
  async #lookAtTheEnd(): Promise<void> {
    const steps = Array.from({ length: FIRST_ROWS }, (_, row): Step => ({ kind: "get", row }));
    this.#track(() => this.#callers.query("end", [...steps, EVERYTHING], false));
    for (const session of this.#sessions)
      this.#track(() => this.#callers.watch(session, `${session.name}.end`));
    while (this.#running > 0) await this.#bed.machine.settle();
    if (this.#failure !== null) throw this.#failure.error;
  }

  #track(work: () => Promise<void>): void {
    this.#counted(work).catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}
