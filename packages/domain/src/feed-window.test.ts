import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FeedWorld, openIn } from "../test/feed-world.ts";
import { segmentOf } from "./feed-segments.ts";
import { viewFeedWindow } from "./feed-window-view.ts";
import { FEEDS, type Feed } from "./tiers.ts";

function opened(live: number, history = 0): FeedWorld {
  const world = new FeedWorld();
  world.addFeed("pro", { history, live });
  world.deliverAll();
  return world;
}

function shownSeqs(world: FeedWorld, feed: Feed = "pro"): number[] {
  const { signals } = viewFeedWindow(world.state);
  return signals.filter((signal) => signal.feed === feed).map(({ seq }) => seq);
}

function descending(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, index) => from - index);
}

describe("what is live", () => {
  test("[WIN1] the open and the next segment are live from the start, at any size", () => {
    for (const live of [0, 1, 6, 7, 8, 100]) {
      const world = opened(live);
      const open = openIn(world, "pro");
      expect(world.subscribedTo("pro")).toEqual(expect.arrayContaining([open, open + 1]));
    }
  });

  test("[WIN1] crossing a boundary costs no wait: the signal after it arrives by a push", () => {
    const world = opened(14);
    world.commands.length = 0;
    world.publish("pro", 1);
    world.publish("pro", 1);
    expect(world.commands).toEqual([]);
    world.deliver(0);
    world.deliver(0);
    expect(shownSeqs(world).slice(0, 2)).toEqual([16, 15]);
    expect(world.commands).toEqual([expect.objectContaining({ type: "awaitLull" })]);
  });

  test("[WIN1] the window moves on in the first lull after a boundary", () => {
    const world = opened(14);
    world.publish("pro", 2);
    world.deliverAnswers();
    expect(world.subscribedTo("pro")).toEqual([0, 1, 2]);
    world.deliverAll();
    expect(world.subscribedTo("pro")).toEqual([0, 1, 2, 3]);
  });

  test("[WIN1] without a lull it moves on when half of the open segment is given out", () => {
    const world = opened(14);
    for (let seq = 15; seq <= 18; seq++) {
      world.publish("pro", 1);
      world.deliverAnswers();
      expect(world.subscribedTo("pro")).not.toContain(3);
    }
    world.publish("pro", 1);
    world.deliverAnswers();
    expect(world.subscribedTo("pro")).toContain(3);
  });

  test("[WIN2] six segments are live, the newest ones", () => {
    expect(opened(100).subscribedTo("pro")).toEqual([8, 9, 10, 11, 12, 13]);
  });

  test("[WIN2] what is on the screen is live, and given up when it leaves", () => {
    const world = opened(400);
    for (let times = 0; times < 30; times++) {
      world.dispatch({ type: "loadOlder" });
      world.deliverAll();
    }
    world.dispatch({ type: "visibleRange", ranges: { pro: { lowestSeq: 200, highestSeq: 215 } } });
    expect(world.subscribedTo("pro")).toEqual([25, 26, 48, 49, 50, 51]);
    world.dispatch({ type: "visibleRange", ranges: {} });
    expect(world.subscribedTo("pro")).toEqual([46, 47, 48, 49, 50, 51]);
  });

  test("[WIN3] an older segment is read once, shown, and not read again", () => {
    const world = opened(100);
    world.commands.length = 0;
    world.dispatch({ type: "loadOlder" });
    world.deliverAll();
    expect(world.commands).toEqual([expect.objectContaining({ type: "readOnce", segment: 7 })]);
    expect(shownSeqs(world)).toEqual(descending(100, 56));
  });
});

test("[WIN5] an answer on its way since before an edit does not undo the edit", () => {
  const world = opened(100);
  world.dispatch({ type: "loadOlder" }); // the read of segment 7 is on its way
  world.edit("pro", 40); // seq 60, in segment 7
  world.dispatch({ type: "visibleRange", ranges: { pro: { lowestSeq: 57, highestSeq: 62 } } });
  world.deliver(1); // the subscription answers first
  world.deliver(0);
  const { signals } = viewFeedWindow(world.state);
  expect(signals.find(({ seq }) => seq === 60)?.revision).toBe(2);
});

