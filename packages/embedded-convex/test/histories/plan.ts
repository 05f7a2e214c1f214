/**
 * What a history is to do, before it is known how it goes: sessions that send one
 * transaction after the other, and numbers that decide every turn of the play.
 */
import fc from "fast-check";

export const GROUPS = ["a", "b"] as const;
/** Rows that are there at the start, one after the other in the two groups. */
export const FIRST_ROWS = 4;
const PLACES = 6;

export interface RangeStep {
  readonly kind: "range";
  readonly group: string | null;
  readonly from: number;
  readonly to: number;
  readonly descending: boolean;
  /** How it is read: by its index, by a filter over the table, in a page. */
  readonly by: "index" | "filter" | "page";
  readonly limit: number | null;
}

export type ChangeKind = "set" | "append" | "move" | "remove";

export type Step =
  /** `row` counts the rows of the start. */
  | { readonly kind: "get"; readonly row: number }
  | { readonly kind: "change"; readonly row: number; readonly how: ChangeKind; readonly to: Place }
  | RangeStep
  | { readonly kind: "insert"; readonly to: Place }
  | { readonly kind: "insertIfAbsent"; readonly to: Place }
  /** Changes one of the rows that a range finds. */
  | {
      readonly kind: "changeFound";
      readonly range: RangeStep;
      readonly nth: number;
      readonly how: ChangeKind;
      readonly to: Place;
    }
  | { readonly kind: "nested"; readonly steps: readonly Step[]; readonly fails: boolean }
  | { readonly kind: "schedule"; readonly steps: readonly Step[] }
  /** Waits for something outside, so that others run meanwhile. */
  | { readonly kind: "pause" };

export interface Place {
  readonly group: string;
  readonly place: number;
}

export type PlannedTransaction =
  | {
      readonly kind: "mutation";
      readonly steps: readonly Step[];
      readonly fails: boolean;
      /** Over HTTP, over a socket, or over a socket that sends it again. */
      readonly sent: "plain" | "once" | "twice";
    }
  | { readonly kind: "query"; readonly steps: readonly Step[]; readonly isOfThePast: boolean }
  /** Looks at what the session's subscription holds by now. */
  | { readonly kind: "watch" };

export interface Plan {
  readonly sessions: readonly (readonly PlannedTransaction[])[];
  /** What the session's subscription shows. */
  readonly watched: RangeStep;
  readonly turns: number;
}

const row = fc.nat(FIRST_ROWS - 1);
const place = fc.nat(PLACES - 1);
const to: fc.Arbitrary<Place> = fc.record({ group: fc.constantFrom(...GROUPS), place });
const how = fc.constantFrom<ChangeKind>("set", "append", "append", "move", "remove");

const range: fc.Arbitrary<RangeStep> = fc
  .record({
    group: fc.option(fc.constantFrom(...GROUPS), { freq: 3 }),
    ends: fc.tuple(place, place),
    descending: fc.boolean(),
    by: fc.constantFrom<RangeStep["by"]>("index", "index", "filter", "page"),
    limit: fc.option(fc.integer({ min: 1, max: 3 })),
  })
  .map(({ ends: [a, b], ...rest }) => ({
    kind: "range",
    from: Math.min(a, b),
    to: Math.max(a, b),
    ...rest,
  }));

const get: fc.Arbitrary<Step> = fc.record({ kind: fc.constant("get"), row });
const pause: fc.Arbitrary<Step> = fc.constant({ kind: "pause" });
const write: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("change"), row, how, to }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("insert"), to }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("insertIfAbsent"), to }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("changeFound"), range, nth: fc.nat(2), how, to }),
  },
);
const flat: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 2, arbitrary: get },
  { weight: 2, arbitrary: range },
  { weight: 3, arbitrary: pause },
);

function stepsOf(step: fc.Arbitrary<Step>, maxLength: number): fc.Arbitrary<Step[]> {
  return fc.array(step, { minLength: 1, maxLength, size: "max" });
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: flat },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("nested"),
      steps: stepsOf(flat, 3),
      fails: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("schedule"), steps: stepsOf(flat, 3) }),
  },
);

const transaction: fc.Arbitrary<PlannedTransaction> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("mutation"),
      steps: stepsOf(step, 5),
      fails: fc.nat(9).map((n) => n === 9),
      sent: fc.constantFrom<"plain" | "once" | "twice">("plain", "plain", "once", "twice"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("query"),
      steps: stepsOf(fc.oneof(get, range), 4),
      isOfThePast: fc.nat(3).map((n) => n === 3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "watch" }) },
);

export const plan: fc.Arbitrary<Plan> = fc.record({
  sessions: fc.array(fc.array(transaction, { minLength: 1, maxLength: 4, size: "max" }), {
    minLength: 2,
    maxLength: 4,
    size: "max",
  }),
  watched: range,
  turns: fc.noShrink(fc.nat()),
});
