/**
 * Those who call: they send a transaction over HTTP, a socket or a subscription, wait for the
 * answer, and write into the history what they were told and when.
 */
import type { JSONValue } from "convex/values";
import { OccError } from "../../src/errors.ts";
import type { FunctionCall, MutationOutcome, QueryOutcome, Timestamp } from "../../src/rooms.ts";
import type { QuerySubscription } from "../../src/subscriptions/query-cache.ts";
import { callOf, NOBODY } from "../function-app.ts";
import type { FoundRow, History, Observation, Transaction } from "./checker/history.ts";
import type { HistoryBed } from "./history-bed.ts";
import type { PlannedTransaction, RangeStep, Step } from "./plan.ts";
import type { Turns } from "./turns.ts";

const CHANGE = "transactions:change";
const LOOK = "transactions:look";

let runs = 0;

export interface Session {
  readonly name: string;
  readonly left: PlannedTransaction[];
  readonly watched: RangeStep;
  sent: number;
  isWaiting: boolean;
  subscription: QuerySubscription | null;
}

export class Callers {
  /** Conflicts after which nobody tried again. */
  gaveUp = 0;
  readonly #bed: HistoryBed;
  readonly #turns: Turns;
  readonly #history: Transaction[] = [];
  readonly #timestamps: Timestamp[] = [];
  readonly #run = runs++;
  #firstRows: readonly string[] = [];
  #now = 0;

  constructor(bed: HistoryBed, turns: Turns) {
    this.#bed = bed;
    this.#turns = turns;
  }

  get history(): History {
    return this.#history;
  }

  foundAtStart(rows: readonly FoundRow[]): void {
    this.#firstRows = rows.map(({ row }) => row);
    const writes = rows.map(
      ({ row, version, content }): Observation => ({
        kind: "write",
        row,
        version,
        over: null,
        content,
      }),
    );
    this.#record("setup", writes, { startedAt: this.#now++ });
  }

  async perform(session: Session, name: string, planned: PlannedTransaction): Promise<void> {
    switch (planned.kind) {
      case "mutation":
        return await this.#mutation(session, name, planned);
      case "query":
        return await this.query(name, planned.steps, planned.isOfThePast);
      case "watch":
        return await this.watch(session, name);
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
      this.gaveUp++;
      return null;
    }
  }

  async query(name: string, steps: readonly Step[], isOfThePast: boolean): Promise<void> {
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

  async watch(session: Session, name: string): Promise<void> {
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
      { onTouched: () => {}, onReady: () => {} },
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

  async job(call: FunctionCall, run: () => Promise<MutationOutcome | "skipped">) {
    const startedAt = this.#now++;
    const outcome = await run();
    if (outcome === "skipped") return outcome;
    const { name } = call.args[0] as { name: string };
    this.#record(name, this.#observationsOf(outcome), { startedAt, job: name });
    return outcome;
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

function observationsOfQuery({ result }: QueryOutcome): Observation[] {
  if (!result.ok) throw new Error(result.failure.text);
  return JSON.parse(result.json) as Observation[];
}
