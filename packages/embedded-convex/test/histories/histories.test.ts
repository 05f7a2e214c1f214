/**
 * Random concurrent transactions through the real function runtime, checked for a serial
 * order. More of them, or one again:
 *
 *   EMBEDDED_CONVEX_HISTORIES=10000
 *   EMBEDDED_CONVEX_HISTORIES_SEED=123 EMBEDDED_CONVEX_HISTORIES_PATH=45:0:1
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForgetfulRollback, HastyAnswer, NoConflictCheck, NoPhantomCheck } from "./broken-disks.ts";
import { assertLively, describeTotals, runHistories } from "./campaign.ts";
import { HistoryBed } from "./history-bed.ts";
import { plan } from "./plan.ts";
import { play } from "./play.ts";

const HISTORIES = Number(process.env.EMBEDDED_CONVEX_HISTORIES ?? 300);
const SEED = Number(process.env.EMBEDDED_CONVEX_HISTORIES_SEED ?? Date.now() % 2 ** 31);
const PATH = process.env.EMBEDDED_CONVEX_HISTORIES_PATH;
const TIMEOUT_MS = 60_000 + 500 * HISTORIES; // a history takes 20 to 60 ms
const BROKEN_SEED = 451_854_557; // finds each of them early

const tell = (text: string) => process.stdout.write(`${text}\n`);

test(
  "[TX7] random concurrent transactions are strictly serializable",
  async () => {
    tell(`seed ${SEED}`);
    const options = { histories: HISTORIES, seed: SEED, path: PATH, shrink: true };
    const { totals, failure } = await runHistories(options);
    tell(describeTotals(totals));
    expect(failure).toBeNull();
    if (PATH === undefined) assertLively(totals);
  },
  TIMEOUT_MS,
);

describe("an engine that breaks a promise is found out", () => {
  test.each([
    { name: "does not check for conflicts", disk: NoConflictCheck, within: 200 },
    { name: "does not check ranges", disk: NoPhantomCheck, within: 200 },
    { name: "forgets what was read before a rollback", disk: ForgetfulRollback, within: 800 },
    { name: "answers before others can see it", disk: HastyAnswer, within: 200 },
  ])(
    "[TX7] within $within histories: $name",
    async ({ disk, within }) => {
      const options = { histories: within, seed: BROKEN_SEED, disk, shrink: false };
      const { totals, failure } = await runHistories(options);
      tell(`found in history ${totals.histories}`);
      expect(failure).toMatch(/Property failed/);
    },
    120_000,
  );
});

describe("the histories themselves", () => {
  test("are the same for the same seed", async () => {
    const bed = await HistoryBed.open();
    try {
      for (const one of fc.sample(plan, { numRuns: 10, seed: SEED })) {
        const courses = [await play(bed, one), await play(bed, one)].map(({ history }) =>
          history.map(({ observations: _, job, name, ...course }) =>
            job ? course : { name, ...course },
          ),
        );
        expect(courses[1]).toEqual(courses[0]);
      }
    } finally {
      await bed.close();
    }
  }, 60_000);

  test("prove nothing when too little overlaps or nothing conflicts", () => {
    const lively = { histories: 1, transactions: 10, overlapped: 2, conflicts: 1, retries: 1 };
    expect(() => assertLively(lively)).not.toThrow();
    expect(() => assertLively({ ...lively, overlapped: 1 })).toThrow("prove nothing");
    expect(() => assertLively({ ...lively, conflicts: 0 })).toThrow("prove nothing");
  });
});
