import { expect, test } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { CurrentAction } from "./current-action.ts";
import type { FromWorker } from "./protocol.ts";

const NOWHERE = { componentArgs: {}, process: null };

function posting() {
  const posted: FromWorker[] = [];
  const action = new CurrentAction(1, (message) => void posted.push(message), NOWHERE);
  return { posted, action };
}

test("[ACT33] a flood of log lines is cut where it comes from", () => {
  const { posted, action } = posting();
  for (let i = 0; i < 10_000; i++) action.log("LOG", String(i));
  expect(posted).toHaveLength(257); // the last one makes the other side say that there were more
});

test("[ACT33] calls beyond the limit wait for answers, in their order", async () => {
  const { posted, action } = posting();
  const calls = Array.from({ length: 100 }, (_, i) => action.call("op", String(i)));
  expect(posted).toHaveLength(64);
  action.answer(3, { ok: true, json: "null" });
  await calls[3];
  expect(posted.map((message) => message.type === "call" && message.args)).toEqual(
    Array.from({ length: 65 }, (_, i) => String(i)),
  );
  expect(action.end()).toHaveLength(99);
  action.answer(4, { ok: true, json: "null" });
  expect(posted).toHaveLength(65);
});

test("[ACT28] an action is quiet when nothing was begun, ended or waited for in the meantime", async () => {
  const clock = new ManualClock();
  const { action } = posting();
  let quiet = 0;
  action.whenQuiet(clock, 100, () => quiet++);
  void action.call("op", "");
  clock.advance(100);
  clock.advance(100);
  action.answer(0, { ok: true, json: "null" });
  clock.advance(100);
  expect(quiet).toBe(0);
  clock.advance(100);
  expect(quiet).toBe(1);
  action.whenQuiet(clock, 100, () => quiet++);
  action.end();
  clock.advance(100);
  expect(quiet).toBe(1);
});