test("[WIN3] a segment that leaves the live ones before it was full is read to its end", () => {
  const world = new FeedWorld({ liveSegments: 3 });
  world.addFeed("pro", { history: 0, live: 3 });
  world.deliverAll();
  world.publish("pro", 100);
  world.deliver(1); // segment 1 answers first: 2, 3 and 1 are live now, 0 held up to seq 3
  world.deliverAll();
  expect(shownSeqs(world)).toEqual(descending(103, 1));
});

describe("the ends of a feed", () => {
  test("[WIN4] an empty feed is complete and grows from its first signal", () => {
    const world = opened(0);
    expect(viewFeedWindow(world.state)).toMatchObject({ isComplete: true, hasOlder: false });
    world.publish("pro", 1);
    world.deliverAll();
    expect(shownSeqs(world)).toEqual([1]);
  });

  test("[WIN4] imported history is found below the first live signal", () => {
    const world = opened(3, 20);
    for (let times = 0; times < 4; times++) {
      world.dispatch({ type: "loadOlder" });
      world.deliverAll();
    }
    expect(shownSeqs(world)).toEqual(descending(3, -19));
    expect(viewFeedWindow(world.state).hasOlder).toBe(false);
  });

  test("[WIN4] a feed without history is not searched for any", () => {
    const world = opened(3);
    expect(world.commands.filter((command) => "segment" in command && command.segment < 0)).toEqual(
      [],
    );
  });
});

describe("after being away", () => {
  test("[WIN7] a burst over several segments is caught up through the position", () => {
    const world = opened(4);
    world.commands.length = 0;
    world.publish("pro", 100);
    world.deliverAll();
    expect(shownSeqs(world)).toEqual(descending(104, 1));
    expect(world.commands.filter(({ type }) => type === "readPosition")).toHaveLength(1);
  });

  test("[WIN8] a jump beyond what is held starts afresh at the head", () => {
    const world = opened(50);
    world.disconnect();
    world.publish("pro", 20_000);
    world.comeToRest();
    expect(shownSeqs(world)).toEqual(descending(20_050, 8 * (openIn(world, "pro") - 4)));
    expect(viewFeedWindow(world.state)).toMatchObject({ isComplete: true, hasOlder: true });
  });

  test("[WIN8] a window open for long keeps no more than it may", () => {
    const world = new FeedWorld({ heldSegments: 10 });
    world.addFeed("pro", { history: 0, live: 1 });
    for (let times = 0; times < 300; times++) {
      world.publish("pro", 1);
      world.deliverAll();
    }
    expect(shownSeqs(world)).toEqual(descending(301, 8 * (37 - 10)));
  });
});

describe("keys", () => {
  test("[WIN6] a rotated key leaves everything shown and is reported", () => {
    const world = opened(30);
    const before = shownSeqs(world);
    world.rotate("pro");
    world.deliver(0);
    expect(shownSeqs(world)).toEqual(before);
    expect(viewFeedWindow(world.state).feeds[0]?.status).toBe("rotated");
    expect(world.subscribedTo("pro")).toEqual([]);
  });

  test("[WIN6] the same segments load under the new key, with what was missed", () => {
    const world = opened(30);
    const segments = world.subscribedTo("pro");
    world.rotate("pro");
    world.publish("pro", 1);
    world.renewKey("pro");
    expect(world.subscribedTo("pro")).toEqual(segments);
    expect(shownSeqs(world)).toEqual(descending(30, 1));
    world.deliverAll();
    expect(shownSeqs(world)).toEqual(descending(31, 1));
  });

  test("[WIN6] a feed that may be read no longer is gone with its subscriptions", () => {
    const world = opened(30);
    world.dispatch({ type: "keyRemoved", feed: "pro" });
    expect(shownSeqs(world)).toEqual([]);
    expect(world.subscribedTo("pro")).toEqual([]);
  });
});

