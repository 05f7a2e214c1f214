import { expect, test } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { MemoryWatch } from "./memory-watch.ts";

const MB = 1024 * 1024;

/** A watch over one worker; `processMb` and `heldMb` can be set between the looks. */
function watched() {
  const clock = new ManualClock();
  const state = { processMb: 100, heldMb: 10, begunCount: 1, asked: 0, ended: 0 };
  const worker = {
    get begunCount() {
      return state.begunCount;
    },
    heldBytes: async () => {
      state.asked++;
      return state.heldMb * MB;
    },
    endForMemory: () => {
      state.ended++;
      state.begunCount = 0;
    },
  };
  const watch = new MemoryWatch(
    clock,
    () => [worker],
    () => state.processMb * MB,
  );
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 50) {
      clock.advance(50);
      await new Promise(setImmediate);
    }
  };
  watch.wake();
  return { state, pass, watch };
}

test("[ACT13] nobody is asked while the process does not grow, nor when nothing runs", async () => {
  const { state, pass } = watched();
  await pass(1_000);
  expect(state.asked).toBe(0);
  state.begunCount = 0;
  state.processMb = 900;
  await pass(1_000);
  expect(state.asked).toBe(0);
});

test("[ACT13] who holds too much has a second to collect garbage", async () => {
  const { state, pass } = watched();
  Object.assign(state, { processMb: 700, heldMb: 600 });
  await pass(900);
  expect(state.ended).toBe(0);
  state.heldMb = 100;
  await pass(100);
  state.heldMb = 600;
  state.processMb = 800;
  await pass(900);
  expect(state.ended).toBe(0);
  await pass(300);
  expect(state.ended).toBe(1);
});

test("[ACT13] who holds twice the limit is ended at once", async () => {
  const { state, pass } = watched();
  Object.assign(state, { processMb: 1_400, heldMb: 1_100 });
  await pass(50);
  expect(state.ended).toBe(1);
});

test("[ACT13] the watch wakes again after a rest", async () => {
  const { state, pass, watch } = watched();
  state.begunCount = 0;
  await pass(100);
  Object.assign(state, { begunCount: 1, processMb: 100 });
  watch.wake();
  Object.assign(state, { processMb: 1_400, heldMb: 1_100 });
  await pass(50);
  expect(state.ended).toBe(1);
});
