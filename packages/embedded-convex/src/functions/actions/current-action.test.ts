import { expect, test } from "vitest";
import { CurrentAction } from "./current-action.ts";
import type { FromWorker } from "./protocol.ts";

function posting() {
  const posted: FromWorker[] = [];
  const action = new CurrentAction(1, (message) => void posted.push(message), {});
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
