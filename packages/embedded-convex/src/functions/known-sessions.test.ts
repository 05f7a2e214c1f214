import { afterEach, beforeEach, expect, test } from "vitest";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";
import { KnownSessions } from "./known-sessions.ts";
import {
  assumeUnrecorded,
  findRecorded,
  newestRecorded,
  recordResult,
} from "./session-requests.ts";

let bed: TemporaryDatabase;
let reads: number;
let sessions: KnownSessions;

beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  reads = 0;
  sessions = new KnownSessions((tx, sessionId) => {
    reads++;
    return newestRecorded(tx, sessionId);
  });
});

afterEach(() => bed.remove());

const request = (requestId: number, sessionId = "a") => ({ sessionId, requestId });
const mayBeRecorded = (requestId: number, sessionId = "a") =>
  bed.read((tx) => sessions.mayBeRecorded(tx, request(requestId, sessionId)));
const record = (requestId: number) =>
  bed.write((tx) => recordResult(tx, request(requestId), { json: "1", logLines: [] }));

test("[MUT9] what an earlier process recorded may be recorded, what is beyond it is not; it is read once", async () => {
  await record(4);
  await record(11);
  expect([3, 4, 11, 12].map((id) => mayBeRecorded(id))).toEqual([true, true, true, false]);
  expect(mayBeRecorded(0, "b")).toBe(false);
  expect(reads).toBe(2);
});

test("[MUT9] a request that is being recorded may be recorded before its commit", () => {
  expect(mayBeRecorded(0)).toBe(false);
  sessions.recording(request(0));
  expect([mayBeRecorded(0), mayBeRecorded(1)]).toEqual([true, false]);
});

test("[MUT9] a session that was forgotten is read again", async () => {
  mayBeRecorded(0);
  await record(0);
  for (let other = 0; other < 10_000; other++) mayBeRecorded(0, `other ${other}`);
  expect(mayBeRecorded(0)).toBe(true);
});

test("[MUT9] two tries of one request conflict, though neither looked", async () => {
  const tries = [bed.database.begin(), bed.database.begin()];
  for (const tx of tries) {
    assumeUnrecorded(tx, request(0));
    recordResult(tx, request(0), { json: "1", logLines: [] });
  }
  const [first, second] = tries;
  if (first === undefined || second === undefined) throw new Error("two were begun");
  await bed.database.commit(first, { source: null }).durable;
  expect(() => bed.database.commit(second, { source: null })).toThrow(ConflictError);
  expect(bed.read((tx) => findRecorded(tx, request(0)))?.json).toBe("1");
});
