import { expect, test } from "vitest";
import { mirrorWork } from "../../test/mirror-work.ts";
import { TargetQueues } from "./target-queues.ts";

const A = "100";
const first = mirrorWork({ mirrorId: "m1" });
const second = mirrorWork({ mirrorId: "m2", seq: 2 });
const close = mirrorWork({ mirrorId: "m3", seq: 3, kind: "close" });
const elsewhere = mirrorWork({ mirrorId: "m4", target: { guildId: "1", channelId: "200" } });

test("one mirror at a time per target, in the order of the list", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first, second]);
  expect(queues.take(A)?.work.mirrorId).toBe("m1");
  expect(queues.take(A)).toBeUndefined();
  queues.finish(first);
  expect(queues.take(A)?.work.mirrorId).toBe("m2");
});

test("a busy target does not hold up another", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first, elsewhere]);
  queues.take(A);
  expect(queues.take("200")?.work.mirrorId).toBe("m4");
});

test("the priority lane overtakes what waits", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first, second]);
  queues.take(A);
  queues.offer("priority", [close]);
  queues.finish(first);
  expect(queues.take(A)?.work.mirrorId).toBe("m3");
});

test("a finished mirror is not worked on again while its settlement is on the way", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first]);
  queues.take(A);
  queues.finish(first);
  queues.offer("normal", [first]);
  expect(queues.take(A)).toBeUndefined();
});

test("a newer revision waits until what is applied now is known", () => {
  const queues = new TargetQueues();
  const newer = mirrorWork({ mirrorId: "m1", wanted: { revision: 2, deleted: false } });
  queues.offer("normal", [first]);
  queues.take(A);
  queues.finish(first);
  queues.offer("normal", [newer]);
  expect(queues.take(A)).toBeUndefined();
  const posted = { ...newer, applied: { revision: 1, messageIds: ["1", "2"] } };
  queues.offer("normal", [posted]);
  expect(queues.settled(firstSettled)).toEqual({ newer: [posted], unchanged: [] });
  expect(queues.take(A)?.work).toBe(posted);
});

const firstSettled = [{ mirrorId: first.mirrorId, revision: 1, outcome: "retry" }] as const;

test("a settled mirror that is in the list all the same is worked on when it is let go", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first]);
  queues.take(A);
  queues.finish(first);
  expect(queues.settled(firstSettled)).toEqual({ newer: [], unchanged: [first] });
  expect(queues.take(A)).toBeUndefined();
  queues.letGo(first);
  expect(queues.take(A)?.work.mirrorId).toBe("m1");
});

test("a settled mirror that leaves the list and comes back is worked on", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first]);
  queues.take(A);
  queues.finish(first);
  queues.settled(firstSettled);
  queues.offer("normal", []);
  queues.offer("normal", [first]);
  expect(queues.take(A)?.work.mirrorId).toBe("m1");
});

test("a list that leaves out a finished mirror for a moment does not make it run twice", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first]);
  queues.take(A);
  queues.finish(first);
  queues.offer("normal", []);
  queues.offer("normal", [first]);
  expect(queues.take(A)).toBeUndefined();
});

test("what is not due any more is not taken", () => {
  const queues = new TargetQueues();
  queues.offer("normal", [first]);
  queues.offer("normal", []);
  expect(queues.take(A)).toBeUndefined();
});
