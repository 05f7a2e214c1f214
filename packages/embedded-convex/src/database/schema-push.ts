/**
 * Pushed schemas on their way to becoming the active one.
 *
 *   prepare -> inProgress -> complete -> activated by a transaction
 *                  |             |
 *                  +-> failed <--+    a document, old or new, does not match
 *                  +-> raceDetected   a newer push has taken its place
 *
 * While a push is on its way, commits keep its new indexes up to date and are checked
 * against it; the writer thread looks after what was there before.
 */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import type { Clock } from "../rooms.ts";
import type { CommitQueue } from "../store/commit-queue.ts";
import { canonicalize } from "../values/canonical.ts";
import type { Catalog, CatalogView, TableInfo } from "./catalog.ts";
import type { PastCommit } from "./history.ts";
import { parseSchema, type TableDefinition } from "./schema.ts";
import type { SurveyedTable, TaskReport, WriterTask } from "./survey.ts";
import type {
  Database,
  IndexDescription,
  IndexDiff,
  SchemaPush,
  SchemaPushState,
  Transaction,
} from "./types.ts";
import { checkDocumentValue } from "./validators.ts";

/** Older snapshots may still read a dropped index; they are gone after this. */
const COLLECT_AFTER_MS = 5 * 60_000;

export interface PushHost {
  readonly database: Database;
  readonly queue: CommitQueue;
  readonly clock: Clock;
  /** The newest catalog, with pending indexes. */
  catalog(): Catalog;
  /** Takes the next serial: every index id handed out before is smaller. */
  nextSerial(): number;
}

export class SchemaPushes {
  readonly #host: PushHost;
  #current: PendingSchema | null = null;
  #cancelCollection: () => void = () => undefined;
  #pushCount = 0;

  constructor(host: PushHost) {
    this.#host = host;
  }

  diff(schema: JSONValue | null): IndexDiff {
    const wanted = parseSchema(schema).tables;
    const { userTables } = this.#host.catalog();
    const existing = userTables.flatMap(describeIndexes);
    const defined = [...wanted.values()].flatMap(describeDefinitions);
    return { added: without(defined, existing), removed: without(existing, defined) };
  }