describe("merging", () => {
  test("[WIN9] the list ends where the first feed that goes on ends", () => {
    const world = new FeedWorld({ liveSegments: 3 });
    world.addFeed("basic", { history: 0, live: 4 });
    world.addFeed("pro", { history: 0, live: 40 });
    world.deliverAll();
    expect(shownSeqs(world, "basic")).toEqual([]); // all older than pro 32, the oldest one held
    expect(viewFeedWindow(world.state).hasOlder).toBe(true);
  });

  test("[WIN9] loading older only adds at the end, until all of every feed is shown", () => {
    const sizes = fc.record({ history: fc.nat({ max: 40 }), live: fc.nat({ max: 80 }) });
    const property = fc.property(sizes, sizes, (basic, pro) => {
      const world = new FeedWorld();
      world.addFeed("basic", basic);
      world.addFeed("pro", pro);
      world.deliverAll();
      let before = viewFeedWindow(world.state);
      for (let left = 60; before.hasOlder && left > 0; left--) {
        world.dispatch({ type: "loadOlder" });
        world.deliverAll();
        const after = viewFeedWindow(world.state);
        expect(after.signals.slice(0, before.signals.length)).toEqual(before.signals);
        before = after;
      }
      const all = basic.history + basic.live + pro.history + pro.live;
      expect(before.signals).toHaveLength(all);
    });
    fc.assert(property, { numRuns: 40 });
  });
});

type Action =
  | { type: "publish" | "edit" | "deliver" | "fail"; feed: Feed; amount: number }
  | { type: "rotate" | "renewKey"; feed: Feed }
  | { type: "disconnect" | "reconnect" | "loadOlder" }
  | LookAction;

interface LookAction {
  type: "look";
  feed: Feed;
  distance: number;
  height: number;
}

const feedName = fc.constantFrom<Feed>("basic", "pro");
const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: amountOf("deliver", 40) },
  { weight: 4, arbitrary: amountOf("publish", 3) },
  { weight: 1, arbitrary: amountOf("publish", 60) },
  { weight: 2, arbitrary: amountOf("edit", 50) },
  { weight: 1, arbitrary: amountOf("fail", 40) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("rotate", "renewKey"), feed: feedName }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom("disconnect", "reconnect", "reconnect", "loadOlder"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("look"),
      feed: feedName,
      distance: fc.nat({ max: 80 }),
      height: fc.nat({ max: 60 }),
    }),
  },
);

function amountOf<T extends "publish" | "edit" | "deliver" | "fail">(type: T, max: number) {
  return fc.record({ type: fc.constant(type), feed: feedName, amount: fc.nat({ max }) });
}

function act(world: FeedWorld, action: Action): void {
  if (action.type === "publish") world.publish(action.feed, action.amount);
  else if (action.type === "edit") world.edit(action.feed, action.amount);
  else if (action.type === "deliver") world.deliver(action.amount);
  else if (action.type === "fail") world.deliver(action.amount, true);
  else if (action.type === "rotate") world.rotate(action.feed);
  else if (action.type === "renewKey") world.renewKey(action.feed);
  else if (action.type === "disconnect") world.disconnect();
  else if (action.type === "reconnect") world.reconnect();
  else if (action.type === "loadOlder") world.dispatch({ type: "loadOlder" });
  else if (action.type === "look") look(world, action);
}

function look(world: FeedWorld, action: LookAction): void {
  const highestSeq = world.nextSeqOf(action.feed) - 1 - action.distance;
  const visible = { lowestSeq: highestSeq - action.height, highestSeq };
  world.dispatch({ type: "visibleRange", ranges: { [action.feed]: visible } });
}

/** Revisions by "feed seq", of everything the window holds. */
function heldRevisions(world: FeedWorld): Map<string, number> {
  const held = [...world.state.feeds.values()].flatMap(({ segments }) =>
    [...segments.values()].flatMap(({ signals }) => [...signals.values()]),
  );
  return new Map(held.map(({ feed, seq, revision }) => [`${feed} ${seq}`, revision]));
}

