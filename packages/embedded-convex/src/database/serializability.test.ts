import type { JSONValue } from "convex/values";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bound,
  collect,
  indexRange,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";
import type { Transaction } from "./types.ts";

/**
 * The checker: transactions run interleaved, a step of one after a step of another.
 * Those that commit are run again on a plain map, one after the other in the order of
 * their timestamps. If the engine is serializable, every read gives the same again.
 */
const RUNS = 150;
const TABLES = 40;
let bed: TemporaryDatabase;
let run = 0;

beforeAll(async () => {
  bed = await TemporaryDatabase.open();
  const schemas = Array.from({ length: TABLES }, (_, i) => tableSchema(`t${i}`, { by_g: ["g"] }));
  const list = (schemas as { tables: JSONValue[] }[]).flatMap((one) => one.tables);
  await bed.activate({ tables: list, schemaValidation: true });
});
afterAll(() => bed.remove());

type Step =
  | { kind: "get"; pick: number }
  | { kind: "sum"; g: number; limit: number | null; desc: boolean }
  | { kind: "insert"; g: number }
  | { kind: "patch"; pick: number; g: number }
  | { kind: "remove"; pick: number };

const group = fc.integer({ min: 0, max: 2 });
const pick = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("get" as const), pick }),
  fc.record({
    kind: fc.constant("sum" as const),
    g: group,
    limit: fc.option(fc.constantFrom(1, 2)),
    desc: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("insert" as const), g: group }),
  fc.record({ kind: fc.constant("patch" as const), pick, g: group }),
  fc.record({ kind: fc.constant("remove" as const), pick }),
);
const plan = fc.record({
  transactions: fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), {
    minLength: 2,
    maxLength: 5,
  }),
  /** Which transaction makes the next step. */
  turns: fc.array(fc.nat(4), { minLength: 10, maxLength: 40 }),
});

interface Doc {
  g: number;
  n: number;
}

/** What a step needs of a database; the engine and the plain map both give it. */
interface Side {
  get(id: string): Doc | null;
  /** (id, n) of a group, in index order. */
  group(g: number, limit: number | null, desc: boolean): [string, number][];
  insert(doc: Doc): string;
  patch(id: string, doc: Doc): void;
  remove(id: string): void;
}

/** Runs a step and tells everything it read; what it writes depends on what was read. */
function runStep(side: Side, one: Step, ids: readonly string[], seen: number): JSONValue {
  const id = "pick" in one ? ids[one.pick] : undefined;
  switch (one.kind) {
    case "get":
      return { ...(side.get(id ?? "") ?? { gone: true }) };
    case "sum":
      return side.group(one.g, one.limit, one.desc);
    case "insert":
      return side.insert({ g: one.g, n: seen });
    case "patch":
    case "remove": {
      const found = side.get(id ?? "");
      if (found === null) return "gone";
      if (one.kind === "remove") side.remove(id ?? "");
      else side.patch(id ?? "", { g: one.g, n: found.n + seen + 1 });
      return { ...found };
    }
  }
}

function engineSide(tx: Transaction, table: string): Side {
  return {
    get: (id) => pickDoc(tx.get(id)),
    group: (g, limit, desc) => {
      const operators = limit === null ? [] : [{ limit }];
      const query = indexRange(
        `${table}.by_g`,
        [bound("Eq", "g", g)],
        operators,
        desc ? "desc" : "asc",
      );
      return collect(tx, query).map((doc) => [String(doc._id), Number(doc.n)]);
    },
    insert: (doc) => {
      const id = tx.insert(table, { ...doc });
      remember(id, tx.get(id));
      return id;
    },
    patch: (id, doc) => void tx.patch(id, { ...doc }),
    remove: (id) => void tx.remove(id),
  };
}

function pickDoc(json: string | null): Doc | null {
  if (json === null) return null;
  const { g, n } = JSON.parse(json) as Doc;
  return { g, n };
}

