import { expect, test } from "vitest";
import { CaptureTurns } from "./capture-turns.ts";

const SHARDS: Record<string, number> = { a: 0, b: 1 };

function turns() {
  const taken: string[] = [];
  const made = new CaptureTurns({
    outbox: { add: ({ messageId }) => taken.push(messageId) },
    shardOf: (channelId) => SHARDS[channelId],
  });
  const hear = (messageId: string, atMs: number, channelId = "a") =>
    made.add({ type: "delete", messageId, channelId, occurredAt: atMs }, atMs, "live");
  return { made, taken, hear };
}

test("only the holder of the source's shard hands on", () => {
  const { made, taken, hear } = turns();
  made.held(0);
  hear("mine", 1);
  hear("another's", 2, "b");
  hear("nobody's", 3, "c");
  expect(taken).toEqual(["mine"]);
});

test("who takes over hands on what it heard in the last half a minute, in order", () => {
  const { made, taken, hear } = turns();
  hear("long ago", 1_000);
  hear("before", 20_000);
  hear("at last", 40_000);
  made.held(0);
  expect(taken).toEqual(["before", "at last"]);
  made.held(0);
  expect(taken).toHaveLength(2);
});

test("what another shard's holder is to hand on is kept while this one takes over its own", () => {
  const { made, taken, hear } = turns();
  hear("b1", 1, "b");
  made.held(0);
  made.held(1);
  expect(taken).toEqual(["b1"]);
});

test("who lost the lease hands on no more", () => {
  const { made, taken, hear } = turns();
  made.held(0);
  made.lost(0);
  hear("late", 1);
  expect(taken).toEqual([]);
});

test("a standby keeps a bounded number", () => {
  const { made, taken, hear } = turns();
  for (let n = 0; n < 2_500; n++) hear(String(n), 1);
  made.held(0);
  expect([taken.length, taken.at(-1)]).toEqual([2_000, "2499"]);
});
