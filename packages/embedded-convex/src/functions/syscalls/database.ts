/** `ctx.db`: system calls of the database (contract 3.6 to 3.8). */

import type { JSONValue } from "convex/values";
import type { Page } from "../../database/types.ts";
import { DeveloperError } from "../../errors.ts";
import type { SyscallAnswer, SyscallScope } from "../execution-contract.ts";
import {
  numberArg,
  optionalNumber,
  optionalString,
  type SyscallArgs,
  stringArg,
  tableOption,
} from "./arguments.ts";

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

type AsyncSyscall = (execution: SyscallScope, args: SyscallArgs) => SyscallAnswer;

export const databaseCalls: Readonly<Record<string, AsyncSyscall>> = {
  "1.0/get": ({ tx }, args) => {
    const options = { ...tableOption(args), system: args.isSystem === true };
    return tx.get(stringArg(args, "id"), options) ?? "null";
  },
  "1.0/queryStreamNext": ({ queries }, args) => {
    const queryId = numberArg(args, "queryId");
    const cursor = queries.find(queryId);
    if (cursor === null) throw new DeveloperError("in-progress query not found");
    const answer = () => {
      const document = cursor.next();
      if (document === null) queries.close(queryId);
      return `{"value":${document ?? "null"},"done":${document === null}}`;
    };
    return cursor.ready()?.then(answer) ?? answer();
  },
  "1.0/queryPage": queryPage,
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

const ONE_PAGE =
  "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.";

function queryPage(execution: SyscallScope, args: SyscallArgs): SyscallAnswer {
  const { run, call, tx } = execution;
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
  // A nested call starts without a journal, and its own is not handed on.
  const isOutermost = call.depth === 1;
  const answer = (page: Page) => {
    if (isOutermost) run.journal.end = page.endCursorForJournal;
    return pageJson(page);
  };
  const journal = isOutermost ? run.journal.given : null;
  const searched = tx.searchPage(request, journal);
  return searched?.then(answer) ?? answer(tx.queryPage(request, journal, systemOption(query)));
}

function pageJson({ page, isDone, continueCursor, splitCursor, pageStatus }: Page): string {
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