/** `newIds` is what the engine called the inserts of the same transaction. */
function mapSide(map: Map<string, Doc>, newIds: string[]): Side {
  return {
    get: (id) => map.get(id) ?? null,
    group: (g, limit, desc) => {
      const found = [...map]
        .filter(([, doc]) => doc.g === g)
        .map(([id, doc]): [string, number] => [id, doc.n]);
      found.sort(([a], [b]) => (desc ? byCreation(b, a) : byCreation(a, b)));
      return found.slice(0, limit ?? found.length);
    },
    insert: (doc) => {
      const id = newIds.shift() ?? "";
      map.set(id, doc);
      return id;
    },
    patch: (id, doc) => void map.set(id, doc),
    remove: (id) => void map.delete(id),
  };
}

interface Running {
  readonly tx: Transaction;
  readonly steps: readonly Step[];
  readonly results: JSONValue[];
  ts: bigint | null;
  done: boolean;
}

test("[TX7] transactions that run interleaved give what some serial order gives", async () => {
  let committed = 0;
  let conflicts = 0;
  await fc.assert(
    fc.asyncProperty(plan, async ({ transactions, turns }) => {
      const table = `t${run++ % TABLES}`;
      const ids = await bed.write((tx) =>
        [0, 1, 2, 3].map((n) => tx.insert(table, { g: n % 3, n })),
      );
      const before = bed.read((tx) => snapshotOf(tx, table));
      bed.read((tx) => {
        for (const id of before.keys()) remember(id, tx.get(id));
      });
      const running = transactions.map(
        (steps): Running => ({
          tx: bed.database.begin(),
          steps,
          results: [],
          ts: null,
          done: false,
        }),
      );
      for (const turn of [...turns, ...running.flatMap((_, i) => Array(6).fill(i) as number[])]) {
        const one = running[turn % running.length];
        if (one !== undefined) advance(one, table, ids);
      }
      const winners = running.filter((one) => one.ts !== null).sort(bySerialOrder);
      committed += winners.length;
      conflicts += running.length - winners.length;
      expect(replay(winners, before, ids)).toEqual(winners.map((one) => one.results));
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(committed).toBeGreaterThan(RUNS);
  expect(conflicts).toBeGreaterThan(RUNS / 10);
}, 60_000);

function advance(one: Running, table: string, ids: readonly string[]): void {
  const next = one.steps[one.results.length];
  if (next !== undefined) {
    one.results.push(runStep(engineSide(one.tx, table), next, ids, weight(one.results)));
  } else if (!one.done) {
    one.done = true;
    bed.clock.advance(1);
    try {
      const { ts } = bed.commit(one.tx);
      one.ts = ts;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

/** Makes later writes depend on everything read before. */
function weight(results: readonly JSONValue[]): number {
  return JSON.stringify(results).length % 97;
}

function replay(
  winners: readonly Running[],
  before: Map<string, Doc>,
  ids: readonly string[],
): JSONValue[][] {
  const map = new Map(before);
  return winners.map((one) => {
    const newIds = one.steps.flatMap((step, i) =>
      step.kind === "insert" ? [String(one.results[i])] : [],
    );
    const side = mapSide(map, newIds);
    const results: JSONValue[] = [];
    for (const step of one.steps) results.push(runStep(side, step, ids, weight(results)));
    return results;
  });
}

/** When each document was created: equal groups stand in this order, then by id. */
const createdAt = new Map<string, number>();

function remember(id: string, json: string | null): void {
  const { _creationTime } = JSON.parse(json ?? "") as { _creationTime: number };
  createdAt.set(id, _creationTime);
}

function byCreation(a: string, b: string): number {
  const order = (createdAt.get(a) ?? 0) - (createdAt.get(b) ?? 0);
  return order !== 0 ? order : a < b ? -1 : 1;
}

/** A transaction that only read stands right behind the commit it saw last. */
function bySerialOrder(a: Running, b: Running): number {
  if (a.ts !== b.ts) return (a.ts ?? 0n) < (b.ts ?? 0n) ? -1 : 1;
  return Number(b.tx.hasWrites) - Number(a.tx.hasWrites);
}

function snapshotOf(tx: Transaction, table: string): Map<string, Doc> {
  const query = indexRange(`${table}.by_g`, []);
  return new Map(
    collect(tx, query).map((doc) => [String(doc._id), { g: Number(doc.g), n: Number(doc.n) }]),
  );
}
