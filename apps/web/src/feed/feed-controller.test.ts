import type { Feed } from "@heliograph/domain";
import { expect, test } from "vitest";
import type { FeedSignal } from "../backend.ts";
import { FeedController } from "./feed-controller.ts";
import type { FeedPort } from "./feed-port.ts";

type Answer = Parameters<Parameters<FeedPort["watchSegment"]>[2]>[0];
type Watch = {
  feedKey: string;
  segment: number;
  tell: (answer: Answer) => void;
  fail: (e: unknown) => void;
};

/** A port that answers from a list of signals and can be told to push, fail or rotate. */
function portOver(signals: FeedSignal[]) {
  const watches = new Set<Watch>();
  const answerOf = (segment: number): Answer => ({
    state: "current",
    signals: signals.filter(({ seq }) => Math.floor(seq / 8) === segment),
  });
  const broken = { position: false };
  const port: FeedPort = {
    watchSegment: (feedKey, segment, tell, fail) => {
      const watch = { feedKey, segment, tell, fail };
      watches.add(watch);
      tell(answerOf(segment));
      return () => void watches.delete(watch);
    },
    readSegment: async (_feedKey, segment) => answerOf(segment),
    readPosition: async () => {
      if (broken.position) throw new Error("refused");
      return { state: "current", nextSeq: signals.length + 1 };
    },
  };
  const push = () => {
    for (const watch of watches) watch.tell(answerOf(watch.segment));
  };
  return { port, watches, push, broken };
}

function signalAt(seq: number, fields: Partial<FeedSignal> = {}): FeedSignal {
  const stamps = { sourceAtMs: seq, receivedAtMs: seq, committedAtMs: seq };
  return {
    // A document's id is a branded string that only the backend makes.
    signalId: `s${seq}` as FeedSignal["signalId"],
    feed: "pro",
    seq,
    state: "live",
    revision: 1,
    kind: "other",
    source: { name: "Desk" },
    author: null,
    content: "",
    embeds: [],
    attachments: [],
    replyTo: null,
    postedAtMs: seq,
    editedAtMs: null,
    deletedAtMs: null,
    stamps,
    ...fields,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const keys = new Map<Feed, string>([["pro", "key-1"]]);

async function openedOver(signals: FeedSignal[]) {
  const appeared: number[] = [];
  const fake = portOver(signals);
  const controller = new FeedController(fake.port, {
    appeared: (stamps, measured) => {
      appeared.push(stamps.committedAtMs);
      measured?.(40);
    },
  });
  controller.holdKeys(keys);
  await settled();
  const seqs = () => controller.snapshot().view.signals.map(({ seq }) => seq);
  return { ...fake, controller, appeared, seqs };
}

test("what was there is shown and is no arrival; what comes later is, and is measured once", async () => {
  const signals = [signalAt(1), signalAt(2)];
  const { controller, push, appeared, seqs } = await openedOver(signals);
  expect(seqs()).toEqual([2, 1]);
  expect(controller.snapshot().view.isComplete).toBe(true);
  expect(appeared).toEqual([]);

  signals.push(signalAt(3));
  push();
  push();
  await settled();
  expect(seqs()).toEqual([3, 2, 1]);
  expect(appeared).toEqual([3]);
  expect(controller.snapshot().arrivals.map(({ seq }) => seq)).toEqual([3]);
  expect(controller.snapshot().delaysMs.get("s3")).toBe(40);
});

test("a signal seen live and then deleted is remembered as seen; one that came deleted is not", async () => {
  const signals = [signalAt(1), signalAt(2, { state: "deleted" })];
  const { controller, push } = await openedOver(signals);
  signals[0] = signalAt(1, { state: "deleted", revision: 2 });
  push();
  await settled();
  expect([...controller.snapshot().seenLive]).toEqual(["s1"]);
});

test("a rotated key keeps what is shown and ends the subscriptions; a new key goes on", async () => {
  const signals = [signalAt(1)];
  const { controller, watches, push, seqs } = await openedOver(signals);
  [...watches][0]?.tell({ state: "rotated" });
  await settled();
  expect(seqs()).toEqual([1]);
  expect(watches.size).toBe(0);
  signals.push(signalAt(2));
  push();
  controller.holdKeys(new Map([["pro", "key-2"]]));
  await settled();
  expect(seqs()).toEqual([2, 1]);
  expect([...watches].every(({ feedKey }) => feedKey === "key-2")).toBe(true);
});

test("a feed whose key is gone disappears", async () => {
  const { controller, watches, seqs } = await openedOver([signalAt(1)]);
  controller.holdKeys(new Map());
  await settled();
  expect(seqs()).toEqual([]);
  expect(watches.size).toBe(0);
});

test("a position that cannot be read is a failure until it is asked again", async () => {
  const fake = portOver([signalAt(1)]);
  const controller = new FeedController(fake.port, { appeared: () => undefined });
  fake.broken.position = true;
  controller.holdKeys(keys);
  await settled();
  expect(controller.snapshot().view.feeds[0]?.status).toBe("failed");
  fake.broken.position = false;
  controller.reconnected();
  await settled();
  expect(controller.snapshot().view.signals).toHaveLength(1);
});

test("a refused subscription is told until an answer comes", async () => {
  const { controller, watches, push } = await openedOver([signalAt(1)]);
  [...watches][0]?.fail(new Error("Server Error"));
  expect(controller.snapshot().error).toBe("Server Error");
  push();
  await settled();
  expect(controller.snapshot().error).toBeNull();
});
