/**
 * The record of a session's mutations: a client that reconnects sends again what it
 * has no answer for, and gets the recorded answer instead of a second execution. The
 * record is written by the mutation's own transaction, for successful ones only.
 */
import type { JSONValue } from "convex/values";
import type { Database, SystemDocument, Transaction } from "../database/types.ts";
import type { Clock, Timestamp } from "../rooms.ts";

export interface SessionRequest {
  readonly sessionId: string;
  readonly requestId: number;
}

interface RecordedResult {
  readonly json: string;
  readonly logLines: readonly string[];
  readonly ts: Timestamp;
}

const TABLE = "_session_requests";
const PART_CHARS = 250_000; // a document holds 1 MiB; a char takes up to three bytes
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;
const SWEEP_EVERY_MS = 60 * 60 * 1000;
const SWEEP_ROWS = 500;
const FIRST_SWEEP_MS = 60_000; // a deployment that is restarted every hour is swept, too
/** While there is more: over 3,000 rows a second go, as fast as mutations can bring them. */
const SWEEP_ON_MS = 150;

/** The highest request of a session with a record; null without any. Nothing is noted as read. */
export function newestRecorded(tx: Transaction, sessionId: string): number | null {
  const options = { order: "desc", limit: 1 } as const;
  const [newest] = tx.staleView().system.query(TABLE, "by_session_request", [sessionId], options);
  return newest === undefined ? null : Number(newest.requestId);
}

/** Says that there is no record: two tries of one request conflict all the same. */
export function assumeUnrecorded(tx: Transaction, { sessionId, requestId }: SessionRequest): void {
  tx.system.assumeNone(TABLE, "by_session_request", [sessionId, requestId]);
}

export function findRecorded(
  tx: Transaction,
  { sessionId, requestId }: SessionRequest,
): RecordedResult | null {
  const rows = tx.system.query(TABLE, "by_session_request", [sessionId, requestId]);
  const [first] = rows;
  if (first === undefined) return null;
  const parts = rows
    .toSorted((a, b) => Number(a.part) - Number(b.part))
    .map((row) => String(row.text));
  const { json, logLines } = JSON.parse(parts.join("")) as { json: string; logLines: string[] };
  return { json, logLines, ts: timestampOf(first) };
}

/** The timestamp becomes the commit's own. */
export function recordResult(
  tx: Transaction,
  { sessionId, requestId }: SessionRequest,
  result: { readonly json: string; readonly logLines: readonly string[] },
): void {
  const { json, logLines } = result;
  const whole = JSON.stringify({ json, logLines });
  for (let part = 0; part === 0 || part * PART_CHARS < whole.length; part++) {
    const text = whole.slice(part * PART_CHARS, (part + 1) * PART_CHARS);
    tx.system.insert(TABLE, { sessionId, requestId, part, text, ts: { $commitTs: null } });
  }
}

function timestampOf(row: SystemDocument): Timestamp {
  const encoded = (row.ts as { $integer?: JSONValue } | null)?.$integer;
  return Buffer.from(String(encoded), "base64").readBigInt64LE();
}

/** Puts a mutation's commit timestamp where its result has the placeholder. */
export function resolveCommitTs(json: string, ts: Timestamp): string {
  if (!json.includes('{"$commitTs":null}')) return json;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(ts);
  return json.replaceAll('{"$commitTs":null}', `{"$integer":"${bytes.toString("base64")}"}`);
}

/** Removes records no client can ask for any more. Returns the way to stop. */
export function sweepSessionRequests(database: Database, clock: Clock): () => void {
  let cancel = () => {};
  const sweep = () => {
    const removed = removeOld(database, clock.nowMs() - KEPT_MS);
    cancel = clock.after(removed === SWEEP_ROWS ? SWEEP_ON_MS : SWEEP_EVERY_MS, sweep);
  };
  cancel = clock.after(FIRST_SWEEP_MS, sweep);
  return () => cancel();
}

/** How many it removed. */
function removeOld(database: Database, beforeMs: number): number {
  const tx = database.begin();
  try {
    const options = { lt: beforeMs, limit: SWEEP_ROWS };
    const old = tx.system.query(TABLE, "by_creation_time", [], options);
    for (const { _id } of old) tx.system.remove(TABLE, _id);
    database.commit(tx, { source: null });
    return old.length;
  } catch {
    tx.close(); // a conflict or a closed database: the next sweep does it
    return 0;
  }
}
