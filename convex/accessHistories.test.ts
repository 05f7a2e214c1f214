/** Random histories of grants, purchases, plans' days and time against the pure rules. */
import {
  decideAccess,
  type Entitlement,
  entitlementsOf,
  FEEDS,
  type Tier,
} from "@heliograph/domain";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { buy, changeTerms, DAY_MS, grantOf, makePlan, stateOfKey } from "./access.setup.ts";
import { type Backend, setEnvironment, signUp, startBackend } from "./test.setup.ts";

const START_MS = Date.UTC(2026, 10, 22, 12);
const HOUR_MS = DAY_MS / 24;
const PEOPLE = 4;
const VIEWERS_A_SHARD = 2;
const DAYS = 3;

type Step =
  | { type: "give"; person: number; tier: Tier; hours: number | null }
  | { type: "revoke"; pick: number }
  | { type: "renewing"; person: number; tier: Tier; inHours: number; hours: number }
  | { type: "forDays"; person: number; tier: Tier }
  | { type: "refund"; pick: number }
  | { type: "pass"; minutes: number }
  | { type: "sleep"; hours: number }
  | { type: "again"; person: number };

const person = fc.nat({ max: PEOPLE - 1 });
const tier = fc.constantFrom<Tier>(...FEEDS);
const hours = fc.integer({ min: 1, max: 60 });
const pick = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("give" as const),
    person,
    tier,
    hours: fc.option(hours, { nil: null }),
  }),
  fc.record({ type: fc.constant("revoke" as const), pick }),
  fc.record({
    type: fc.constant("renewing" as const),
    person,
    tier,
    inHours: fc.integer({ min: -10, max: 30 }),
    hours,
  }),
  fc.record({ type: fc.constant("forDays" as const), person, tier }),
  fc.record({ type: fc.constant("refund" as const), pick }),
  fc.record({ type: fc.constant("pass" as const), minutes: fc.integer({ min: 1, max: 4_000 }) }),
  fc.record({ type: fc.constant("sleep" as const), hours }),
  fc.record({ type: fc.constant("again" as const), person }),
);

/** The same history kept beside the backend, with the domain's words only. */
interface Held {
  grants: {
    id: Id<"grants">;
    tier: Tier;
    fromMs: number;
    untilMs: number | null;
    revokedAtMs: number | null;
  }[];
  purchases: {
    id: Id<"purchases">;
    tier: Tier;
    kind: "recurring" | "fixed";
    product: `price:${string}`;
    paidAtMs: number;
    spans: { fromMs: number; untilMs: number | null }[];
  }[];
}

class History {
  readonly #t: Backend;
  readonly #people: Awaited<ReturnType<typeof signUp>>[] = [];
  readonly #held: Held[] = Array.from({ length: PEOPLE }, () => ({ grants: [], purchases: [] }));
  /** Keys that were handed out: by person and feed. */
  readonly #given = new Map<string, Set<string>>();
  #slept = false;
  #operator: Awaited<ReturnType<typeof signUp>> | undefined;

  constructor(t: Backend) {
    this.#t = t;
  }

