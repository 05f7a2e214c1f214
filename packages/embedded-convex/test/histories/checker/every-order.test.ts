/**
 * The checker against the definition: random small histories, for which every serial order
 * is tried. Half of their transactions read an old snapshot, so that many have none.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { Content, FoundRow, History, Observation, Range, Transaction } from "./history.ts";

type State = ReadonlyMap<string, FoundRow>;

interface PlannedStep {
  readonly kind: "get" | "range" | "write" | "remove";
  /** Counts the rows that there ever were; a row that is gone never comes back. */
  readonly row: number;
  readonly range: Range;
}

const place = fc.nat(2);
const step: fc.Arbitrary<PlannedStep> = fc.record({
  kind: fc.constantFrom<PlannedStep["kind"]>("get", "range", "write", "write", "remove"),
  row: fc.nat(3),
  range: fc
    .tuple(place, place)
    .map(([a, b]) => ({ group: "a", from: Math.min(a, b), to: Math.max(a, b) })),
});
const planned = fc.array(
  fc.record({ age: fc.nat(2), steps: fc.array(step, { minLength: 1, maxLength: 3 }) }),
  { minLength: 2, maxLength: 5, size: "max" },
);

/** All asked for at once; each reads the state that was there `age` transactions ago. */
function historyOf(
  transactions: readonly { age: number; steps: readonly PlannedStep[] }[],
): History {
  const states: State[] = [new Map()];
  const rows: string[] = [];
  return transactions.map(({ age, steps }, number) => {
    const seen = new Map(states.at(-1 - Math.min(age, states.length - 1)));
    const after = new Map(states.at(-1));
    const observations: Observation[] = [];
    for (const [i, { kind, row: nth, range }] of steps.entries()) {
      const known = rows[nth] ?? "none";
      const old = seen.get(known) ?? null;
      const row = old === null && kind === "write" ? `r${number}.${i}` : known;
      observations.push({ kind: "get", row: known, found: old });
      if (kind === "range") observations.push(lookIn(seen, range));
      if (kind !== "write" && (kind !== "remove" || old === null)) continue;
      if (!rows.includes(row)) rows.push(row);
      const version = `${row}.${number}.${i}`;
      const content: Content | null = kind === "remove" ? null : { group: "a", place: range.from };
      observations.push({ kind: "write", row, version, over: old?.version ?? null, content });
      for (const state of [seen, after]) {
        if (content === null) state.delete(row);
        else state.set(row, { row, version, content, items: [version] });
      }
    }
    states.push(after);
    return { name: `t${number}`, outcome: "committed", startedAt: 0, endedAt: 1, observations };
  });
}

function lookIn(state: State, range: Range): Observation {
  const found = [...state.values()].filter(
    ({ content }) => range.from <= content.place && content.place <= range.to,
  );
  return { kind: "range", range, found, stopped: null };
}

function* orders<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length === 0) yield [];
  for (const [i, one] of all.entries()) {
    for (const rest of orders(all.toSpliced(i, 1))) yield [one, ...rest];
  }
}

function explains(order: readonly Transaction[]): boolean {
  const state = new Map<string, FoundRow>();
  return order.every(({ observations }) => observations.every((one) => agrees(state, one)));
}

function agrees(state: Map<string, FoundRow>, one: Observation): boolean {
  if (one.kind === "get") return state.get(one.row)?.version === one.found?.version;
  if (one.kind === "range") {
    const names = (found: readonly FoundRow[]) => found.map(({ version }) => version).sort();
    const now = lookIn(state, one.range);
    return now.kind === "range" && names(now.found).join() === names(one.found).join();
  }
  if (one.kind !== "write") return true;
  const { row, version, content } = one;
  if (content === null) state.delete(row);
  else state.set(row, { row, version, content, items: [version] });
  return true;
}

test("the checker finds an anomaly exactly when no serial order explains the history", () => {
  const answers = { serializable: 0, anomalous: 0 };
  fc.assert(
    fc.property(planned, (transactions) => {
      const history = historyOf(transactions);
      const isSerializable = [...orders(history)].some(explains);
      answers[isSerializable ? "serializable" : "anomalous"]++;
      expect(checkHistory(history).length === 0).toBe(isSerializable);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(answers.serializable, answers.anomalous)).toBeGreaterThan(200);
});
