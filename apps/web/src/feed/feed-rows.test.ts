import { expect, test } from "vitest";
import type { FeedSignal } from "../backend.ts";
import { feedRows } from "./feed-rows.ts";

const at = (seq: number, state: "live" | "deleted", feed = "pro") =>
  ({ signalId: `${feed}${seq}`, feed, seq, state }) as FeedSignal;

const shape = (signals: FeedSignal[], seen: string[] = []) =>
  feedRows(signals, new Set(seen)).map((row) =>
    row.type === "signal" ? row.signal.seq : `${row.feed} ${row.firstSeq}-${row.lastSeq}`,
  );

test("deletions never seen share a line when they are neighbours of one feed", () => {
  const signals = [
    at(6, "live"),
    at(5, "deleted"),
    at(4, "deleted"),
    at(3, "live"),
    at(2, "deleted"),
  ];
  expect(shape(signals)).toEqual([6, "pro 4-5", 3, "pro 2-2"]);
  expect(shape([at(5, "deleted"), at(9, "deleted", "basic"), at(4, "deleted")])).toEqual([
    "pro 5-5",
    "basic 9-9",
    "pro 4-4",
  ]);
});

test("a deletion that was seen live stays a row of its own", () => {
  expect(shape([at(5, "deleted"), at(4, "deleted")], ["pro5"])).toEqual([5, "pro 4-4"]);
});
