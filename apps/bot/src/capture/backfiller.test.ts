import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { WatchedSource } from "../backend.ts";
import type { Gap } from "./backfill.ts";
import { Backfiller } from "./backfiller.ts";

const sourceOf = (channelId: string, sinceMs = 0): Gap => {
  return { source: { channelId, name: channelId } as WatchedSource, sinceMs, cause: "start" };
};

/** Runs that end when the test says so. */
function running() {
  const begun: string[] = [];
  const since: number[] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const clock = new ManualClock();
  const backfiller = new Backfiller({
    run: ({ source: { channelId }, sinceMs }) => {
      since.push(sinceMs);
      begun.push(channelId);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      open.push({ resolve, reject });
      return promise;
    },
    clock,
    log: () => {},
  });
  return { backfiller, begun, since, open, clock };
}

test("a few run at once, the others wait their turn", async () => {
  const { backfiller, begun, open } = running();
  for (const id of ["a", "b", "c", "d"]) backfiller.request(sourceOf(id));
  expect(begun).toEqual(["a", "b", "c"]);
  open[0]?.resolve();
  await settled();
  expect(begun).toEqual(["a", "b", "c", "d"]);
});

test("a request during a run is one more run after it", async () => {
  const { backfiller, begun, open } = running();
  backfiller.request(sourceOf("a"));
  backfiller.request(sourceOf("a"));
  backfiller.request(sourceOf("a"));
  expect(begun).toEqual(["a"]);
  open[0]?.resolve();
  await settled();
  expect(begun).toEqual(["a", "a"]);
});

test("a run that fails is tried again, later each time, until it succeeds", async () => {
  const { backfiller, begun, open, clock } = running();
  backfiller.request(sourceOf("a"));
  open[0]?.reject(new Error("away"));
  await clock.advance(5_000);
  open[1]?.reject(new Error("away"));
  await clock.advance(9_999);
  expect(begun).toHaveLength(2);
  await clock.advance(1);
  open[2]?.resolve();
  await clock.advance(3_600_000);
  expect(begun).toHaveLength(3);
});

test("a source that is forgotten is not tried again", async () => {
  const { backfiller, begun, open, clock } = running();
  backfiller.request(sourceOf("a"));
  backfiller.forget("a");
  open[0]?.reject(new Error("away"));
  await clock.advance(3_600_000);
  expect(begun).toEqual(["a"]);
});

test("what was not read yet stays to be read, from where it began", async () => {
  const { backfiller, since, open, clock } = running();
  backfiller.request(sourceOf("a", 1_000));
  open[0]?.reject(new Error("away"));
  await settled();
  backfiller.request(sourceOf("a", 2_000));
  expect(since).toEqual([1_000, 1_000]);
  backfiller.request(sourceOf("a", 3_000));
  open[1]?.reject(new Error("away"));
  await settled();
  open[2]?.resolve();
  await clock.advance(3_600_000);
  expect(since).toEqual([1_000, 1_000, 1_000]);
});
