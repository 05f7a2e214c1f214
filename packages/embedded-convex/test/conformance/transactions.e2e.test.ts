/**
 * What a commit touches, and scheduled functions. Whether a query was executed again shows
 * in a random number that it returns. A push elsewhere re-runs every query: so what must not
 * be touched may be tried again.
 */
import type { JSONValue } from "convex/values";
import { expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { ask, mutate, post, tokenOf, unique } from "./deployment.ts";
import { Session } from "./session.ts";

async function watchRange(of: string, upTo: number | null) {
  const session = await Session.open();
  await session.watch(add(0, "rows:watched", { of, above: 10, below: 20, upTo }));
  return {
    session,
    values: () => (session.values.get(0) as { values: JSONValue[] }).values,
    /** Whether the mutation made the query run again. */
    isTouchedBy: async (path: string, args: JSONValue) => {
      const { covering } = await session.mutate(path, args);
      return covering?.modifications.length !== 0;
    },
  };
}

/** A push elsewhere touches a query once, a commit that should not each time. */
const untouched = (look: () => Promise<boolean>) =>
  expect.poll(look, { timeout: 5_000, interval: 0 }).toBe(false);

test("[TRAP47] an empty range is watched as far as it goes, a partial one as far as it was read", async () => {
  const of = unique("range");
  const { values, isTouchedBy } = await watchRange(of, null);
  expect(values()).toEqual([]);
  await untouched(() => isTouchedBy("rows:insert", { of, values: [5, 25] }));
  await untouched(() => isTouchedBy("rows:insert", { of: unique("another"), values: [15] }));
  expect(await isTouchedBy("rows:insert", { of, values: [15] })).toBe(true);
  expect(values()).toEqual([15]);
  const first = await watchRange(of, 1);
  await untouched(() => first.isTouchedBy("rows:insert", { of, values: [16] }));
  expect(await first.isTouchedBy("rows:insert", { of, values: [12] })).toBe(true);
  expect(first.values()).toEqual([12]);
});

test("[TRAP48] a row that leaves a range touches it as one that comes does", async () => {
  const of = unique("leaving");
  const [id = ""] = (await mutate("rows:insert", { of, values: [15] })) as string[];
  const { values, isTouchedBy } = await watchRange(of, null);
  expect(values()).toEqual([15]);
  expect(await isTouchedBy("rows:patch", { id, fields: { value: 50 } })).toBe(true);
  expect(values()).toEqual([]);
  expect(await isTouchedBy("rows:patch", { id, fields: { value: 11 } })).toBe(true);
  expect(values()).toEqual([11]);
  expect(await isTouchedBy("rows:remove", { id })).toBe(true);
  expect(values()).toEqual([]);
});

test("[TRAP51] writing what is there already is no write", async () => {
  const of = unique("same");
  const [id = ""] = (await mutate("rows:insert", { of, values: [15] })) as string[];
  const { isTouchedBy } = await watchRange(of, null);
  await untouched(() => isTouchedBy("rows:rewrite", { id }));
  expect(await isTouchedBy("rows:patch", { id, fields: { rank: 1 } })).toBe(true);
});

test("[CONTRACT8] mutations at once give what one after the other gives", async () => {
  const of = unique("counted");
  const [id = ""] = (await mutate("rows:insert", { of, values: [0] })) as string[];
  const results = await Promise.all(
    Array.from({ length: 40 }, () => mutate("rows:increment", { id })),
  );
  expect(results.map(Number).sort((a, b) => a - b)).toEqual(results.map((_, i) => i + 1));
});

interface Job {
  readonly name: string;
  readonly args: readonly object[];
  readonly completedTime?: number;
  readonly state: { readonly kind: string; readonly error?: string };
}
const jobOf = async (id: unknown) => (await ask("jobs:job", { id: String(id) })) as Job | null;
const schedule = (name: string, of: string, afterMs = 0) =>
  mutate("jobs:schedule", { name, args: { of }, afterMs });
const ended = (id: unknown) =>
  expect.poll(async () => (await jobOf(id))?.state, { timeout: 10_000, interval: 20 });

test("[TRAP49] a scheduled mutation and its success are one commit; a failure leaves nothing", async () => {
  const of = unique("scheduled");
  const id = await schedule("note", of);
  await ended(id).toEqual({ kind: "success" });
  expect(await jobOf(id)).toMatchObject({
    name: "jobs.js:note",
    args: [{ of }],
    completedTime: expect.any(Number),
  });
  expect(await ask("jobs:runs", { of })).toEqual([{ state: "inProgress", identity: null }]);
  const failing = unique("failing");
  const failed = await schedule("fail", failing);
  await ended(failed).toEqual({ kind: "failed", error: expect.stringContaining("planned") });
  expect(await ask("jobs:runs", { of: failing })).toEqual([]);
  const given = unique("given up");
  const args = { name: "note", args: { of: given }, afterMs: 0, thenFail: true };
  await expect(mutate("jobs:schedule", args)).rejects.toThrow("the transaction is given up");
  const canceled = unique("canceled");
  const waiting = await schedule("note", canceled, 3_600_000);
  expect(await jobOf(waiting)).toMatchObject({ state: { kind: "pending" } });
  await mutate("jobs:cancel", { id: String(waiting) });
  expect(await jobOf(waiting)).toMatchObject({ state: { kind: "canceled" } });
  expect([await ask("jobs:runs", { of: given }), await ask("jobs:runs", { of: canceled })]).toEqual(
    [[], []],
  );
});

test("[TRAP50] scheduled functions and crons are nobody, whoever scheduled them", async () => {
  const of = unique("by action");
  const args = { name: "noteByAction", args: { of }, afterMs: 0 };
  const asAnn = { Authorization: `Bearer ${await tokenOf("ann")}` };
  const scheduled = await post("/api/mutation", { path: "jobs:schedule", args }, asAnn);
  await ended((scheduled.json as { value: string }).value).toEqual({ kind: "success" });
  expect(await ask("jobs:runs", { of })).toEqual([{ identity: null }]);
  await expect
    .poll(() => ask("jobs:runs", { of: "cron" }), { timeout: 10_000 })
    .toEqual([{ identity: null }]);
});
