/**
 * Serves `_system/*` queries in the place of functions, on the same path as every query:
 * subscriptions, snapshots and read sets work as they do for user code.
 *
 * [PUSH14] System queries answer admins only, and re-run when what they read changes.
 */
import type { JSONValue } from "convex/values";
import type { Database, Transaction } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import type { FunctionCall, FunctionRunner, QueryOutcome } from "../rooms.ts";
import type { SystemQuery } from "./system-queries.ts";

type RunQuery = FunctionRunner["query"];

/** `query` with the system queries in front of it. */
export function withSystemQueries(
  query: RunQuery,
  doors: { readonly database: Database; readonly systemQueries: ReadonlyMap<string, SystemQuery> },
): RunQuery {
  return async (call, options = {}) => {
    if (!call.address.path.startsWith("_system/")) return await query(call, options);
    const { at } = options;
    const tx = doors.database.begin(at === undefined ? { durable: true } : { at });
    try {
      return outcomeOf(tx, answer(tx.within(call.address.component), call, doors.systemQueries));
    } finally {
      tx.close();
    }
  };
}

function answer(
  tx: Transaction,
  call: FunctionCall,
  systemQueries: ReadonlyMap<string, SystemQuery>,
): QueryOutcome["result"] {
  const { address, args, request } = call;
  const query = systemQueries.get(address.path);
  if (request.identity.kind !== "admin") {
    return failed("You do not have permission to perform this operation.");
  }
  if (query === undefined) return failed(`Could not find function for '${address.path}'.`);
  try {
    const value = query(tx, (args[0] ?? {}) as { [name: string]: JSONValue });
    return { ok: true, json: JSON.stringify(value) };
  } catch (error) {
    if (error instanceof DeveloperError) return failed(error.message);
    throw error;
  }
}

function outcomeOf(tx: Transaction, result: QueryOutcome["result"]): QueryOutcome {
  return {
    result,
    logLines: [],
    readSet: tx.snapshotReads(),
    ts: tx.beginTs,
    journal: null,
    observedIdentity: true,
    observedTime: false,
  };
}

function failed(text: string): QueryOutcome["result"] {
  return { ok: false, failure: { text: `${text}\n` } };
}