  prepare(pushed: JSONValue | null): SchemaPush {
    // The stored form, so that an unchanged schema is seen to be unchanged.
    const schema = pushed === null ? null : canonicalize(pushed).json;
    const diff = this.diff(schema);
    const current = this.#current;
    if (current?.isLive() === true && sameJson(current.schema, schema)) return current;
    current?.overtake();
    const { database } = this.#host;
    const tx = database.begin();
    this.dropPending(tx);
    addTables(tx, this.#host.catalog(), schema);
    const newIndexes = addIndexes(tx, diff.added, () => this.#host.nextSerial());
    const { durable } = database.commit(tx, { source: null });
    const push = new PendingSchema(String(++this.#pushCount), schema, diff, this.#host.clock);
    this.#current = push;
    this.#startSurvey(push, newIndexes, durable);
    return push;
  }

  /** Indexes of a push that never became active, left by a crash or overtaken. */
  dropPending(tx: Transaction): void {
    for (const row of tx.system.query("_indexes", "by_creation_time")) {
      if (row.pending === true) tx.system.remove("_indexes", row._id);
    }
  }

  /** Throws PushError when the schema a transaction activates has failed or been overtaken since. */
  checkActivation(push: SchemaPush | null): void {
    if (push === null) return;
    const state = push.state();
    if (state.kind === "failed") throw new PushError("SchemaValidationFailed", state.error);
    if (push !== this.#current || state.kind !== "complete") {
      throw new PushError("RaceDetected", "Another push has taken place meanwhile: push again.");
    }
  }

  /** Every commit passes here, in order. */
  observe(past: PastCommit, activation: SchemaPush | null): void {
    if (activation !== null) {
      this.#current = null;
      this.#collectLater();
    } else this.#current?.observe(past);
  }

  /** Deletes rows of indexes that no longer exist. */
  collectGarbage(): void {
    const { queue } = this.#host;
    const live = this.#liveIndexes();
    const task: WriterTask = { kind: "collect", live, below: this.#host.nextSerial() };
    queue.startTask(task, () => undefined);
  }

  close(): void {
    this.#cancelCollection();
    this.#current?.overtake();
  }

  #collectLater(): void {
    this.#cancelCollection();
    this.#cancelCollection = this.#host.clock.after(COLLECT_AFTER_MS, () => this.collectGarbage());
  }

  #liveIndexes(): number[] {
    return this.#host
      .catalog()
      .allTables.flatMap((table) => [...table.indexes.values()].map(({ id }) => id));
  }

  #startSurvey(push: PendingSchema, newIndexes: readonly NewIndex[], durable: Promise<void>): void {
    const catalog = this.#host.catalog();
    const tables = surveyedTables(catalog, push.schema, newIndexes);
    push.expect(tables);
    if (tables.length === 0) return;
    const tableNames = catalog.allTables.map(({ number, name }) => [number, name] as const);
    const task: WriterTask = { kind: "survey", tables, tableNames };
    // What was committed before the new indexes must be on disk before the walk begins.
    void durable.then(
      () =>
        push.start(() =>
          this.#host.queue.startTask(task, (report) => push.hear(report as TaskReport)),
        ),
      (error: Error) => push.fail(error.message, null),
    );
  }
}

/** One push. */
class PendingSchema implements SchemaPush {
  readonly id: string;
  readonly schema: JSONValue | null;
  readonly diff: IndexDiff;
  readonly #clock: Clock;
  readonly #settled = Promise.withResolvers<void>();
  #state: SchemaPushState = { kind: "complete" };
  #left: SurveyedTable[] = [];
  #watched: ReadonlyMap<string, TableDefinition> = new Map();
  #cancelTask: () => void = () => undefined;

  constructor(id: string, schema: JSONValue | null, diff: IndexDiff, clock: Clock) {
    this.id = id;
    this.schema = schema;
    this.diff = diff;
    this.#clock = clock;
    this.#watched = parseSchema(schema).tables;
  }

  state(): SchemaPushState {
    return this.#state;
  }

  isLive(): boolean {
    return this.#state.kind === "inProgress" || this.#state.kind === "complete";
  }

  wait(timeoutMs: number): Promise<SchemaPushState> {
    if (this.#state.kind !== "inProgress") return Promise.resolve(this.#state);
    const timeout = Promise.withResolvers<void>();
    const cancel = this.#clock.after(timeoutMs, timeout.resolve);
    return Promise.race([this.#settled.promise, timeout.promise]).then(() => {
      cancel();
      return this.#state;
    });
  }

  cancel(): void {
    this.overtake();
  }

  overtake(): void {
    if (this.isLive()) this.#settle({ kind: "raceDetected" });
  }

  fail(error: string, tableName: string | null): void {
    if (this.isLive()) this.#settle({ kind: "failed", error, tableName });
  }

  expect(tables: readonly SurveyedTable[]): void {
    this.#left = [...tables];
    this.#progress();
  }

  start(startTask: () => () => void): void {
    if (this.#state.kind === "inProgress") this.#cancelTask = startTask();
  }

  hear(report: TaskReport): void {
    if (report.kind === "invalid") {
      const { table, id, detail } = report;
      this.fail(
        `Document with ID "${id}" in table "${table}" does not match the schema: ${detail}`,
        table,
      );
    } else if (report.kind === "tableDone") {
      this.#left = this.#left.filter(({ name }) => name !== report.table);
      if (this.#state.kind === "inProgress") this.#progress();
    }
  }

  /** New documents must match too, also after the old ones were found to. */
  observe(past: PastCommit): void {
    if (!this.isLive()) return;
    const context = {
      tableName: (number: number) => past.catalog.tableByNumber(number)?.name ?? null,
    };
    for (const { table, after } of past.documents) {
      const validator = after === null ? null : this.#watched.get(table)?.validator;
      if (after === null || validator === undefined || validator === null) continue;
      const detail = checkDocumentValue(validator, after.fields(), context);
      if (detail !== null) {
        this.fail(`New document in table "${table}" does not match the schema: ${detail}`, table);
        return;
      }
    }
  }

  #progress(): void {
    if (this.#left.length === 0) {
      this.#settle({ kind: "complete" });
      return;
    }
    const total = this.diff.added.length;
    const missing = this.#left.reduce((sum, table) => sum + table.newIndexes.length, 0);
    this.#state = {
      kind: "inProgress",
      validated: this.#left.every((table) => table.validator === null),
      indexesComplete: total - missing,
      indexesTotal: total,
    };
  }

  #settle(state: SchemaPushState): void {
    this.#state = state;
    this.#cancelTask();
    this.#settled.resolve();
  }
}

interface NewIndex extends IndexDescription {
  readonly id: number;
}

function addTables(tx: Transaction, catalog: CatalogView, schema: JSONValue | null): void {
  for (const name of parseSchema(schema).tables.keys()) {
    if (catalog.table(name) === null) tx.ensureTable(name);
  }
}

function addIndexes(
  tx: Transaction,
  added: readonly IndexDescription[],
  nextId: () => number,
): NewIndex[] {
  return added.map(({ table, name, fields }) => {
    const tableNumber = tx.ensureTable(table);
    const id = nextId();
    tx.system.insert("_indexes", {
      index: id,
      tableNumber,
      name,
      fields: [...fields],
      pending: true,
    });
    return { id, table, name, fields };
  });
}

/** Tables with new indexes, or with a validator that existing documents may not match. */
function surveyedTables(
  catalog: Catalog,
  schema: JSONValue | null,
  newIndexes: readonly NewIndex[],
): SurveyedTable[] {
  const active = parseSchema(catalog.schema).tables;
  const surveyed: SurveyedTable[] = [];
  for (const [name, definition] of parseSchema(schema).tables) {
    const table = catalog.table(name);
    const walkIndex = table?.indexes.get("by_creation_time")?.id;
    if (walkIndex === undefined) continue;
    const indexes = newIndexes.filter((index) => index.table === name);
    const unchanged = active.get(name)?.validatorText === definition.validatorText;
    const validator = unchanged || definition.validator === null ? null : definition.validatorText;
    if (indexes.length === 0 && validator === null) continue;
    const newOnes = indexes.map(({ id, fields }) => ({ id, fields }));
    const json = validator === null ? null : (JSON.parse(validator) as JSONValue);
    surveyed.push({ name, walkIndex, newIndexes: newOnes, validator: json });
  }
  return surveyed;
}

function describeIndexes(table: TableInfo): IndexDescription[] {
  const own = [...table.indexes.values()].filter(
    ({ name, pending }) => !pending && name !== "by_id" && name !== "by_creation_time",
  );
  return own.map(({ name, fields }) => ({ table: table.name, name, fields }));
}

function describeDefinitions({ name: table, indexes }: TableDefinition): IndexDescription[] {
  return indexes.map(({ name, fields }) => ({ table, name, fields: [...fields, "_creationTime"] }));
}

function without(
  list: readonly IndexDescription[],
  others: readonly IndexDescription[],
): IndexDescription[] {
  const known = new Set(others.map((one) => JSON.stringify([one.table, one.name, one.fields])));
  return list.filter((one) => !known.has(JSON.stringify([one.table, one.name, one.fields])));
}

function sameJson(a: JSONValue | null, b: JSONValue | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
