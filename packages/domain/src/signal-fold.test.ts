import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryEvent, arbitraryPost } from "../test/event-arbitraries.ts";
import { canonicalText } from "./canonical-text.ts";
import { foldEvent, type SignalState, viewOfSignal } from "./signal-fold.ts";
import type { DeleteEvent, PostEvent, SourceEvent } from "./source-event.ts";

const T = 1_700_000_000_000;
const ids = { messageId: "m1", channelId: "c1" };
const create = (occurredAt: number, fields: Partial<PostEvent> = {}): PostEvent => ({
  ...ids,
  type: "create",
  content: "first",
  author: { id: "u1", name: "Ada" },
  occurredAt,
  ...fields,
});
const update = (occurredAt: number, fields: Partial<PostEvent> = {}): PostEvent => ({
  ...ids,
  type: "update",
  occurredAt,
  ...fields,
});
const gone = (occurredAt: number): DeleteEvent => ({ ...ids, type: "delete", occurredAt });

function foldAll(events: readonly SourceEvent[]): SignalState {
  let state: SignalState | null = null;
  for (const event of events) state = foldEvent(state, event).state;
  if (state === null) throw new Error("no events");
  return state;
}

function stored(events: readonly SourceEvent[]): string {
  const { revision: _, ...result } = foldAll(events);
  return canonicalText(result);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

describe("any order, any repetition", () => {
  test("[FOLD1] every permutation of create, edit, edit, delete and a repeat stores the same", () => {
    const history = [
      create(T, { attachments: [] }),
      update(T + 5, { content: "second" }),
      update(T + 5, { content: "other second", embeds: [{ title: "card" }] }),
      gone(T + 9),
    ];
    for (const repeated of history) {
      const results = permutations([...history, repeated]).map(stored);
      expect(new Set(results).size).toBe(1);
    }
  });

  test("[FOLD1] every permutation of the posts alone, with all ties, stores the same", () => {
    const property = fc.property(
      fc.array(arbitraryPost, { minLength: 1, maxLength: 4, size: "max" }),
      fc.nat(),
      (posts, pick) => {
        const repeated = posts[pick % posts.length];
        const events = repeated === undefined ? posts : [...posts, repeated];
        expect(new Set(permutations(events).map(stored)).size).toBe(1);
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  test("[FOLD1] a shuffled and repeated history stores the same as the one in order", () => {
    const history = fc.array(arbitraryEvent, { minLength: 1, maxLength: 8, size: "max" });
    const property = fc.property(history, fc.infiniteStream(fc.nat()), (events, picks) => {
      const shuffled = [...events, ...events]
        .map((event) => ({ event, key: Number(picks.next().value) }))
        .sort((a, b) => a.key - b.key)
        .map(({ event }) => event);
      expect(stored(shuffled)).toBe(stored(events));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("[FOLD1] an event folded in twice is a duplicate that leaves the very same object", () => {
    const once = foldAll([create(T), update(T + 1, { content: "b" })]);
    for (const event of [create(T), update(T + 1, { content: "b" })]) {
      expect(foldEvent(once, event)).toEqual({ outcome: "duplicate", state: once });
      expect(foldEvent(once, event).state).toBe(once);
    }
  });
});

describe("ties", () => {
  test("[FOLD2] at one time an update beats the create and a delete beats both", () => {
    const edited = [create(T), update(T, { content: "aaa" })];
    expect(viewOfSignal(foldAll(edited)).content).toBe("aaa");
    expect(viewOfSignal(foldAll(edited.toReversed())).content).toBe("aaa");
    expect(foldAll([gone(T), ...edited]).state).toBe("deleted");
  });

  test("[FOLD2] of two updates at one time the greater text stays, whichever came first", () => {
    const edits = [update(T, { content: "a" }), update(T, { content: "b" })];
    expect(viewOfSignal(foldAll(edits)).content).toBe("b");
    expect(viewOfSignal(foldAll(edits.toReversed())).content).toBe("b");
  });
});

describe("deletes", () => {
  test("[FOLD3] a delete that comes first leaves a tombstone no later event revives", () => {
    const tombstone = foldEvent(null, gone(T));
    expect(tombstone.outcome).toBe("deleted");
    const after = foldEvent(tombstone.state, update(T + 100, { content: "back" }));
    expect(after.outcome).toBe("stale");
    expect(viewOfSignal(after.state)).toMatchObject({
      state: "deleted",
      content: "",
      author: null,
    });
  });

  test("[FOLD3] a tombstone learns when the message was posted without a new revision", () => {
    const tombstone = foldEvent(null, gone(T + 9)).state;
    const after = foldEvent(tombstone, create(T));
    expect(after).toMatchObject({ outcome: "stale", state: { revision: tombstone.revision } });
    expect(viewOfSignal(after.state)).toMatchObject({ postedAtMs: T, deletedAtMs: T + 9 });
  });
});

describe("fields", () => {
  test("[FOLD4] a field an update leaves out keeps its value, an empty list clears it", () => {
    const chart = [{ id: "a", name: "c.png", url: "https://files.test/c.png" }];
    const base = [create(T, { attachments: chart }), update(T + 1, { content: "new" })];
    expect(viewOfSignal(foldAll(base))).toMatchObject({ content: "new", attachments: chart });
    const cleared = foldAll([...base, update(T + 2, { attachments: [] })]);
    expect(viewOfSignal(cleared)).toMatchObject({ content: "new", attachments: [] });
  });

  test("[FOLD4] a create after its edit fills in only what the edit did not carry", () => {
    const edited = foldEvent(null, update(T + 5, { content: "edited" }));
    expect(edited.outcome).toBe("created");
    const after = foldEvent(edited.state, create(T));
    expect(after.outcome).toBe("updated");
    expect(viewOfSignal(after.state)).toMatchObject({
      content: "edited",
      author: { name: "Ada" },
      postedAtMs: T,
      editedAtMs: T + 5,
    });
  });
});

describe("revisions", () => {
  test("[FOLD5] the revision rises exactly with the outcomes created, updated and deleted", () => {
    const property = fc.property(
      fc.array(arbitraryEvent, { maxLength: 10, size: "max" }),
      (events) => {
        let state: SignalState | null = null;
        for (const event of events) {
          const before: number = state?.revision ?? 0;
          const { outcome, state: after } = foldEvent(state, event);
          const isVisible = outcome !== "duplicate" && outcome !== "stale";
          expect(after.revision).toBe(before + (isVisible ? 1 : 0));
          state = after;
        }
      },
    );
    fc.assert(property);
  });

  test("[FOLD5] an edit older than the stored one is stale", () => {
    const state = foldAll([create(T), update(T + 5, { content: "new" })]);
    expect(foldEvent(state, update(T + 2, { content: "old" })).outcome).toBe("stale");
  });

  test("[FOLD7] a link that was only signed anew is kept, and is no new revision", () => {
    const signed = (hm: string) => [
      { id: "a", name: "c.png", url: `https://cdn.test/c.png?ex=${hm}&is=1&hm=${hm}` },
    ];
    const state = foldAll([create(T, { attachments: signed("1") })]);
    const after = foldEvent(state, create(T, { attachments: signed("2") }));
    expect(after).toMatchObject({ outcome: "duplicate", state: { revision: 1 } });
    expect(viewOfSignal(after.state).attachments).toEqual(signed("2"));
  });

  test("[FOLD6] an embeds-only update is a preview: shown, but not an edit", () => {
    const state = foldAll([create(T), update(T + 1, { embeds: [{ title: "preview" }] })]);
    expect(viewOfSignal(state)).toMatchObject({ embeds: [{ title: "preview" }], editedAtMs: null });
  });
});
