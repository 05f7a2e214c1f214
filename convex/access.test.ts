import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  buy,
  changeTerms,
  DAY_MS,
  grantOf,
  keyFor,
  MINUTE_MS,
  makePlan,
  stateOfKey,
} from "./access.setup.ts";
import { recomputeAccess } from "./model/access/recompute.ts";
import { type Backend, setEnvironment, signUp, startBackend } from "./test.setup.ts";

const START_MS = Date.UTC(2026, 10, 22, 12);
type Person = Awaited<ReturnType<typeof signUp>>;

let t: Backend;
let operator: Person;
let mara: Person;

beforeEach(async () => {
  vi.useFakeTimers({ now: START_MS });
  t = startBackend();
  operator = await signUp(t, "operator@example.com", "operator");
  mara = await signUp(t, "mara@example.com");
});

afterEach(() => {
  setEnvironment("HELIOGRAPH_SHARD_VIEWERS", undefined);
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

async function give(
  { userId }: Person,
  tier: "basic" | "advanced" | "pro" = "basic",
  untilMs: number | null = null,
) {
  const gift = { userId, tier, untilMs, reason: "a friend of the house" };
  return (await operator.as.mutation(api.access.giveGrant, gift)).grantId;
}

async function timelineOf({ userId }: Person) {
  const answer = await operator.as.query(api.access.timeline, { userId, cursor: null });
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.entries;
}

describe("deciding", () => {
  test("[DEC1] a paid term opens its feeds and those below, from its start to its end", async () => {
    const product = await makePlan(t, "advanced");
    const untilMs = START_MS + DAY_MS;
    const spans = [{ fromMs: START_MS, untilMs }];
    expect(await grantOf(mara)).toBeNull();
    await buy(t, mara.userId, { kind: "recurring", product, paidAtMs: START_MS, spans });
    const access = await grantOf(mara);
    expect(access).toMatchObject({ tier: "advanced", untilMs });
    expect(access?.keys.map(({ feed }) => feed)).toEqual(["basic", "advanced"]);
    for (const { feedKey } of access?.keys ?? []) {
      expect(await stateOfKey(t, feedKey)).toBe("current");
    }
    await pass(DAY_MS);
    expect(await grantOf(mara)).toBeNull();
  });

  test("[DEC1] what is bought for days runs for the plan's days", async () => {
    const product = await makePlan(t, "pro", 30);
    const spans = [{ fromMs: START_MS, untilMs: null }];
    await buy(t, mara.userId, { kind: "fixed", product, paidAtMs: START_MS, spans });
    expect(await grantOf(mara)).toMatchObject({ tier: "pro", untilMs: START_MS + 30 * DAY_MS });
  });

  test("[DEC1] what stands in no plan opens nothing", async () => {
    const spans = [{ fromMs: START_MS, untilMs: null }];
    const product = "price:of-no-plan";
    await buy(t, mara.userId, { kind: "recurring", product, paidAtMs: START_MS, spans });
    expect(await grantOf(mara)).toBeNull();
  });

  test("[DEC1] the end of one purchase leaves the other", async () => {
    const [basic, pro] = [await makePlan(t, "basic"), await makePlan(t, "pro")];
    const bought = { kind: "recurring", paidAtMs: START_MS } as const;
    const spans = [{ fromMs: START_MS, untilMs: START_MS + 30 * DAY_MS }];
    await buy(t, mara.userId, { ...bought, product: basic, spans });
    const second = await buy(t, mara.userId, { ...bought, product: pro, spans });
    expect(await grantOf(mara)).toMatchObject({ tier: "pro" });
    await changeTerms(t, second, { ...bought, product: pro, spans: [] });
    expect(await grantOf(mara)).toMatchObject({ tier: "basic" });
  });

  test("[DEC1] a changed plan reaches everybody who bought it", async () => {
    const product = await makePlan(t, "basic");
    const spans = [{ fromMs: START_MS, untilMs: null }];
    const people = [mara];
    for (let i = 0; i < 25; i += 1) people.push(await signUp(t, `p${i}@example.com`));
    const planId = await t.run(async (ctx) => {
      const plan = await ctx.db.query("plans").unique();
      if (plan === null) throw new Error("no plan");
      return plan._id;
    });
    for (const { userId } of people) {
      const id = await buy(t, userId, { kind: "recurring", product, paidAtMs: START_MS, spans });
      await t.run(async (ctx) => await ctx.db.patch("purchases", id, { planId }));
    }
    await t.run(async (ctx) => await ctx.db.patch("plans", planId, { tier: "pro" }));
    await t.mutation(internal.catalogue.replan, { planId, of: planId, cursor: null });
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(1));
    for (const person of people) expect(await grantOf(person)).toMatchObject({ tier: "pro" });
  });

  test("[DEC1] a deleted account may see nothing, whatever it holds", async () => {
    await give(mara, "pro");
    await t.run(async (ctx) => {
      await ctx.db.patch("users", mara.userId, { deletedAtMs: Date.now() });
      await recomputeAccess(ctx, mara.userId, { kind: "deletion" });
    });
    expect(await t.run(async (ctx) => await ctx.db.query("access").first())).toBeNull();
  });
});

/** Somebody who came to share the shard of that key. */
async function signUpBeside(key: string): Promise<Person> {
  for (let i = 0; i < 100; i += 1) {
    const person = await signUp(t, `beside${i}@example.com`);
    await give(person);
    if ((await keyFor(person)) === key) return person;
  }
  throw new Error("nobody came to the same shard");
}

describe("losing access", () => {
  test("[DEC2] the old key is dead at once; the others of the shard get a new one", async () => {
    const grantId = await give(mara);
    const key = await keyFor(mara);
    const ben = await signUpBeside(key);
    await operator.as.mutation(api.access.revokeGrant, { grantId });
    expect(await stateOfKey(t, key)).toBe("rotated");
    const renewed = await keyFor(ben);
    expect(renewed).not.toBe(key);
    expect(await stateOfKey(t, renewed)).toBe("current");
  });

  test("[DEC2] a lower tier kills the keys of the lost feeds and no other", async () => {
    await give(mara, "basic");
    const grantId = await give(mara, "pro");
    const keys = { basic: await keyFor(mara, "basic"), pro: await keyFor(mara, "pro") };
    await operator.as.mutation(api.access.revokeGrant, { grantId });
    expect(await stateOfKey(t, keys.pro)).toBe("rotated");
    expect(await keyFor(mara, "basic")).toBe(keys.basic);
    expect(await stateOfKey(t, keys.basic)).toBe("current");
  });

  test("[DEC2] a loss in the grace of a turnover kills both keys", async () => {
    const grantId = await give(mara);
    const before = await keyFor(mara);
    const row = await t.run(async (ctx) => await ctx.db.query("feedShards").first());
    if (row === null) throw new Error("no shard");
    const { feed, shard, epoch } = row;
    await t.mutation(internal.access.turn, { feed, shard, epoch });
    const after = await keyFor(mara);
    expect([await stateOfKey(t, before), await stateOfKey(t, after)]).toEqual([
      "current",
      "current",
    ]);
    await operator.as.mutation(api.access.revokeGrant, { grantId });
    expect([await stateOfKey(t, before), await stateOfKey(t, after)]).toEqual([
      "rotated",
      "rotated",
    ]);
  });

  test("[DEC2] gaining access and renewing it leave everybody's keys alone", async () => {
    await give(mara);
    const key = await keyFor(mara);
    await give(await signUp(t, "ben@example.com"), "pro");
    await give(mara, "basic", START_MS + DAY_MS);
    await give(mara, "pro");
    expect(await keyFor(mara)).toBe(key);
  });
});

describe("expiring", () => {
  test("[DEC4] access ends at T, not a millisecond before, without anybody asking", async () => {
    await give(mara, "pro", START_MS + 10 * MINUTE_MS);
    const key = await keyFor(mara, "pro");
    await pass(10 * MINUTE_MS - 1);
    expect(await stateOfKey(t, key)).toBe("current");
    await pass(1);
    expect(await stateOfKey(t, key)).toBe("rotated");
    expect(await grantOf(mara)).toBeNull();
  });

  test("[DEC4] a term that is paid for later opens at its start", async () => {
    const product = await makePlan(t, "basic");
    const spans = [{ fromMs: START_MS + DAY_MS, untilMs: null }];
    await buy(t, mara.userId, { kind: "recurring", product, paidAtMs: START_MS, spans });
    expect(await grantOf(mara)).toBeNull();
    await pass(DAY_MS);
    expect(await grantOf(mara)).toMatchObject({ tier: "basic" });
  });

  test("[DEC4] the sweep ends what the scheduler missed", async () => {
    await give(mara, "pro", START_MS + DAY_MS);
    const key = await keyFor(mara, "pro");
    vi.setSystemTime(START_MS + 2 * DAY_MS); // no timer fires
    expect(await stateOfKey(t, key)).toBe("current");
    await t.mutation(internal.access.sweep, {});
    await pass(0);
    expect(await stateOfKey(t, key)).toBe("rotated");
    expect(await grantOf(mara)).toBeNull();
  });

  test("[DEC4] an end six years away is kept to the millisecond", async () => {
    const untilMs = START_MS + 6 * 365 * DAY_MS;
    await give(mara, "basic", untilMs);
    const scheduled = await t.run(
      async (ctx) => await ctx.db.system.query("_scheduled_functions").collect(),
    );
    const latestMs = Math.max(...scheduled.map(({ scheduledTime }) => scheduledTime));
    expect(latestMs).toBeLessThan(START_MS + 5 * 365 * DAY_MS);
    // A fake timer of years fires at once: too early is asked again, and changes nothing.
    await pass(1);
    expect(await grantOf(mara)).toMatchObject({ untilMs });
    vi.setSystemTime(START_MS + 4 * 365 * DAY_MS + 1);
    await t.mutation(internal.access.sweep, {});
    await pass(1);
    const check = await t.run(async (ctx) => await ctx.db.query("accessChecks").unique());
    expect(check).toMatchObject({ changesAtMs: untilMs, checkAtMs: untilMs });
    vi.setSystemTime(untilMs - 10);
    await t.mutation(internal.access.sweep, {});
    await pass(1);
    expect(await grantOf(mara)).toMatchObject({ untilMs });
    vi.setSystemTime(untilMs);
    await t.mutation(internal.access.sweep, {});
    await pass(1);
    expect(await grantOf(mara)).toBeNull();
  });

  test("[DEC4] deciding anew plans no second function for the same time", async () => {
    await give(mara, "basic", START_MS + DAY_MS);
    for (let i = 0; i < 5; i += 1) {
      await t.run(async (ctx) => await recomputeAccess(ctx, mara.userId, { kind: "replay" }));
    }
    const scheduled = await t.run(
      async (ctx) => await ctx.db.system.query("_scheduled_functions").collect(),
    );
    expect(scheduled.filter(({ name }) => name.includes("expire"))).toHaveLength(1);
  });

  test("[DEC5] a fresh decision grants one millisecond before T and refuses at T", async () => {
    const untilMs = START_MS + DAY_MS;
    await give(mara, "advanced", untilMs);
    const may = async (tier: "basic" | "advanced" | "pro", nowMs: number) =>
      await t.query(internal.access.mayReadAt, { userId: mara.userId, tier, nowMs });
    expect(await may("advanced", untilMs - 1)).toBe(true);
    expect(await may("advanced", untilMs)).toBe(false);
    expect(await may("pro", untilMs - 1)).toBe(false);
    expect(await may("basic", untilMs - 1)).toBe(true);
  });

  test("[DEC5] a fresh decision at T already knows what follows", async () => {
    await give(mara, "pro", START_MS + DAY_MS);
    await give(mara, "basic", START_MS + 2 * DAY_MS);
    const at = { userId: mara.userId, nowMs: START_MS + DAY_MS };
    expect(await t.query(internal.access.mayReadAt, { ...at, tier: "basic" })).toBe(true);
    expect(await t.query(internal.access.mayReadAt, { ...at, tier: "advanced" })).toBe(false);
  });
});

describe("sharing keys", () => {
  test("[SHA1] a shard that is full is skipped, also when many come at once", async () => {
    setEnvironment("HELIOGRAPH_SHARD_VIEWERS", "3");
    const people: Person[] = [];
    for (let i = 0; i < 10; i += 1) people.push(await signUp(t, `p${i}@example.com`));
    await Promise.all(people.map((person) => give(person)));
    const rows = await t.run(async (ctx) => await ctx.db.query("access").collect());
    const uses = await t.run(async (ctx) => await ctx.db.query("shardUses").collect());
    for (const { shard, viewers } of uses) {
      expect(viewers).toBe(rows.filter((row) => row.shard === shard).length);
      expect(viewers).toBeLessThanOrEqual(3);
    }
    const unfilled = uses.filter(({ viewers }) => viewers < 3).map(({ lane }) => lane);
    expect(new Set(unfilled).size).toBe(unfilled.length); // one a lane: the others are full
  });

  test("[SHA5] people who come at once are given rows apart, in at most two shards", async () => {
    const people: Person[] = [];
    for (let i = 0; i < 24; i += 1) people.push(await signUp(t, `p${i}@example.com`));
    for (const person of people) await give(person);
    const uses = await t.run(async (ctx) => await ctx.db.query("shardUses").collect());
    expect(uses).toHaveLength(2);
    expect(Math.max(...uses.map(({ viewers }) => viewers))).toBeLessThan(24);
  });

  test("[SHA1] a shard from before there were lanes is filled, too", async () => {
    setEnvironment("HELIOGRAPH_SHARD_VIEWERS", "3");
    await t.run(async (ctx) => await ctx.db.insert("shardUses", { shard: 1, viewers: 2 }));
    await give(mara, "pro");
    const uses = await t.run(async (ctx) => await ctx.db.query("shardUses").collect());
    expect(uses).toMatchObject([{ shard: 1, viewers: 3 }]);
  });

  test("[SHA2] whoever leaves frees the place, and coming back takes one place", async () => {
    setEnvironment("HELIOGRAPH_SHARD_VIEWERS", "2");
    const grantId = await give(mara);
    const others = [await signUp(t, "b@example.com"), await signUp(t, "c@example.com")];
    for (const other of others) await give(other);
    await operator.as.mutation(api.access.revokeGrant, { grantId });
    await give(mara, "pro");
    const uses = await t.run(async (ctx) => await ctx.db.query("shardUses").collect());
    const viewers = uses.map((use) => use.viewers);
    expect(viewers.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(Math.max(...viewers)).toBeLessThanOrEqual(2);
  });

  test("[SHA3] nobody is put on the preview's shard", async () => {
    await t.mutation(internal.access.previewKeys, {});
    await give(mara, "pro");
    const row = await t.run(async (ctx) => await ctx.db.query("access").unique());
    expect(row?.shard).toBe(1);
  });

  test("[SHA4] the grant follows the hourly turnover of the keys", async () => {
    await give(mara);
    const before = await keyFor(mara);
    let turnedAfterMs = 0;
    while ((await keyFor(mara)) === before && turnedAfterMs < 2 * 60 * MINUTE_MS) {
      await pass(MINUTE_MS);
      turnedAfterMs += MINUTE_MS;
    }
    expect(turnedAfterMs).toBeLessThanOrEqual(60 * MINUTE_MS);
    expect(await stateOfKey(t, await keyFor(mara))).toBe("current");
  });
});

describe("giving by hand", () => {
  test("[GRA1] a grant and its revocation stand in the audit log and in the timeline", async () => {
    const grantId = await give(mara, "pro");
    await operator.as.mutation(api.access.revokeGrant, { grantId });
    const log = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
    expect(log.map(({ action, subject }) => [action, subject])).toEqual([
      ["access.giveGrant", mara.userId],
      ["access.revokeGrant", mara.userId],
    ]);
    const cause = { kind: "grant", subject: grantId, detail: "a friend of the house" };
    expect(await timelineOf(mara)).toMatchObject([
      { tier: null, cause, because: [] },
      { tier: "pro", cause, because: [{ kind: "grant", id: grantId }] },
    ]);
  });

  test("[GRA1] giving or revoking twice does it once", async () => {
    const [first, second] = [await give(mara, "pro"), await give(mara, "pro")];
    expect(second).toBe(first);
    await operator.as.mutation(api.access.revokeGrant, { grantId: first });
    await operator.as.mutation(api.access.revokeGrant, { grantId: first });
    expect(await timelineOf(mara)).toHaveLength(2);
    expect(await t.run(async (ctx) => await ctx.db.query("auditLog").collect())).toHaveLength(2);
  });

  test("[GRA2] a grant needs a reason, an end to come, and a person", async () => {
    const gift = { userId: mara.userId, tier: "pro", untilMs: null, reason: "r" } as const;
    const refused = async (changes: object, code: string) =>
      await expect(
        operator.as.mutation(api.access.giveGrant, { ...gift, ...changes }),
      ).rejects.toMatchObject({ data: { code } });
    await refused({ reason: " " }, "bad_reason");
    await refused({ reason: "x".repeat(501) }, "bad_reason");
    for (const untilMs of [START_MS, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await refused({ untilMs }, "bad_end");
    }
    await t.run(async (ctx) => await ctx.db.patch("users", mara.userId, { deletedAtMs: 1 }));
    await refused({}, "no_such_user");
  });
});

describe("explaining", () => {
  test("[DEC3] the timeline tells each change once, and what gave it", async () => {
    const product = await makePlan(t, "basic");
    const spans = [{ fromMs: START_MS, untilMs: START_MS + DAY_MS }];
    const bought = { kind: "recurring", product, paidAtMs: START_MS, spans } as const;
    const id = await buy(t, mara.userId, bought);
    await changeTerms(t, id, bought);
    await pass(DAY_MS);
    expect(await timelineOf(mara)).toMatchObject([
      { tier: null, untilMs: null, cause: { kind: "expiry" }, atMs: START_MS + DAY_MS },
      { tier: "basic", untilMs: START_MS + DAY_MS, because: [{ kind: "purchase", id }] },
    ]);
    const own = await mara.as.query(api.access.mine, { cursor: null });
    expect(own).toMatchObject({ entries: [{ kind: "expiry" }, { kind: "replay" }], cursor: null });
  });

  test("[DEC3] a long timeline comes a page at a time, with nothing twice", async () => {
    for (let i = 0; i < 40; i += 1) {
      const grantId = await give(mara);
      await operator.as.mutation(api.access.revokeGrant, { grantId });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const args: { userId: typeof mara.userId; cursor: string | null } = {
        userId: mara.userId,
        cursor,
      };
      const page = await operator.as.query(api.access.timeline, args);
      if (page.state !== "current") throw new Error(page.state);
      seen.push(...page.entries.map(({ entryId }) => entryId));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(seen).toHaveLength(80);
    expect(new Set(seen).size).toBe(80);
  });

  test("[WIF1] what-if tells the decision of any time and every entitlement behind it", async () => {
    const product = await makePlan(t, "pro", 30);
    const spans = [{ fromMs: START_MS, untilMs: null }];
    const id = await buy(t, mara.userId, { kind: "fixed", product, paidAtMs: START_MS, spans });
    await give(mara, "basic");
    const at = async (atMs: number) =>
      await operator.as.query(api.access.explain, { userId: mara.userId, atMs });
    const endMs = START_MS + 30 * DAY_MS;
    expect(await at(START_MS - 1)).toMatchObject({ decision: null, changesAtMs: START_MS });
    expect(await at(endMs - 1)).toMatchObject({
      decision: { tier: "pro", untilMs: endMs },
      entitlements: [
        { tier: "basic", isInForce: true, because: { kind: "grant" } },
        { tier: "pro", isInForce: true, because: { kind: "purchase", id } },
      ],
    });
    expect(await at(endMs)).toMatchObject({ decision: { tier: "basic", untilMs: null } });
  });
});
