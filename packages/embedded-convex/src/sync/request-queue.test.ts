/** How much one socket may leave unanswered, without the memory that it would take. */
import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { MutationOutcome } from "../rooms.ts";
import { RequestQueue } from "./request-queue.ts";
import type { SessionEnd } from "./session-end.ts";

const MIB = 1024 * 1024;
const NOBODY = { kind: "none" } as const;

function setup() {
  const ends: SessionEnd[] = [];
  const answers: (() => void)[] = [];
  const run = () =>
    new Promise<MutationOutcome>((resolve) => {
      answers.push(() => resolve({ ok: true, json: "null", ts: 1n, logLines: [] }));
    });
  let answered = 0;
  const queue = new RequestQueue({
    runner: { mutation: run, action: run },
    clock: new ManualClock(),
    caller: { ip: null, userAgent: null },
    respond: () => answered++,
    onFinished: () => {},
    end: (end) => ends.push(end),
  });
  const request = (chars: number) => ({
    requestId: 0,
    address: { component: "", path: "m:f" },
    args: [{}],
    chars,
  });
  const answerNext = async () => {
    const before = answered;
    answers.shift()?.();
    await expect.poll(() => answered).toBe(before + 1);
  };
  return { queue, ends, request, answerNext };
}

test("[SYNC11] more than 128 MiB of unanswered mutations close the socket with 1013", async () => {
  const { queue, ends, request, answerNext } = setup();
  for (let i = 0; i < 4; i++) queue.mutation(request(32 * MIB), NOBODY);
  expect(ends).toEqual([]);
  await answerNext(); // makes room
  queue.mutation(request(32 * MIB), NOBODY);
  expect(ends).toEqual([]);
  queue.mutation(request(1), NOBODY);
  expect(ends).toEqual([{ kind: "close", code: 1013, reason: "TooManyConcurrentMutations" }]);
});

test("[SYNC11] the same goes for actions that run", async () => {
  const { queue, ends, request, answerNext } = setup();
  for (let i = 0; i < 4; i++) queue.action(request(32 * MIB), NOBODY);
  await answerNext();
  queue.action(request(32 * MIB), NOBODY);
  expect(ends).toEqual([]);
  queue.action(request(1), NOBODY);
  expect(ends).toMatchObject([{ reason: "TooManyInflightActionsForSingleClient" }]);
});
