/**
 * Pushed schemas (the app's and its components', together) on their way to becoming the
 * active ones.
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
import type { Catalog } from "./catalog.ts";
import type { PastCommit } from "./history.ts";
import { PendingSchema } from "./pending-schema.ts";
import { parseSchema } from "./schema.ts";
import {
  diffIndexes,
  stagedToFill,
  surveyedTables,
  tablesWithStaged,
  type UnfilledIndex,
} from "./schema-diff.ts";
import type { SurveyedTable, TaskReport, WriterTask } from "./survey.ts";
import type {
  Database,
  IndexDescription,
  IndexDiff,
  IndexDiffs,
  PushedSchemas,
  SchemaPush,
  Transaction,
} from "./types.ts";

/** Older snapshots may still read a dropped index; they are gone after this. */
const COLLECT_AFTER_MS = 5 * 60_000;

interface PushHost {
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

  diff(schemas: PushedSchemas): IndexDiffs {
    const catalog = this.#host.catalog();
    const diffs = [...schemas].map(
      ([component, schema]) => [component, diffIndexes(catalog.in(component), schema)] as const,
    );
    return new Map(diffs);
  }

  prepare(pushed: PushedSchemas): SchemaPush {
    const schemas = new Map([...pushed].map(([path, schema]) => [path, storedForm(schema)]));
    const diffs = this.diff(schemas);
    const current = this.#current;
    if (current?.isLive() === true && sameSchemas(current.schemas, schemas)) return current;
    current?.overtake();
    const { unfilled, durable } = this.#addPending(schemas, diffs);
    const push = new PendingSchema(String(++this.#pushCount), schemas, diffs, this.#host.clock);
    this.#current = push;
    this.#startSurvey(push, unfilled, durable);
    return push;
  }

  #addPending(schemas: PushedSchemas, diffs: IndexDiffs) {
    const { database } = this.#host;
    const tx = database.begin();
    try {
      this.dropPending(tx);
      const unfilled = [...schemas].flatMap(([component, schema]) => {
        const view = tx.within(component);
        for (const table of parseSchema(schema).tables.keys()) view.ensureTable(table);
        const diff = diffs.get(component);
        if (diff === undefined) return [];
        const added = addIndexes(view, diff.added, () => this.#host.nextSerial());
        return [...added, ...this.#toEnable(component, diff)];
      });
      const { durable } = database.commit(tx, { source: null });
      return { unfilled, durable };
    } finally {
      tx.close();
    }
  }

  /** Fills staged indexes, which no push waits for. Safe to repeat. */
  fillStaged(): void {
    const tables = tablesWithStaged(this.#host.catalog());
    if (tables.length === 0) return;
    const task: WriterTask = { kind: "survey", tables, tableNames: [] };
    this.#host.queue.startTask(task, (report) => {
      if ((report as TaskReport).kind === "done") this.#markFilled(tables);
    });
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
      // What was committed until now must be on disk before the walk begins.
      const durable = this.#host.database.whenDurable(past.commit.ts);
      void durable.then(() => this.fillStaged(), ignored);
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
      .allTables.flatMap(({ indexes, searches }) =>
        [...indexes.values(), ...searches.values()].map(({ id }) => id),
      );
  }

  #markFilled(tables: readonly SurveyedTable[]): void {
    const filled = new Set(tables.flatMap(({ newIndexes }) => newIndexes.map(({ id }) => id)));
    const { database } = this.#host;
    const tx = database.begin();
    try {
      for (const row of tx.system.query("_indexes", "by_creation_time")) {
        if (row.staged === "filling" && filled.has(Number(row.index)))
          tx.system.patch("_indexes", row._id, { staged: "filled" });
      }
      void database.commit(tx, { source: null }).durable.catch(ignored);
    } finally {
      tx.close();
    }
  }

  /** Staged indexes that a push enables before they are filled. */
  #toEnable(component: string, { enabled }: IndexDiff): UnfilledIndex[] {
    const tables = this.#host.catalog().in(component);
    return enabled.flatMap(({ table, name }) => {
      const info = tables.table(table);
      return info === null ? [] : stagedToFill(info).filter((index) => index.name === name);
    });
  }

  #startSurvey(
    push: PendingSchema,
    unfilled: readonly UnfilledIndex[],
    durable: Promise<void>,
  ): void {
    const catalog = this.#host.catalog();
    const tables = [...push.schemas].flatMap(([component, schema]) => {
      const own = unfilled.filter((index) => index.component === component);
      return surveyedTables(catalog.in(component), schema, own);
    });
    push.expect(tables);
    if (tables.length === 0) return;
    const tableNames = catalog.allTables.map(({ component, number, name }) => ({
      component,
      number,
      name,
    }));
    const task: WriterTask = { kind: "survey", tables, tableNames };
    // What was committed before the new indexes must be on disk before the walk begins.
    void durable.then(
      () =>
        push.start(() =>
          this.#host.queue.startTask(task, (report) => push.hear(report as TaskReport)),
        ),
      (error: Error) => push.fail({ error: error.message, component: "", tableName: null }),
    );
  }
}

/** Returns those the push has to wait for. */
function addIndexes(
  tx: Transaction,
  added: readonly IndexDescription[],
  nextId: () => number,
): UnfilledIndex[] {
  const unfilled: UnfilledIndex[] = [];
  for (const { table, name, shape, staged } of added) {
    const id = nextId();
    tx.system.insert("_indexes", {
      index: id,
      tableNumber: tx.ensureTable(table).tablet,
      name,
      fields: shape.kind === "database" ? [...shape.fields] : [],
      pending: true,
      ...(shape.kind === "database"
        ? {}
        : { search: { ...shape, filterFields: [...shape.filterFields] } }),
      ...(staged ? { staged: "filling" } : {}),
    });
    if (!staged) unfilled.push({ id, component: tx.component, table, name, shape });
  }
  return unfilled;
}

/** A failed write has ended the engine already, and said so. */
function ignored(): void {}

/** As it is stored, so that an unchanged schema is seen to be unchanged. */
function storedForm(schema: JSONValue | null): JSONValue | null {
  return schema === null ? null : canonicalize(schema).json;
}

function sameSchemas(a: PushedSchemas, b: PushedSchemas): boolean {
  return JSON.stringify([...a].sort(byPath)) === JSON.stringify([...b].sort(byPath));
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
