/**
 * evaluate_schema: which indexes a push would add and drop, and how many documents their
 * tables have, so that the CLI can ask before it drops or fills a large one. Code is left
 * out: the CLI calls this with each push. Nothing is said of documents to be validated.
 *
 * [PUSH35] `deploy` asks before it drops an index of a large table or fills one.
 */
import type { JSONValue } from "convex/values";
import { stagedToFill } from "../database/schema-diff.ts";
import type { Database, IndexDescription, IndexDiff, Transaction } from "../database/types.ts";
import type { PushAnalyzer } from "../rooms.ts";
import { indexJson } from "./push-answers.ts";
import type { PushRequest } from "./push-request.ts";
import { evaluatePush } from "./start-push.ts";

interface Doors {
  readonly database: Database;
  readonly analyzer: PushAnalyzer;
}

/** Throws PushError with what is wrong with a schema or a definition. */
export async function evaluateSchema(request: PushRequest, doors: Doors): Promise<JSONValue> {
  const { components, schemas, indexDiffs } = await evaluatePush(withoutCode(request), doors);
  const tx = doors.database.begin({ unlimited: true });
  try {
    const evaluations = components.map(({ path, definition }): [string, JSONValue] => {
      const diff = indexDiffs.get(path);
      const indexes = diff === undefined ? [] : predictions(tx.within(path), diff, doors.database);
      const schemaValidation = isValidating(schemas.get(path) ?? null);
      return [path, { definitionPath: definition, schemaValidation, tables: [], indexes }];
    });
    return {
      componentSchemaEvaluations: Object.fromEntries(evaluations),
      newComponentDefinitions: [],
    };
  } finally {
    tx.close();
  }
}

function withoutCode(request: PushRequest): PushRequest {
  const components = request.components.map((component) => ({ ...component, modules: [] }));
  return { ...request, changedModules: [], unchangedModules: [], components };
}

function predictions(tx: Transaction, diff: IndexDiff, database: Database): JSONValue[] {
  const isUnfilled = ({ table: tableName, name }: IndexDescription) => {
    const table = database.catalog.in(tx.component).table(tableName);
    return table !== null && stagedToFill(table).some((index) => index.name === name);
  };
  const of = (
    change: string,
    indexes: readonly IndexDescription[],
    needsBackfill: (index: IndexDescription) => boolean,
  ) =>
    indexes.map((index) => ({
      ...indexJson(index),
      change,
      needsBackfill: needsBackfill(index),
      numDocs: tx.count(index.table),
    }));
  return [
    ...of("added", diff.added, () => true),
    ...of("dropped", diff.removed, () => false),
    ...of("enabled", diff.enabled, isUnfilled),
    ...of("disabled", diff.disabled, () => false),
  ];
}

function isValidating(schema: JSONValue): boolean {
  const { schemaValidation } = (schema ?? {}) as { schemaValidation?: JSONValue };
  return schemaValidation === true;
}
