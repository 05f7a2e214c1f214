import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { ExecutionRecord } from "../rooms.ts";
import { createFunctionLogs } from "./function-logs.ts";

const NOW = 1_700_000_000_000;
const never = new AbortController().signal;
const execution = (identifier: string, logLines: string[] = []): ExecutionRecord => ({
  kind: "Completion",
  udfType: "Query",
  identifier,
  componentPath: "",
  requestId: "0123456789abcdef",
  timestamp: NOW / 1000,
  executionTime: 0.01,
  logLines,
  error: null,
  cachedResult: false,
  caller: "SyncWorker",
});
const names = (entries: unknown[]) => entries.map((entry) => (entry as ExecutionRecord).identifier);

test("[LOG1] a reader that passes on the cursor sees each entry once, also within a millisecond", async () => {
  const logs = createFunctionLogs(new ManualClock(NOW));
  logs.record(execution("a"));
  logs.record(execution("b"));
  const first = await logs.read(0, never);
  logs.record(execution("c"));
  const second = await logs.read(first.newCursor, never);
  expect([names(first.entries), names(second.entries)]).toEqual([["a", "b"], ["c"]]);
});

test("[LOG2] cursor 0 is answered at once though nothing has happened", async () => {
  const logs = createFunctionLogs(new ManualClock(NOW));
  expect(await logs.read(0, never)).toEqual({ entries: [], newCursor: NOW });
});

test("[LOG2] a reader that is up to date waits for the next entry, even of the same millisecond", async () => {
  const logs = createFunctionLogs(new ManualClock(NOW));
  const { newCursor } = await logs.read(0, never);
  const waiting = logs.read(newCursor, never);
  logs.record(execution("later"));
  expect(names((await waiting).entries)).toEqual(["later"]);
});

test("[LOG2] waiting ends after 60 s with the same cursor", async () => {
  const clock = new ManualClock(NOW);
  const waiting = createFunctionLogs(clock).read(NOW, never);
  clock.advance(59_999);
  expect(clock.waiting).toHaveLength(1);
  clock.advance(1);
  expect(await waiting).toEqual({ entries: [], newCursor: NOW });
});

test("[LOG2] waiting ends when the reader goes away", async () => {
  const clock = new ManualClock(NOW);
  const gone = new AbortController();
  const waiting = createFunctionLogs(clock).read(NOW, gone.signal);
  gone.abort();
  expect((await waiting).entries).toEqual([]);
  expect(clock.waiting).toEqual([]);
});

test("[LOG3] the oldest entries go when there are too many", async () => {
  const logs = createFunctionLogs(new ManualClock(NOW));
  for (let i = 0; i < 10_001; i++) logs.record(execution(`f${i}`));
  const { entries } = await logs.read(0, never);
  expect([entries.length, names(entries)[0]]).toEqual([10_000, "f1"]);
});

test("[LOG3] the oldest entries go when their text is too much", async () => {
  const logs = createFunctionLogs(new ManualClock(NOW));
  for (let i = 0; i < 20; i++) logs.record(execution(`f${i}`, ["x".repeat(1024 * 1024)]));
  expect((await logs.read(0, never)).entries).toHaveLength(15);
});
