/** Planted anomalies: a judge that finds nothing would let everything pass. */
import { expect, test } from "vitest";
import { judge, type LedgerHistory, type Snapshot } from "./ledger-history.ts";

const MOVES = [
  { number: 1, op: "a", from: "ann", to: "bob", amount: 5 },
  { number: 2, op: "b", from: "bob", to: "cyd", amount: 2 },
];

function shown(more: Partial<Snapshot>): Snapshot {
  return {
    client: "c",
    ts: 15n,
    moves: 1,
    total: 0,
    latest: ["a"],
    balances: new Map([
      ["ann", -5],
      ["bob", 5],
    ]),
    page: [1],
    ...more,
  };
}

function history(more: Partial<LedgerHistory>): LedgerHistory {
  const acknowledged = [
    { op: "a", number: 1, ts: 10n },
    { op: "b", number: 2, ts: 20n },
    { op: "a", number: 1, ts: 10n },
  ];
  return { moves: MOVES, snapshots: [shown({})], acknowledged, ...more };
}

test("[SYNC26] a sound history passes", () => {
  expect(judge(history({}))).toEqual([]);
});

const later = shown({ ts: 20n, moves: 2, latest: ["b", "a"], balances: new Map(), page: [2, 1] });

test.each<[string, Partial<LedgerHistory>, string]>([
  [
    "a mutation applied twice",
    { moves: [...MOVES, { ...MOVES[0], number: 3 } as (typeof MOVES)[0]] },
    "a was applied twice",
  ],
  [
    "an acknowledged mutation that is lost",
    { moves: MOVES.slice(0, 1) },
    "b was acknowledged as 2, and is not",
  ],
  [
    "a replay answered anew",
    {
      acknowledged: [
        { op: "a", number: 1, ts: 10n },
        { op: "a", number: 1, ts: 11n },
      ],
    },
    "a got two different answers",
  ],
  [
    "timestamps against the order of commits",
    {
      acknowledged: [
        { op: "a", number: 1, ts: 10n },
        { op: "b", number: 2, ts: 9n },
      ],
    },
    "move 2 is at or before the timestamp of move 1",
  ],
  ["time that goes back", { snapshots: [later, shown({})] }, "time went back"],
  ["effects of a later commit", { snapshots: [{ ...later, ts: 15n }] }, "shows a move of 20"],
  ["a commit that is missing", { snapshots: [shown({ ts: 20n })] }, "lacks the move of 20"],
  [
    "queries of two timestamps",
    { snapshots: [shown({ balances: new Map([["bob", 3]]) })] },
    "bob has 3 instead of 5",
  ],
  ["a total that does not hold", { snapshots: [shown({ total: 1 })] }, "the total is 1"],
  ["moves of another time", { snapshots: [shown({ latest: ["b", "a"] })] }, "latest is b,a"],
  ["a page of another time", { snapshots: [shown({ page: [1, 2] })] }, "page is 1,2"],
])("[SYNC26] %s is found", (_, planted, words) => {
  expect(judge(history(planted)).join()).toContain(words);
});
