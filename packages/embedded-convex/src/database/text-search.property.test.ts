/** Whatever was written by whom and when: a search finds what a plain model finds. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ModelNote, modelSearch } from "../../test/search-model.ts";
import { searchDocuments, searchQuery, searchSchema } from "../../test/searching.ts";
import { collect, fullScan, TemporaryDatabase } from "../../test/temporary-database.ts";
import type { Transaction } from "./types.ts";

const WORDS = ["a", "ab", "abc", "b", "bc", "cab", "zoo", "zo"];
const word = fc.constantFrom(...WORDS);
const body = fc.oneof(
  { weight: 9, arbitrary: fc.array(word, { maxLength: 9 }).map((words) => words.join(", ")) },
  { weight: 1, arbitrary: fc.constant(7) },
);
const channel = fc.constantFrom(undefined, null, "x", 1);
const note = fc.record({ body, channel });

type Step =
  | { readonly kind: "insert"; readonly note: { body: string | number; channel: unknown } }
  | { readonly kind: "edit"; readonly at: number; readonly body: string | number }
  | { readonly kind: "move"; readonly at: number; readonly channel: unknown }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "undo"; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: note.map((one) => ({ kind: "insert" as const, note: one })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("edit" as const), at: fc.nat(), body }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("move" as const), at: fc.nat(), channel }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("undo" as const), at: fc.nat() }) },
);

const search = fc.record({
  text: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
  channel: fc.option(fc.record({ equals: channel }), { nil: null }),
});
/** `held`: the snapshot before the writes stays open and is searched later. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 8, size: "max" }),
  searches: fc.array(search, { minLength: 1, maxLength: 3 }),
  held: fc.boolean(),
  waits: fc.boolean(),
});

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

const notesIn = (tx: Transaction) => collect(tx, fullScan("notes")) as unknown as ModelNote[];

function write(tx: Transaction, one: Step): void {
  const notes = notesIn(tx);
  if (one.kind === "insert") {
    const { body: text, channel: place } = one.note;
    tx.insert("notes", {
      body: text,
      ...(place === undefined ? {} : { channel: place as string }),
    });
    return;
  }
  const target = notes[one.at % Math.max(1, notes.length)];
  if (target === undefined) return;
  if (one.kind === "edit") tx.patch(target._id, { body: one.body });
  else if (one.kind === "remove") tx.remove(target._id);
  else if (one.kind === "move") {
    tx.patch(target._id, {
      channel: (one.channel === undefined ? { $undefined: null } : one.channel) as string,
    });
  } else {
    const before = tx.savepoint();
    tx.remove(target._id);
    tx.rollbackTo(before);
  }
}

async function compare(
  tx: Transaction,
  { text, channel: filter }: { text: string; channel: { equals: unknown } | null },
): Promise<number> {
  const equals = filter?.equals as string | undefined;
  const filters = filter === null ? {} : { channel: equals };
  const found = await searchDocuments(tx, searchQuery(text, filters));
  const expected = modelSearch(notesIn(tx), text, filter === null ? null : { equals });
  expect(found.map(({ _id }) => _id)).toEqual(expected);
  return expected.length;
}

test("[SEARCH6] searches at any snapshot, own writes included, find what a plain model finds", async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 6, size: "max" }),
      async (rounds) => {
        await bed.activate({ tables: [], schemaValidation: true });
        await bed.activate(searchSchema());
        await bed.write((tx) => {
          for (const { _id } of notesIn(tx)) tx.remove(_id);
        });
        const held: Transaction[] = [];
        for (const { steps, searches, held: holds, waits } of rounds) {
          if (holds) held.push(bed.database.begin());
          const tx = bed.database.begin();
          for (const one of steps) write(tx, one);
          for (const one of searches) hits += await compare(tx, one);
          const { durable } = bed.commit(tx);
          if (waits) await durable;
          const fresh = bed.database.begin();
          for (const one of searches) hits += await compare(fresh, one);
          for (const old of held) for (const one of searches) hits += await compare(old, one);
          fresh.close();
        }
        for (const old of held) old.close();
      },
    ),
    { numRuns: 60 },
  );
  expect(hits).toBeGreaterThan(200);
}, 60_000);