  async begin(): Promise<void> {
    this.#operator = await signUp(this.#t, "operator@example.com", "operator");
    for (let i = 0; i < PEOPLE; i += 1) {
      this.#people.push(await signUp(this.#t, `p${i}@example.com`));
    }
    for (const feed of FEEDS) {
      await makePlan(this.#t, feed);
      await makePlan(this.#t, feed, DAYS);
    }
  }

  async take(step: Step): Promise<void> {
    const nowMs = Date.now();
    switch (step.type) {
      case "give": {
        const untilMs = step.hours === null ? null : nowMs + step.hours * HOUR_MS;
        const gift = { userId: this.#userId(step.person), tier: step.tier, untilMs, reason: "r" };
        const { grantId: id } = await this.#staff().mutation(api.access.giveGrant, gift);
        const { grants } = this.#of(step.person);
        if (grants.some((grant) => grant.id === id)) return;
        grants.push({ id, tier: step.tier, fromMs: nowMs, untilMs, revokedAtMs: null });
        return;
      }
      case "revoke": {
        const grants = this.#held.flatMap((held) => held.grants);
        const grant = grants[step.pick % Math.max(1, grants.length)];
        if (grant === undefined) return;
        await this.#staff().mutation(api.access.revokeGrant, { grantId: grant.id });
        grant.revokedAtMs ??= nowMs;
        return;
      }
      case "renewing": {
        const fromMs = nowMs + step.inHours * HOUR_MS;
        const spans = [{ fromMs, untilMs: fromMs + step.hours * HOUR_MS }];
        const product = `price:${step.tier}-monthly` as const;
        return await this.#buy(step, { kind: "recurring", product, paidAtMs: nowMs, spans });
      }
      case "forDays": {
        const spans = [{ fromMs: nowMs, untilMs: null }];
        const product = `price:${step.tier}-${DAYS}` as const;
        return await this.#buy(step, { kind: "fixed", product, paidAtMs: nowMs, spans });
      }
      case "refund": {
        const purchases = this.#held.flatMap((held) => held.purchases);
        const purchase = purchases[step.pick % Math.max(1, purchases.length)];
        if (purchase === undefined) return;
        purchase.spans = purchase.spans
          .map(({ fromMs, untilMs }) => ({ fromMs, untilMs: Math.min(untilMs ?? nowMs, nowMs) }))
          .filter(({ fromMs, untilMs }) => fromMs < untilMs);
        return await changeTerms(this.#t, purchase.id, purchase);
      }
      case "pass":
        vi.advanceTimersByTime(step.minutes * 60_000);
        await this.#t.finishInProgressScheduledFunctions();
        return this.#slept ? await this.#sweep() : undefined;
      case "sleep": // the deployment is down; timers that were due meanwhile fire late
        vi.setSystemTime(nowMs + step.hours * HOUR_MS);
        this.#slept = true;
        return await this.#sweep();
      case "again": {
        const args = { userId: this.#userId(step.person), atMs: nowMs };
        await this.#t.mutation(internal.access.expire, args);
        return;
      }
      default:
        step satisfies never;
    }
  }

  /** Everything that must be so at every time. */
  async check(): Promise<void> {
    const nowMs = Date.now();
    const tables = await this.#t.run(async (ctx) => ({
      rows: await ctx.db.query("access").collect(),
      uses: await ctx.db.query("shardUses").collect(),
      entries: await ctx.db.query("accessTimeline").collect(),
    }));
    const rowsByShard = Map.groupBy(tables.rows, ({ shard }) => shard);
    for (const { shard, viewers } of tables.uses) {
      expect(viewers).toBe(rowsByShard.get(shard)?.length ?? 0);
      expect(viewers).toBeLessThanOrEqual(VIEWERS_A_SHARD);
      expect(shard).toBeGreaterThan(0);
    }
    for (const [index, person] of this.#people.entries()) {
      const decision = decideAccess(this.#entitlements(index), nowMs);
      const row = tables.rows.find(({ userId }) => userId === person.userId);
      const expected =
        decision === null ? undefined : { tier: decision.tier, untilMs: decision.untilMs };
      expect(row && { tier: row.tier, untilMs: row.untilMs }).toEqual(expected);
      const entries = tables.entries.filter(({ userId }) => userId === person.userId);
      expect(entries.at(-1)?.tier ?? undefined).toBe(expected?.tier);
      await this.#checkKeys(person, index, expected?.tier);
    }
  }

  async #sweep(): Promise<void> {
    await this.#t.mutation(internal.access.sweep, {});
    vi.advanceTimersByTime(1);
    await this.#t.finishInProgressScheduledFunctions();
  }

  async #checkKeys(
    person: Awaited<ReturnType<typeof signUp>>,
    index: number,
    tier: Tier | undefined,
  ): Promise<void> {
    const access = await grantOf(person);
    const feeds = tier === undefined ? [] : FEEDS.slice(0, FEEDS.indexOf(tier) + 1);
    expect((access?.keys ?? []).map(({ feed }) => feed)).toEqual(feeds);
    for (const { feed, feedKey } of access?.keys ?? []) {
      expect(await stateOfKey(this.#t, feedKey)).toBe("current");
      const name = `${index} ${feed}`;
      this.#given.set(name, (this.#given.get(name) ?? new Set()).add(feedKey));
    }
    for (const feed of FEEDS) {
      if (feeds.includes(feed)) continue;
      for (const feedKey of this.#given.get(`${index} ${feed}`) ?? []) {
        expect(await stateOfKey(this.#t, feedKey)).toBe("rotated");
      }
    }
  }

  async #buy(
    { person, tier }: { person: number; tier: Tier },
    bought: Pick<Held["purchases"][number], "kind" | "product" | "paidAtMs" | "spans">,
  ): Promise<void> {
    const id = await buy(this.#t, this.#userId(person), bought);
    this.#of(person).purchases.push({ id, tier, ...bought });
  }

  #entitlements(index: number): Entitlement[] {
    const { grants, purchases } = this.#of(index);
    return entitlementsOf({
      grants,
      purchases: purchases.map(({ id, kind, tier, product, paidAtMs, spans }) => ({
        id,
        purchase: {
          kind,
          paidAtMs,
          products: [product],
          terms: spans.map((span) => ({ ...span, products: [product] })),
        },
        plans: [{ product, tier, kind, days: kind === "fixed" ? DAYS : null }],
      })),
    });
  }

  #userId(index: number): Id<"users"> {
    const found = this.#people[index];
    if (found === undefined) throw new Error(`nobody is number ${index}`);
    return found.userId;
  }

  #of(index: number): Held {
    const found = this.#held[index];
    if (found === undefined) throw new Error(`nobody is number ${index}`);
    return found;
  }

  #staff() {
    if (this.#operator === undefined) throw new Error("begin() comes first");
    return this.#operator.as;
  }
}

test("[DEC1] whatever is given, bought, taken back and slept through, the row, the keys and the places say what the rules say", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      vi.useFakeTimers({ now: START_MS });
      setEnvironment("HELIOGRAPH_SHARD_VIEWERS", String(VIEWERS_A_SHARD));
      try {
        const history = new History(startBackend());
        await history.begin();
        for (const next of steps) {
          await history.take(next);
          await history.check();
        }
      } finally {
        setEnvironment("HELIOGRAPH_SHARD_VIEWERS", undefined);
        vi.useRealTimers();
      }
    }),
    { numRuns: 25 },
  );
});