const SETTINGS = { liveSegments: 3, heldSegments: 12, readsInFlight: 2 };
const sizes = fc.record({ history: fc.nat({ max: 30 }), live: fc.nat({ max: 60 }) });
const interleaving = fc.tuple(
  sizes,
  sizes,
  fc.array(arbitraryAction, { maxLength: 120, size: "max" }),
);

function worldAfter(
  [basic, pro, actions]: [
    { history: number; live: number },
    { history: number; live: number },
    Action[],
  ],
  afterEach: (world: FeedWorld) => void,
): FeedWorld {
  const world = new FeedWorld(SETTINGS);
  world.addFeed("basic", basic);
  world.addFeed("pro", pro);
  for (const action of actions) {
    act(world, action);
    afterEach(world);
  }
  return world;
}

describe("random interleavings of pushes, edits, rotations, reconnects and scrolling", () => {
  test("[WIN4] at rest no seq is missing and every live segment is as on the server", () => {
    const property = fc.property(interleaving, (run) => {
      const world = worldAfter(run, () => {});
      world.comeToRest();
      const view = viewFeedWindow(world.state);
      expect(view.isComplete).toBe(true);
      for (const { feed, fromSeq, toSeq, missingSeqs } of view.feeds) {
        expect(missingSeqs).toEqual([]);
        if (fromSeq === null || toSeq === null) continue;
        expect(toSeq).toBe(world.nextSeqOf(feed) - 1);
        expect(shownSeqs(world, feed)).toEqual(descending(toSeq, fromSeq));
      }
      for (const feed of ["basic", "pro"] as const) {
        for (const segment of world.subscribedTo(feed)) {
          const held = world.state.feeds.get(feed)?.segments.get(segment)?.signals.values() ?? [];
          expect([...held]).toEqual(world.truth(feed, segment));
        }
      }
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("[WIN4] the newest signals of every feed are held at rest", () => {
    const property = fc.property(interleaving, (run) => {
      const world = worldAfter(run, () => {});
      world.comeToRest();
      const held = heldRevisions(world);
      for (const feed of ["basic", "pro"] as const) {
        const newest = world.nextSeqOf(feed) - 1;
        const lowest = Math.max(newest - 7, world.lowestSeqOf(feed)); // one sealed segment at least
        for (let seq = newest; seq >= lowest && newest > 0; seq--)
          expect(held.has(`${feed} ${seq}`)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("[WIN2] never more than the allowed number of segments is live", () => {
    const property = fc.property(interleaving, (run) => {
      worldAfter(run, (world) => {
        for (const feed of ["basic", "pro"] as const) {
          expect(world.subscribedTo(feed).length).toBeLessThanOrEqual(SETTINGS.liveSegments);
        }
      });
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("[WIN5] what is held never goes back and only leaves below the floor", () => {
    const property = fc.property(interleaving, (run) => {
      let before = new Map<string, number>();
      worldAfter(run, (world) => {
        const after = heldRevisions(world);
        for (const [name, revision] of before) {
          const [feed, seq] = name.split(" ");
          const state = FEEDS.map((known) => world.state.feeds.get(known)).find(
            (f) => f?.feed === feed,
          );
          if (segmentOf(Number(seq)) < (state?.floor ?? 0)) continue;
          expect(after.get(name)).toBeGreaterThanOrEqual(revision);
        }
        before = after;
      });
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("[WIN10] at every moment each seq from the lowest shown to the head is shown or named missing", () => {
    const property = fc.property(interleaving, (run) => {
      worldAfter(run, (world) => {
        for (const { feed, fromSeq, toSeq, missingSeqs } of viewFeedWindow(world.state).feeds) {
          if (fromSeq === null || toSeq === null) continue;
          const named = [...shownSeqs(world, feed), ...missingSeqs].sort((a, b) => b - a);
          expect(named).toEqual(descending(toSeq, fromSeq));
        }
      });
    });
    fc.assert(property, { numRuns: 60 });
  });
});
