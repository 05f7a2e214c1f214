import { beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { MutationLane } from "./mutation-lane.ts";

let clock: ManualClock;
let lane: MutationLane;
let begun: string[];
let finish: Map<string, () => void>;

beforeEach(() => {
  clock = new ManualClock();
  lane = new MutationLane(clock);
  begun = [];
  finish = new Map();
});

/** Begins when the lane lets it and runs until `end(name)`. */
function start(name: string, path: string, alone = false): void {
  const work = () => {
    begun.push(name);
    return new Promise<void>((resolve) => finish.set(name, resolve));
  };
  void lane.run(path, work, alone);
}

async function end(name: string): Promise<void> {
  finish.get(name)?.();
  await settled();
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("[MUT8] mutations run side by side, sixteen at a time", async () => {
  for (let one = 0; one < 20; one++) start(`${one}`, "a:b");
  await settled();
  expect(begun).toHaveLength(16);
  await end("3");
  expect(begun.at(-1)).toBe("16");
  expect(begun).toHaveLength(17);
});

test("[MUT8] functions of a conflict run one after the other, in the order of arrival, beside others", async () => {
  lane.collided("loser:f", "winner:f");
  for (const name of ["1", "2", "3"]) start(name, name === "2" ? "winner:f" : "loser:f");
  start("free", "other:f");
  await settled();
  expect(begun).toEqual(["1", "free"]);
  await end("1");
  await end("2");
  expect(begun).toEqual(["1", "free", "2", "3"]);
});

test("[MUT8] a minute after its last conflict a function runs side by side again", async () => {
  lane.collided("a:b");
  clock.advance(59_000);
  lane.collided("a:b");
  clock.advance(59_000);
  for (const name of ["1", "2"]) start(name, "a:b");
  await settled();
  expect(begun).toEqual(["1"]);
  await end("1");
  await end("2");
  clock.advance(2_000);
  for (const name of ["3", "4"]) start(name, "a:b");
  await settled();
  expect(begun).toEqual(["1", "2", "3", "4"]);
});

test("[MUT8] a retry waits for those who have begun, and nobody begins beside it", async () => {
  start("begun", "a:b");
  await settled();
  start("retry", "a:b", true);
  start("second retry", "a:b", true);
  start("later", "a:b");
  await settled();
  expect(begun).toEqual(["begun"]);
  await end("begun");
  expect(begun).toEqual(["begun", "retry"]);
  await end("retry");
  await end("second retry");
  expect(begun).toEqual(["begun", "retry", "second retry", "later"]);
});

test("[MUT5] whoever takes long gives its place away, but for a retry", async () => {
  lane.collided("a:b");
  start("slow", "a:b");
  start("next", "a:b");
  await settled();
  clock.advance(50);
  await settled();
  expect(begun).toEqual(["slow", "next"]);
  await end("slow");
  await end("next");
  start("retry", "a:b", true);
  start("waits", "a:b");
  await settled();
  clock.advance(1_000);
  await settled();
  expect(begun).toEqual(["slow", "next", "retry"]);
});
