import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { segment as segmentFunction } from "./feed.ts";
import {
  type Backend,
  issueMachine,
  post,
  previewKey,
  readFeed,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let t: Backend;
let token: string;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  await seedSource(t);
  token = (await issueMachine(t, "source")).token;
});

afterEach(() => {
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

async function stateOf(feedKey: string): Promise<string> {
  return (await t.query(api.feed.segment, { feedKey, segment: 0 })).state;
}

/** A shard of viewers, as access will make them: turns over by the hour. */
async function viewerKey(shard = 1): Promise<string> {
  return await t.mutation(internal.access.keyOf, { feed: "basic", shard });
}

describe("seqs", () => {
  test("[SEQ1] batches that come at once take all numbers without holes", async () => {
    await seedSource(t, 0, { name: "pro", channelId: "900000000000000013", minTier: "pro" });
    const batches = Array.from({ length: 12 }, (_, batch) => [
      post(`a${batch}`),
      post(`b${batch}`, { channelId: "900000000000000013" }),
      { broken: true },
      post(`c${batch}`),
      post(`a${batch}`),
    ]);
    await Promise.all(batches.map((events) => sendIngest(t, token, { events })));
    const rows = await t.run(async (ctx) => await ctx.db.query("signals").collect());
    const seqsOf = (feed: string) =>
      rows
        .filter((row) => row.feed === feed)
        .map(({ seq }) => seq)
        .sort((a, b) => a - b);
    expect(seqsOf("basic")).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
    expect(seqsOf("pro")).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test("[SEQ1] a batch that stores nothing takes no number", async () => {
    await sendIngest(t, token, { events: [{ broken: true }] });
    const feedKey = await previewKey(t);
    expect(await t.query(api.feed.position, { feedKey })).toEqual({
      state: "current",
      feed: "basic",
      nextSeq: 1,
    });
  });
});

describe("segments", () => {
  test("[FEE1] a segment holds its eight seqs in order, and the next is empty until it is reached", async () => {
    await sendIngest(t, token, { events: Array.from({ length: 9 }, (_, i) => post(`m${i}`)) });
    const feedKey = await previewKey(t);
    const read = async (segment: number) =>
      (await readFeed(t, feedKey, [segment])).map(({ seq }) => seq);
    expect(await read(0)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await read(1)).toEqual([8, 9]);
    expect(await read(2)).toEqual([]);
    expect(await read(-1)).toEqual([]);
  });

  test("[FEE1] a segment that is no whole number is refused", async () => {
    const feedKey = await previewKey(t);
    for (const segment of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const call = t.query(api.feed.segment, { feedKey, segment });
      await expect(call).rejects.toMatchObject({ data: { code: "bad_segment" } });
    }
  });

  test("[FEE2] a key opens its own feed only", async () => {
    await sendIngest(t, token, { events: [post("m1")] });
    expect(await readFeed(t, await previewKey(t, "pro"))).toEqual([]);
    expect(await readFeed(t, await previewKey(t, "basic"))).toHaveLength(1);
  });

  test("[FEE3] reading a segment never looks at who is calling", async () => {
    const feedKey = await previewKey(t);
    const handler: unknown = Reflect.get(segmentFunction, "_handler");
    if (typeof handler !== "function") throw new Error("the function has no handler");
    const answer = await t.run(async ({ db }) => {
      const auth = new Proxy({}, { get: () => expect.unreachable("identity was read") });
      return await handler({ db, auth }, { feedKey, segment: 0 });
    });
    expect(answer).toEqual({ state: "current", feed: "basic", segment: 0, signals: [] });
  });

  test("[FEE5] a full segment costs one read of its source, not one for each signal", async () => {
    await sendIngest(t, token, { events: Array.from({ length: 9 }, (_, i) => post(`m${i}`)) });
    const feedKey = await previewKey(t);
    const handler: unknown = Reflect.get(segmentFunction, "_handler");
    if (typeof handler !== "function") throw new Error("the function has no handler");
    const reads: string[] = [];
    await t.run(async ({ db }) => {
      const counting = new Proxy(db, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== "function") return method;
          return (...args: unknown[]) => {
            reads.push(`${String(name)} ${String(args[0])}`);
            return Reflect.apply(method, target, args);
          };
        },
      });
      return await handler({ db: counting }, { feedKey, segment: 0 });
    });
    expect(reads.sort()).toEqual(["get sources", "query feedShards", "query signals"]);
  });

  test("[FEE4] a viewer is not shown the source's ids of the author and of the message", async () => {
    await sendIngest(t, token, { events: [post("m1", { author: { id: "42", name: "Mara" } })] });
    const [signal] = await readFeed(t, await previewKey(t));
    expect(signal?.author).toEqual({ name: "Mara" });
    expect(Object.keys(signal ?? {})).not.toContain("messageId");
  });
});

describe("keys", () => {
  test("[ROT1] rotating stops the old key at once and gives a new one", async () => {
    const old = await viewerKey();
    await t.mutation(internal.access.rotate, { feed: "basic", shard: 1 });
    expect(await stateOf(old)).toBe("rotated");
    expect(await stateOf(await viewerKey())).toBe("current");
  });

  test("[ROT1] rotating one feed's shard leaves other shards and feeds alone", async () => {
    const [other, preview] = [await viewerKey(2), await previewKey(t, "pro")];
    await t.mutation(internal.access.rotate, { feed: "basic", shard: 1 });
    expect(await stateOf(other)).toBe("current");
    expect(await stateOf(preview)).toBe("current");
  });

  test("[ROT1] rotating within the grace of a turnover ends the grace too", async () => {
    const old = await viewerKey();
    await t.mutation(internal.access.turn, { feed: "basic", shard: 1, epoch: 1 });
    expect(await stateOf(old)).toBe("current");
    await t.mutation(internal.access.rotate, { feed: "basic", shard: 1 });
    expect(await stateOf(old)).toBe("rotated");
  });

  test("[ROT2] a key turns over within the hour, and the old one ends a minute later", async () => {
    const old = await viewerKey();
    let turnedAfterMs = 0;
    while ((await viewerKey()) === old) {
      await pass(MINUTE_MS / 2);
      turnedAfterMs += MINUTE_MS / 2;
    }
    expect(turnedAfterMs).toBeLessThanOrEqual(HOUR_MS + MINUTE_MS);
    expect(await stateOf(old)).toBe("current");
    await pass(MINUTE_MS);
    expect(await stateOf(old)).toBe("rotated");
    expect(await stateOf(await viewerKey())).toBe("current");
  });

  test("[ROT2] shards turn over at different times", async () => {
    for (const shard of [1, 2, 3, 4, 5, 6]) await viewerKey(shard);
    const rows = await t.run(async (ctx) => await ctx.db.query("feedShards").collect());
    expect(new Set(rows.map(({ turnsAtMs }) => turnsAtMs)).size).toBe(6);
  });

  test("[ROT2] a printed preview key lives a day, whenever in the shard's day it is printed", async () => {
    await previewKey(t);
    await pass(23 * HOUR_MS);
    const printed = await previewKey(t);
    await pass(2 * HOUR_MS);
    expect(await stateOf(printed)).toBe("current");
    await pass(22 * HOUR_MS);
    expect(await stateOf(printed)).toBe("current");
    await pass(3 * HOUR_MS);
    expect(await stateOf(printed)).toBe("rotated");
  });

  test("[ROT3] a turnover that comes twice turns once", async () => {
    const old = await viewerKey();
    for (let repeat = 0; repeat < 3; repeat += 1) {
      await t.mutation(internal.access.turn, { feed: "basic", shard: 1, epoch: 1 });
    }
    expect(await stateOf(old)).toBe("current");
    const row = await t.run(async (ctx) => await ctx.db.query("feedShards").unique());
    expect(row).toMatchObject({ epoch: 2, previousEpoch: 1 });
  });

  test("[ROT3] the sweep turns a shard whose turnover was missed", async () => {
    const old = await viewerKey();
    await t.run(async (ctx) => {
      const row = await ctx.db.query("feedShards").unique();
      if (row !== null)
        await ctx.db.patch("feedShards", row._id, { turnsAtMs: Date.now() - HOUR_MS });
    });
    await t.mutation(internal.access.sweep, {});
    expect(await viewerKey()).not.toBe(old);
  });

  test("[ROT4] a forged or malformed key is answered like a rotated one", async () => {
    const key = await previewKey(t);
    for (const forged of [
      "",
      "v1",
      key.replace("basic", "pro"),
      `${key.slice(0, -2)}AA`,
      `${key}=`,
    ]) {
      expect(await stateOf(forged)).toBe("rotated");
    }
  });
});
