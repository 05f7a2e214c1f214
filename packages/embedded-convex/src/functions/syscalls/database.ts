/** `ctx.db`: system calls of the database (contract 3.6 to 3.8). */

import type { JSONValue } from "convex/values";
import { isSearchQuery } from "../../database/query-plan.ts";
import type { DocumentCursor, Page } from "../../database/types.ts";
import { DeveloperError } from "../../errors.ts";
import type { SyscallScope } from "../execution-contract.ts";
import {
  numberArg,
  optionalNumber,
  optionalString,
  type SyscallArgs,
  stringArg,
  tableOption,
} from "./arguments.ts";
import type { OpenQueries } from "./open-queries.ts";

type Syscall = (execution: SyscallScope, args: SyscallArgs) => string;

export const databaseSyncCalls: Readonly<Record<string, Syscall>> = {
  "1.0/queryStream": ({ tx, queries }, args) => {
    const query = args.query ?? null;
    const queryId = queries.open(tx.openQuery(query, systemOption(query)));
    return JSON.stringify({ queryId });
  },
  "1.0/queryCleanup": ({ queries }, args) => String(queries.close(numberArg(args, "queryId"))),
  "1.0/db/normalizeId": ({ tx }, args) => {
    const id = tx.normalizeId(stringArg(args, "table"), stringArg(args, "idString"));
    return JSON.stringify({ id });
  },
  "1.0/getSnapshotTs": ({ tx }) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(tx.beginTs);
    return JSON.stringify({ $integer: bytes.toString("base64") });
  },
};

/** Null, and nothing has happened, when the answer has to be waited for: see `searchCalls`. */
type ImmediateSyscall = (execution: SyscallScope, args: SyscallArgs) => string | null;

export const databaseCalls: Readonly<Record<string, ImmediateSyscall>> = {
  "1.0/get": ({ tx }, args) => {
    const options = { ...tableOption(args), system: args.isSystem === true };
    return tx.get(stringArg(args, "id"), options) ?? "null";
  },
  "1.0/queryStreamNext": ({ queries }, args) => {
    const queryId = numberArg(args, "queryId");
    return openCursor(queries, queryId).isReady ? nextOf(queries, queryId) : null;
  },
  "1.0/queryPage": (scope, args) =>
    isSearchQuery(args.query ?? null) ? null : queryPage(scope, args),
  "1.0/count": ({ tx }, args) => String(tx.count(stringArg(args, "table"))),
  "1.0/insert": (execution, args) => {
    assertMutation(execution, "insert");
    const id = execution.tx.insert(stringArg(args, "table"), args.value ?? null);
    return JSON.stringify({ _id: id });
  },
  "1.0/shallowMerge": (execution, args) => {
    assertMutation(execution, "patch");
    return execution.tx.patch(stringArg(args, "id"), args.value ?? null, tableOption(args).table);
  },
  "1.0/replace": (execution, args) => {
    assertMutation(execution, "replace");
    return execution.tx.replace(stringArg(args, "id"), args.value ?? null, tableOption(args).table);
  },
  "1.0/remove": (execution, args) => {
    assertMutation(execution, "delete");
    return execution.tx.remove(stringArg(args, "id"), tableOption(args).table);
  },
};

type WaitingSyscall = (execution: SyscallScope, args: SyscallArgs) => Promise<string>;

/** The same calls where another thread has to search first. */
export const searchCalls: Readonly<Record<string, WaitingSyscall>> = {
  "1.0/queryStreamNext": async ({ queries }, args) => {
    const queryId = numberArg(args, "queryId");
    await openCursor(queries, queryId).prepare();
    return nextOf(queries, queryId);
  },
  "1.0/queryPage": searchPage,
};

function openCursor(queries: OpenQueries, queryId: number): DocumentCursor {
  const cursor = queries.find(queryId);
  if (cursor === null) throw new DeveloperError("in-progress query not found");
  return cursor;
}

function nextOf(queries: OpenQueries, queryId: number): string {
  const document = openCursor(queries, queryId).next();
  if (document === null) queries.close(queryId);
  return `{"value":${document ?? "null"},"done":${document === null}}`;
}

const ONE_PAGE =
  "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.";

const PAGES_OF_THE_APP =
  "paginate() is only supported in the app. Learn more at https://docs.convex.dev/components/authoring#pagination";

/** Of a full-text query; its other pages are the same without the wait. */
function searchPage(scope: SyscallScope, args: SyscallArgs): Promise<string> {
  const { request, journal } = beginPage(scope, args);
  return scope.tx.searchPage(request, journal).then((page) => pageAnswer(scope, page));
}

function queryPage(scope: SyscallScope, args: SyscallArgs): string {
  const { request, journal } = beginPage(scope, args);
  return pageAnswer(scope, scope.tx.queryPage(request, journal, systemOption(request.query)));
}

function beginPage(execution: SyscallScope, args: SyscallArgs) {
  const { run, call, tx } = execution;
  // Only queries have the journal that a component's could not be handed; workpool pages in mutations.
  if (tx.component !== "" && call.type === "query") throw new DeveloperError(PAGES_OF_THE_APP);
  if (execution.hasPaginated) throw new DeveloperError(ONE_PAGE);
  execution.hasPaginated = true;
  const query = args.query ?? null;
  const request = {
    query,
    cursor: optionalString(args, "cursor"),
    endCursor: optionalString(args, "endCursor"),
    pageSize: numberArg(args, "pageSize"),
    maximumRowsRead: optionalNumber(args, "maximumRowsRead"),
    maximumBytesRead: optionalNumber(args, "maximumBytesRead"),
  };
  return { request, journal: call.depth === 1 ? run.journal.given : null };
}

/** A nested call starts without a journal, and its own is not handed on. */
function pageAnswer({ run, call }: SyscallScope, answered: Page): string {
  const { page, isDone, continueCursor, splitCursor, pageStatus } = answered;
  if (call.depth === 1) run.journal.end = answered.endCursorForJournal;
  const rest = JSON.stringify({ isDone, continueCursor, splitCursor, pageStatus });
  return `{"page":[${page.join(",")}],${rest.slice(1)}`;
}

/** Queries have no writer object; this refuses hand-made calls. */
export function assertMutation(execution: SyscallScope, what: string): void {
  if (execution.call.type === "mutation") return;
  throw new DeveloperError(`Can't ${what} in a query. Only mutations may write.`);
}

/** `db.system` is not marked in the query: the table's name says it. */
function systemOption(query: JSONValue): { readonly system: boolean } {
  const source = (query as { source?: { tableName?: string; indexName?: string } } | null)?.source;
  const table = source?.tableName ?? source?.indexName ?? "";
  return { system: table.startsWith("_") };
}
