/** One pushed schema and how far it has come; schema-push.ts has the picture. */
import type { JSONValue } from "convex/values";
import type { Clock } from "../rooms.ts";
import type { PastCommit } from "./history.ts";
import { parseSchema, type TableDefinition } from "./schema.ts";
import type { SurveyedTable, TaskReport } from "./survey.ts";
import type { IndexDiff, SchemaPush, SchemaPushState } from "./types.ts";
import { checkDocumentValue } from "./validators.ts";

export class PendingSchema implements SchemaPush {
  readonly id: string;
  readonly schema: JSONValue | null;
  readonly diff: IndexDiff;
  readonly #clock: Clock;
  readonly #settled = Promise.withResolvers<void>();
  #state: SchemaPushState = { kind: "complete" };
  #left: SurveyedTable[] = [];
  #indexesTotal = 0;
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
    this.#indexesTotal = indexesIn(tables);
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
    const total = this.#indexesTotal;
    const missing = indexesIn(this.#left);
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

function indexesIn(tables: readonly SurveyedTable[]): number {
  return tables.reduce((sum, table) => sum + table.newIndexes.length, 0);
}
