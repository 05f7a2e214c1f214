import { afterEach, beforeEach, expect, test } from "vitest";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { findRecorded, recordResult, sweepSessionRequests } from "./session-requests.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const REQUESTS = 1_200;

let bed: TemporaryDatabase;

beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});

afterEach(() => bed.remove());

const request = (requestId: number) => ({ sessionId: "a", requestId });
const remaining = () =>
  bed.read((tx) =>
    Array.from({ length: REQUESTS }, (_, id) => findRecorded(tx, request(id))).filter(Boolean),
  ).length;

test("[MUT15] records are removed after fourteen days, however many there are, and not before", async () => {
  await bed.write((tx) => {
    for (let id = 0; id < REQUESTS; id++) {
      recordResult(tx, request(id), { json: "1", logLines: [] });
    }
  });
  const stop = sweepSessionRequests(bed.database, bed.clock);
  bed.clock.advance(14 * DAY_MS - HOUR_MS);
  expect(remaining()).toBe(REQUESTS);
  bed.clock.advance(2 * HOUR_MS + 60_000);
  stop();
  expect(remaining()).toBe(0);
});

test("[MUT15] a deployment that never runs for an hour is swept, too", async () => {
  await bed.write((tx) => recordResult(tx, request(0), { json: "1", logLines: [] }));
  bed.clock.advance(15 * DAY_MS);
  const stop = sweepSessionRequests(bed.database, bed.clock);
  bed.clock.advance(HOUR_MS / 2);
  stop();
  expect(remaining()).toBe(0);
});

test("[MUT15] records go at least as fast as mutations can bring them", async () => {
  await bed.write((tx) => {
    for (let id = 0; id < REQUESTS; id++)
      recordResult(tx, request(id), { json: "1", logLines: [] });
  });
  bed.clock.advance(15 * DAY_MS);
  const stop = sweepSessionRequests(bed.database, bed.clock);
  bed.clock.advance(60_000 + (1_000 * REQUESTS) / 3_000); // three thousand a second
  stop();
  expect(remaining()).toBe(0);
});

test("[MUT12] a result that is cut in the middle of a character is whole again", async () => {
  const results = ["", "x"].map((start) => JSON.stringify(start + "😀".repeat(300_000)));
  await bed.write((tx) => {
    for (const [id, json] of results.entries()) {
      recordResult(tx, request(id), { json, logLines: [] });
    }
  });
  const found = results.map((_, id) => bed.read((tx) => findRecorded(tx, request(id)))?.json);
  expect(found.map((json, id) => json === results[id])).toEqual([true, true]);
  await bed.reopen();
  const reread = results.map((_, id) => bed.read((tx) => findRecorded(tx, request(id)))?.json);
  expect(reread.map((json, id) => json === results[id])).toEqual([true, true]);
});
