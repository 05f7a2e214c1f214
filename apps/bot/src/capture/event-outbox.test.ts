import type { SourceEvent } from "@heliograph/domain";
import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { IngestResults } from "../backend.ts";
import { EventOutbox } from "./event-outbox.ts";

const create = (messageId: string, more: object = {}): SourceEvent => ({
  type: "create",
  messageId,
  channelId: "100",
  occurredAt: 1,
  content: "BTC long",
  ...more,
});

/** A backend that takes what `refuses` does not throw at. */
function recording(answer: (events: readonly SourceEvent[]) => IngestResults | Promise<never>) {
  const batches: string[][] = [];
  const receivedAt: number[] = [];
  const logged: string[] = [];
  const clock = new ManualClock();
  const outbox = new EventOutbox({
    backend: {
      ingest: async (events, receivedAtMs) => {
        batches.push(events.map(({ messageId }) => messageId));
        receivedAt.push(receivedAtMs);
        await settled();
        return await answer(events);
      },
    },
    clock,
    log: (event) => logged.push(event),
  });
  return { outbox, batches, receivedAt, logged, clock };
}

const accept = () => [];

test("an event is on its way at once; what comes meanwhile goes together", async () => {
  const { outbox, batches, receivedAt } = recording(accept);
  outbox.add(create("a"), 10, "live");
  expect(batches).toEqual([["a"]]);
  outbox.add(create("b"), 20, "live");
  outbox.add(create("c"), 30, "live");
  await outbox.idle();
  expect(batches).toEqual([["a"], ["b", "c"]]);
  expect(receivedAt).toEqual([10, 20]);
});

test("live events go before those that a back-fill read", async () => {
  const { outbox, batches } = recording(accept);
  outbox.add(create("m1"), 1, "missed");
  outbox.add(create("m2"), 1, "missed");
  outbox.add(create("live"), 1, "live");
  await outbox.idle();
  expect(batches).toEqual([["m1"], ["live"], ["m2"]]);
});

test("batches hold at most 100, of missed events 25", async () => {
  const { outbox, batches } = recording(accept);
  for (let i = 0; i < 60; i++) outbox.add(create(`m${i}`), 1, "missed");
  for (let i = 0; i < 130; i++) outbox.add(create(`l${i}`), 1, "live");
  await outbox.idle();
  expect(batches.map((batch) => batch.length)).toEqual([1, 100, 30, 25, 25, 9]);
});

test("an event the backend cannot take holds up no other, and is never dropped", async () => {
  let isCured = false;
  const { outbox, batches, clock, logged } = recording((events) =>
    !isCured && events.some(({ messageId }) => messageId === "bad")
      ? Promise.reject(new Error("broken"))
      : [],
  );
  outbox.add(create("bad"), 1, "live");
  for (const id of ["a", "b", "c"]) outbox.add(create(id), 1, "live");
  await clock.advance(60_000);
  expect(batches.flat()).toEqual(expect.arrayContaining(["a", "b", "c"]));
  expect(logged).toContain("capture.not_taken");
  isCured = true;
  await clock.advance(60_000);
  expect(batches.at(-1)).toEqual(["bad"]);
  await outbox.idle();
});

test("a post refused for what decorates it is offered again as plain text", async () => {
  const offered: SourceEvent[] = [];
  const { outbox, logged } = recording((events) => {
    offered.push(...events);
    return events.map((event, index) =>
      "embeds" in event
        ? { index, status: "rejected", code: "bad_url", message: "not an address" }
        : { index, status: "accepted", seq: 1 },
    );
  });
  outbox.add(create("a", { embeds: [{ url: "ftp://x" }] }), 1, "live");
  await outbox.idle();
  expect(offered.at(-1)).toEqual(create("a"));
  expect(logged).toEqual(["capture.rejected"]);
});

test("a post refused for its text is said and not offered again", async () => {
  const { outbox, batches, logged } = recording(() => [
    { index: 0, status: "rejected", code: "empty_message", message: "" },
  ]);
  outbox.add(create("a"), 1, "live");
  await outbox.idle();
  expect([batches, logged]).toEqual([[["a"]], ["capture.rejected"]]);
});

test("a closed outbox says how much it leaves behind and offers nothing more", async () => {
  const { outbox, batches, clock } = recording(() => Promise.reject(new Error("broken")));
  outbox.add(create("a"), 1, "live");
  await settled();
  await settled();
  expect(outbox.close()).toBe(1);
  await clock.advance(60_000);
  await outbox.idle();
  expect(batches).toEqual([["a"]]);
});
