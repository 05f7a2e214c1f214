/**
 * The last executions, for `convex logs` and the log tail of `convex dev`.
 *
 * [LOG1] Every execution gets a cursor above all before it; a reader that passes the
 *        cursor it was given misses nothing that is still kept and sees nothing twice.
 * [LOG2] Cursor 0 is answered at once with what is kept; any other waits for something
 *        newer, at most 60 s, so a polling CLI never spins.
 * [LOG3] At most MAX_ENTRIES executions and MAX_BYTES of log text are kept.
 */
import type { JSONValue } from "convex/values";
import type { Clock, ExecutionRecord } from "../rooms.ts";

export interface FunctionLogs {
  record(execution: ExecutionRecord): void;
  /** Entries after `cursor` (ms since the epoch, made unique); ends early when `signal` aborts. */
  read(cursor: number, signal: AbortSignal): Promise<{ entries: JSONValue[]; newCursor: number }>;
}

interface Entry {
  readonly cursor: number;
  readonly bytes: number;
  readonly json: JSONValue;
}

const WAIT_MS = 60_000;
const MAX_ENTRIES = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

export function createFunctionLogs(clock: Clock): FunctionLogs {
  const entries: Entry[] = [];
  let bytes = 0;
  let lastCursor = 0;
  let wake = Promise.withResolvers<void>();
  const after = (cursor: number) => {
    const fresh = entries.slice(entries.findLastIndex((entry) => entry.cursor <= cursor) + 1);
    return { entries: fresh.map(({ json }) => json), newCursor: fresh.at(-1)?.cursor ?? cursor };
  };
  return {
    record: (execution) => {
      lastCursor = Math.max(lastCursor + 1, clock.nowMs());
      const entry = { cursor: lastCursor, bytes: textBytes(execution), json: toJson(execution) };
      bytes += entry.bytes;
      entries.push(entry);
      while (entries.length > MAX_ENTRIES || bytes > MAX_BYTES)
        bytes -= entries.shift()?.bytes ?? 0;
      wake.resolve();
      wake = Promise.withResolvers();
    },
    read: async (cursor, signal) => {
      if (cursor === 0) {
        // Taken: what is recorded later in this millisecond comes after it.
        lastCursor = Math.max(lastCursor, clock.nowMs());
        return { entries: after(0).entries, newCursor: lastCursor };
      }
      const ready = after(cursor);
      if (ready.entries.length > 0) return ready;
      await firstOf(wake.promise, clock, signal);
      return after(cursor);
    },
  };
}

async function firstOf(wake: Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const stop = clock.after(WAIT_MS, timeout.resolve);
  const leave = () => timeout.resolve();
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  await Promise.race([wake, timeout.promise]);
  signal.removeEventListener("abort", leave);
  stop();
}

function toJson(execution: ExecutionRecord): JSONValue {
  const { error, executionTime, ...fields } = execution;
  const common = {
    ...fields,
    logLines: [...execution.logLines],
    executionId: execution.requestId,
    environment: "isolate",
  };
  if (execution.kind === "Progress") return common;
  return { ...common, executionTime, error, success: error === null ? "success" : null };
}

function textBytes({ logLines, error }: ExecutionRecord): number {
  return logLines.reduce((sum, line) => sum + line.length, 512 + (error?.length ?? 0));
}
