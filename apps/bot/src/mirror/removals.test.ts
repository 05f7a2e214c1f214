import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { Removals } from "./removals.ts";

function stage() {
  const clock = new ManualClock();
  const gateway = new EventEmitter();
  const told: (readonly string[])[] = [];
  const removals = new Removals({
    clock,
    tell: async (ids) => void told.push(ids),
    onError: (error) => {
      throw error;
    },
  });
  removals.listen(gateway);
  return { clock, gateway, told, removals };
}

test("what others remove is told, gathered, in calls the backend takes", async () => {
  const { clock, gateway, told } = stage();
  gateway.emit("MESSAGE_DELETE", { id: "1" });
  const ids = Array.from({ length: 150 }, (_, index) => `bulk ${index}`);
  gateway.emit("MESSAGE_DELETE_BULK", { ids });
  await clock.advance(250);
  expect(told.map(({ length }) => length)).toEqual([100, 51]);
});

test("what we remove ourselves is nobody's deed", async () => {
  const { clock, gateway, told, removals } = stage();
  removals.noteOurs("1");
  gateway.emit("MESSAGE_DELETE", { id: "1" });
  await clock.advance(1_000);
  expect(told).toEqual([]);
});

test("after a stop nothing more is told", async () => {
  const { clock, gateway, told, removals } = stage();
  gateway.emit("MESSAGE_DELETE", { id: "1" });
  removals.stop();
  await clock.advance(1_000);
  expect(told).toEqual([]);
});
