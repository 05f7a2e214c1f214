/**
 * Plays a plan on the engine and writes down the history.
 *
 *   turn:  a session sends its next transaction
 *        | a function that waits goes on        (any of them, as the seed says)
 *        | the disk syncs
 *        | time passes
 *   then the functions run: until all wait, or a slice or two
 */
import type { JSONValue } from "convex/values";
import { OccError } from "../../src/errors.ts";
import type { FunctionCall, MutationOutcome, QueryOutcome, Timestamp } from "../../src/rooms.ts";
import type { QuerySubscription } from "../../src/subscriptions/query-cache.ts";
import { callOf, NOBODY } from "../function-app.ts";
import type { History, Observation, Transaction } from "./checker/history.ts";
import type { Concurrency } from "./delayed-disk.ts";
import type { HistoryBed } from "./history-bed.ts";
import {
  FIRST_ROWS,
  GROUPS,
  type Plan,
  type PlannedTransaction,
  type RangeStep,
  type Step,
} from "./plan.ts";
import { Turns } from "./turns.ts";

export interface Played {
  readonly history: History;
  /** Conflicts after which a function ran again; the others gave up. */
  readonly retries: number;
  readonly concurrency: Concurrency;
}

const CHANGE = "transactions:change";
const LOOK = "transactions:look";
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

let plays = 0;

