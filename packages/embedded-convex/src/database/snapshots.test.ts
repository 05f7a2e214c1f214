import type { JSONValue } from "convex/values";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bound,
  collect,
  fullScan,
  indexRange,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import type { Transaction } from "./types.ts";

const RUNS = 40;
const tables = Array.from({ length: RUNS + 20 }, (_, i) => `t${i}`);
let bed: TemporaryDatabase;
let nextTable = 0;

beforeAll(async () => {
  bed = await TemporaryDatabase.open();
  const schemas = tables.map((name) => tableSchema(name, { by_g: ["g"] })) as {
    tables: JSONValue[];
  }[];
  await bed.activate({ tables: schemas.flatMap((one) => one.tables), schemaValidation: true });
});
afterAll(() => bed.remove());

type Model = Map<string, { g: number; n: number }>;

const group = fc.integer({ min: 0, max: 3 });
const write = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), g: group }),
  fc.record({ kind: fc.constant("patch" as const), pick: fc.nat(), g: group }),
  fc.record({ kind: fc.constant("remove" as const), pick: fc.nat() }),
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      writes: fc.array(write, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("hold" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("goBack" as const), pick: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      pick: fc.nat(),
      g: group,
      desc: fc.boolean(),
      limit: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("release" as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("flush" as const),
      laterMs: fc.constantFrom(0, 1, 61_000),
    }),
  },
);

test("[TX4] a snapshot shows exactly what was committed up to it, whatever is on disk by then", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60, size: "max" }),
      async (steps) => {
        const run = new Run(tables[nextTable++ % tables.length] ?? "");
        for (const one of steps) await run.step(one);
        run.end();
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 60_000);

class Run {
  readonly #table: string;
  #model: Model = new Map();
  /** What was committed at timestamps that nobody holds. */
  readonly #past: { ts: bigint; atMs: number; model: Model }[] = [];
  readonly #held: { tx: Transaction; model: Model }[] = [];

  constructor(table: string) {
    this.#table = table;
  }

  async step(one: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
    if (one.kind === "commit") this.#commit(one.writes);
    else if (one.kind === "hold")
      this.#held.push({ tx: bed.database.begin(), model: new Map(this.#model) });
    else if (one.kind === "goBack") this.#goBack(one.pick);
    else if (one.kind === "read") this.#read(one);
    else if (one.kind === "release") {
      for (const { tx } of this.#held.splice(one.pick % (this.#held.length + 1), 1)) tx.close();
    } else {
      bed.clock.advance(one.laterMs);
      await bed.database.whenDurable(bed.database.latestTs);
    }
  }

  end(): void {
    for (const { tx, model } of this.#held) {
      expect(collect(tx, fullScan(this.#table)).map(bare)).toEqual(sorted(model).map(bare));
      expect(tx.count(this.#table)).toBe(model.size);
      tx.close();
    }
    bed.read((tx) => {
      expect(collect(tx, fullScan(this.#table)).length).toBe(this.#model.size);
    });
  }

  #commit(writes: readonly (typeof write extends fc.Arbitrary<infer W> ? W : never)[]): void {
    const tx = bed.database.begin();
    const next: Model = new Map(this.#model);
    for (const [n, one] of writes.entries()) {
      const ids = [...next.keys()];
      const id = one.kind === "insert" ? undefined : ids[one.pick % ids.length];
      if (one.kind === "insert") next.set(tx.insert(this.#table, { g: one.g, n }), { g: one.g, n });
      else if (id === undefined) continue;
      else if (one.kind === "remove") {
        tx.remove(id);
        next.delete(id);
      } else {
        tx.patch(id, { g: one.g, n });
        next.set(id, { g: one.g, n });
      }
    }
    const { ts } = bed.commit(tx);
    this.#model = next;
    this.#past.push({ ts, atMs: bed.clock.nowMs(), model: next });
    bed.clock.advance(1);
  }

  #goBack(pick: number): void {
    const past = this.#past[pick % Math.max(1, this.#past.length)];
    if (past === undefined || bed.clock.nowMs() - past.atMs > 60_000) return;
    const tx = bed.database.begin({ at: past.ts });
    if (pick % 2 === 0) this.#held.push({ tx, model: past.model });
    else {
      expect(collect(tx, fullScan(this.#table)).map(bare)).toEqual(sorted(past.model).map(bare));
      for (const [_id, fields] of past.model) {
        expect(bare(JSON.parse(tx.get(_id) ?? "{}"))).toEqual({ _id, ...fields });
      }
      tx.close();
    }
  }

  #read({ pick, g, desc, limit }: { pick: number; g: number; desc: boolean; limit: number }): void {
    const held = this.#held[pick % Math.max(1, this.#held.length)];
    if (held === undefined) return;
    const range = indexRange(
      `${this.#table}.by_g`,
      [bound("Gte", "g", g)],
      [{ limit }],
      desc ? "desc" : "asc",
    );
    const expected = sorted(held.model)
      .filter((one) => one.g >= g)
      .sort((a, b) => a.g - b.g);
    if (desc) expected.reverse();
    const found = collect(held.tx, range);
    expect(found.map((one) => one.g)).toEqual(expected.slice(0, limit).map((one) => one.g));
    for (const one of found)
      expect(bare(one)).toEqual({ _id: one._id, ...held.model.get(String(one._id)) });
  }
}

/** In insertion order: ties within a group are in the order of creation, as the model's. */
function sorted(model: Model): { _id: string; g: number; n: number }[] {
  return [...model].map(([_id, fields]) => ({ _id, ...fields }));
}

function bare({ _id, g, n }: Record<string, JSONValue>): Record<string, JSONValue | undefined> {
  return { _id, g, n };
}
