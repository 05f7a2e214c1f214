/**
 * The engine's own tables: documents in the same log and the same transactions as
 * everyone's. A room that needs another index adds it at the end of a list here;
 * the index is built when the data directory is next opened.
 *
 * Numbers are permanent. Index ids are derived: 16 per table, by_id and
 * by_creation_time first, then in the order of the list.
 */
import { type IndexInfo, indexMap, type TableInfo } from "./catalog.ts";

interface SystemTable {
  readonly name: string;
  readonly number: number;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

const INDEXES_PER_TABLE = 16;
/** User tables are numbered from here on. */
export const FIRST_USER_TABLE_NUMBER = 10_001;
const DECLARED: readonly SystemTable[] = [
  // TableRow: also the tables of the engine that every component has its own of
  {
    name: "_tables",
    number: 513,
    indexes: { by_name: ["component", "name"], by_number: ["number"] },
  },
  // IndexRecord
  { name: "_indexes", number: 514, indexes: { by_table: ["tableNumber", "name"] } },
  // component, schema (parsed export): the active schemas
  { name: "_schemas", number: 515, indexes: { by_component: ["component"] } },
  // DeploymentRow
  { name: "_deployment", number: 516, indexes: {} },
  // StoredModule
  { name: "_modules", number: 517, indexes: { by_path: ["component", "path"] } },
  { name: "_environment", number: 518, indexes: { by_name: ["name"] } },
  { name: "_auth_config", number: 519, indexes: {} },
  { name: "_settings", number: 520, indexes: { by_name: ["name"] } },
  {
    name: "_crons",
    number: 521,
    indexes: { by_name: ["component", "name"], by_next: ["nextRunMs"] },
  },
  {
    name: "_session_requests",
    number: 522,
    indexes: { by_session_request: ["sessionId", "requestId"] },
  },
  {
    name: "_scheduled_internal",
    number: 523,
    indexes: { by_job: ["jobId"], by_due: ["state", "scheduledTime"] },
  },
  { name: "_component_definitions", number: 524, indexes: { by_path: ["path"] } },
  {
    name: "_scheduled_functions",
    number: 539,
    indexes: {
      by_due: ["state.kind", "scheduledTime"],
      by_completed: ["completedTime"],
    },
  },
  { name: "_storage", number: 540, indexes: {} },
  // fileId (a `_storage` id), storageId (uuid), component (absent: the app): what the user's row must not show
  {
    name: "_storage_internal",
    number: 541,
    indexes: { by_file: ["fileId"], by_storage_id: ["storageId"] },
  },
  { name: "_upload_tokens", number: 542, indexes: { by_token: ["token"] } },
  // ExportRow
  { name: "_exports", number: 543, indexes: {} },
  // ImportRow
  { name: "_imports", number: 544, indexes: {} },
  // ComponentRow
  { name: "_components", number: 545, indexes: { by_path: ["path"] } },
];

export const SYSTEM_TABLES: readonly TableInfo[] = DECLARED.map(toTable);

function toTable({ name, number, indexes }: SystemTable): TableInfo {
  const firstIndexId = number * INDEXES_PER_TABLE;
  const own = Object.entries(indexes).map(
    ([indexName, fields], i): IndexInfo => ({
      id: firstIndexId + 2 + i,
      name: indexName,
      fields: [...fields, "_creationTime"],
      pending: false,
      staged: false,
    }),
  );
  return {
    component: "",
    name,
    number,
    tablet: number,
    system: true,
    indexes: indexMap(firstIndexId, firstIndexId + 1, own),
    searches: new Map(),
  };
}
