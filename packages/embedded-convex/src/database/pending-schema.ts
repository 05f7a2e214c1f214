/** The schemas of one push and how far they have come; schema-push.ts has the picture. */
import type { Clock } from "../rooms.ts";
import type { PastCommit } from "./history.ts";
import { parseSchema, type TableDefinition } from "./schema.ts";
import type { SurveyedTable, TaskReport } from "./survey.ts";
import type {
  IndexDiffs,
  PushedSchemas,
  SchemaProgress,
  SchemaPush,
  SchemaPushState,
} from "./types.ts";
import { checkDocumentValue } from "./validators.ts";

export class PendingSchema implements SchemaPush {
  readonly id: string;
  readonly schemas: PushedSchemas;
  readonly diffs: IndexDiffs;
  readonly #clock: Clock;
  readonly #settled = Promise.withResolvers<void>();
  #state: SchemaPushState = { kind: "complete" };
  #left: SurveyedTable[] = [];
  /** By component: how many indexes were to be filled. */
  #toFill: ReadonlyMap<string, number> = new Map();
  /** By component and table. */
  readonly #watched: ReadonlyMap<string, ReadonlyMap<string, TableDefinition>>;
  #cancelTask: () => void = () => undefined;

  constructor(id: string, schemas: PushedSchemas, diffs: IndexDiffs, clock: Clock) {
    this.id = id;
    this.schemas = schemas;
    this.diffs = diffs;
    this.#clock = clock;
    const tables = [...schemas].map(
      ([path, schema]) => [path, parseSchema(schema).tables] as const,
    );
    this.#watched = new Map(tables);
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

  fail(failure: {
    readonly error: string;
    readonly component: string;
    readonly tableName: string | null;
  }): void {
    if (this.isLive()) this.#settle({ kind: "failed", ...failure });
  }

  expect(tables: readonly SurveyedTable[]): void {
    this.#left = [...tables];
    const components = Map.groupBy(tables, ({ component }) => component);
    this.#toFill = new Map([...components].map(([path, own]) => [path, indexesIn(own)]));
    this.#progress();
  }

  start(startTask: () => () => void): void {
    if (this.#state.kind === "inProgress") this.#cancelTask = startTask();
  }

  hear(report: TaskReport): void {
    if (report.kind === "invalid") {
      const { component, table: tableName, id, detail } = report;
      const error = `Document with ID "${id}" in table "${tableName}" does not match the schema: ${detail}`;
      this.fail({ error, component, tableName });
    } else if (report.kind === "tableDone") {
      this.#left = this.#left.filter(({ tablet }) => tablet !== report.tablet);
      if (this.#state.kind === "inProgress") this.#progress();
    }
  }

  /** New documents must match too, also after the old ones were found to. */
  observe(past: PastCommit): void {
    if (!this.isLive()) return;
    for (const { component, table: tableName, after } of past.documents) {
      const validator = this.#watched.get(component)?.get(tableName)?.validator;
      if (after === null || validator === undefined || validator === null) continue;
      const tables = past.catalog.in(component);
      const context = { tableName: (number: number) => tables.tableByNumber(number)?.name ?? null };
      const detail = checkDocumentValue(validator, after.fields(), context);
      if (detail === null) continue;
      const error = `New document in table "${tableName}" does not match the schema: ${detail}`;
      this.fail({ error, component, tableName });
      return;
    }
  }

  #progress(): void {
    if (this.#left.length === 0) {
      this.#settle({ kind: "complete" });
      return;
    }
    const components = [...this.schemas.keys()].map(
      (path) => [path, this.#progressOf(path)] as const,
    );
    this.#state = { kind: "inProgress", components: new Map(components) };
  }

  #progressOf(component: string): SchemaProgress {
    const left = this.#left.filter((table) => table.component === component);
    const indexesTotal = this.#toFill.get(component) ?? 0;
    const validated = left.every((table) => table.validator === null);
    return { validated, indexesComplete: indexesTotal - indexesIn(left), indexesTotal };
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