export async function play(bed: HistoryBed, plan: Plan): Promise<Played> {
  const turns = new Turns(plan.turns);
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
  readonly #history: Transaction[] = [];
  readonly #timestamps: Timestamp[] = [];
  readonly #run = plays++;
  #firstRows: string[] = [];
  #now = 0;
  #gaveUp = 0;
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
    bed.onJob = (call, run) => this.#job(call, run);
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
    const retries = concurrency.conflicts - this.#gaveUp;
    return { history: this.#history, retries, concurrency };
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
    const observations: Observation[] = [];
    for (let place = 0; place < FIRST_ROWS; place++) {
      const content = { group: GROUPS[place % GROUPS.length] ?? "a", place };
      const version = `setup.${place}`;
      const row = tx.insert("rows", { ...content, version, items: [version] });
      this.#firstRows.push(row);
      observations.push({ kind: "write", row, version, over: null, content });
    }
    await disk.commit(tx, { source: null }).durable;
    this.#record("setup", observations, { startedAt: this.#now++ });
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
      await this.#perform(session, `${session.name}.${session.sent++}`, planned);
      session.isWaiting = false;
    });
  }

  async #perform(session: Session, name: string, planned: PlannedTransaction): Promise<void> {
    switch (planned.kind) {
      case "mutation":
        return await this.#mutation(session, name, planned);
      case "query":
        return await this.#query(name, planned.steps, planned.isOfThePast);
      case "watch":
        return await this.#watch(session, name);
      default:
        return planned satisfies never;
    }
  }

  async #mutation(
    session: Session,
    name: string,
    planned: Extract<PlannedTransaction, { kind: "mutation" }>,
  ): Promise<void> {
    const { steps, fails, sent } = planned;
    const startedAt = this.#now++;
    const call = callOf(CHANGE, this.#args(name, steps, fails));
    const request = { sessionId: `${this.#run} ${session.name}`, requestId: session.sent };
    const answers: { outcome: MutationOutcome | null; endedAt: number }[] = [];
    const once = async () => {
      const outcome = await this.#answerOf(() =>
        this.#bed.app.room.mutation(call, ...(sent === "plain" ? [] : [request])),
      );
      answers.push({ outcome, endedAt: this.#now++ });
    };
    await Promise.all(sent === "twice" ? [once(), once()] : [once()]);
    const seen = new Set<string>();
    for (const { outcome, endedAt } of answers) {
      if (outcome === null) continue;
      const observations = this.#observationsOf(outcome);
      const text = JSON.stringify(observations);
      if (seen.has(text)) continue; // the same answer again, as it must be
      seen.add(text);
      if (outcome.ok) this.#timestamps.push(outcome.ts);
      const result = outcome.ok ? "committed" : "aborted";
      this.#record(name, observations, { startedAt, endedAt, outcome: result, request: name });
    }
  }

  /** Null when the conflicts were too many; then nothing was written. */
  async #answerOf(send: () => Promise<MutationOutcome>): Promise<MutationOutcome | null> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof OccError)) throw error;
      this.#gaveUp++;
      return null;
    }
  }

  async #query(name: string, steps: readonly Step[], isOfThePast: boolean): Promise<void> {
    const startedAt = this.#now++;
    const at = isOfThePast
      ? this.#timestamps[this.#turns.below(this.#timestamps.length + 1)]
      : undefined;
    // What was committed is asked for once it is on disk, as clients do.
    const options = at === undefined || at > this.#bed.disk.durableTs ? {} : { at };
    const outcome = await this.#bed.app.room.query(callOf(LOOK, this.#args(name, steps)), options);
    this.#record(name, observationsOfQuery(outcome), {
      startedAt,
      isOfThePast: options.at !== undefined,
    });
  }

  async #watch(session: Session, name: string): Promise<void> {
    const startedAt = this.#now++;
    const { cache } = this.#bed;
    session.subscription ??= cache.subscribe(
      {
        address: { component: "", path: LOOK },
        args: [this.#args("watch", [session.watched])],
        journal: null,
        allowed: "all",
      },
      NOBODY.identity,
      () => {},
    );
    const { subscription } = session;
    const tail = await new Promise<string>((resolve, reject) => {
      subscription.read(cache.ts, true, (reading) => {
        if (reading.kind === "result") resolve(reading.result.tail.toString());
        else reject(new Error(`a subscription was ${reading.kind}`));
      });
    });
    const { value } = JSON.parse(`{${tail}`) as { value: Observation[] };
    this.#record(name, value, { startedAt });
  }

  async #job(call: FunctionCall, run: () => Promise<MutationOutcome | "skipped">) {
    const startedAt = this.#now++;
    this.#running++;
    try {
      const outcome = await run();
      if (outcome === "skipped") return outcome;
      const { name } = call.args[0] as { name: string };
      this.#record(name, this.#observationsOf(outcome), { startedAt, job: name });
      return outcome;
    } finally {
      this.#running--;
    }
  }

  /** Everything, with everybody's eyes. */
  async #lookAtTheEnd(): Promise<void> {
    const steps: Step[] = this.#firstRows.map((_, row) => ({ kind: "get", row }));
    this.#track(() => this.#query("end", [...steps, EVERYTHING], false));
    for (const session of this.#sessions)
      this.#track(() => this.#watch(session, `${session.name}.end`));
    while (this.#running > 0) await this.#bed.machine.settle();
    if (this.#failure !== null) throw this.#failure.error;
  }

  #track(work: () => Promise<void>): void {
    this.#running++;
    work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running--;
      });
  }

  #args(name: string, steps: readonly Step[], fails = false): JSONValue {
    return JSON.parse(
      JSON.stringify({ name, steps, fails, firstRows: this.#firstRows }),
    ) as JSONValue;
  }

  #observationsOf(outcome: MutationOutcome): Observation[] {
    if (outcome.ok) return JSON.parse(outcome.json) as Observation[];
    if (outcome.failure.data === undefined) throw new Error(outcome.failure.text);
    return outcome.failure.data as unknown as Observation[];
  }

  #record(
    name: string,
    observations: readonly Observation[],
    more: Partial<Transaction> & { readonly startedAt: number },
  ): void {
    this.#history.push({ name, outcome: "committed", endedAt: this.#now++, ...more, observations });
  }
}

interface Session {
  readonly name: string;
  readonly left: PlannedTransaction[];
  readonly watched: RangeStep;
  sent: number;
  isWaiting: boolean;
  subscription: QuerySubscription | null;
}

function observationsOfQuery({ result }: QueryOutcome): Observation[] {
  if (!result.ok) throw new Error(result.failure.text);
  return JSON.parse(result.json) as Observation[];
}
