import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { answerIngest } from "./model/http/ingestRequest.ts";
import {
  type Backend,
  issueMachine,
  post,
  previewKey,
  readFeed,
  removal,
  seedSource,
  sendIngest,
  setEnvironment,
  startBackend,
} from "./test.setup.ts";

let t: Backend;
let token: string;

beforeEach(async () => {
  t = startBackend();
  await seedSource(t);
  token = (await issueMachine(t, "source")).token;
});

afterEach(() => {
  vi.useRealTimers();
});

/** Sums up what came in so far. */
async function rollUp(): Promise<void> {
  vi.setSystemTime(Date.now() + 2_000); // the tallies of the last second are left alone
  await t.mutation(internal.ingest.rollUp, {});
}

async function send(...events: unknown[]) {
  return await sendIngest(t, token, { events });
}

async function countSignals(): Promise<number> {
  return await t.run(async (ctx) => (await ctx.db.query("signals").collect()).length);
}

describe("a batch", () => {
  test("[ING2] one wrong item among a hundred rejects only itself, by its index", async () => {
    const events: unknown[] = Array.from({ length: 100 }, (_, index) => post(`m${index}`));
    events[41] = { ...post("m41"), occurredAt: "yesterday" };
    const { status, body } = await send(...events);
    expect(status).toBe(200);
    const rejected = body.results.filter((item: { status: string }) => item.status === "rejected");
    expect(rejected).toEqual([
      { index: 41, status: "rejected", code: "wrong_type", message: expect.any(String) },
    ]);
    expect(await countSignals()).toBe(99);
    const seqs = await t.run(async (ctx) =>
      (await ctx.db.query("signals").collect()).map(({ seq }) => seq),
    );
    expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, index) => index + 1));
  });

  test("[ING2] an event of a channel without a source is rejected as unknown_channel", async () => {
    const { body } = await send({ ...post("m1"), channelId: "1" });
    expect(body.results[0]).toMatchObject({ status: "rejected", code: "unknown_channel" });
  });

  test("[ING2] a bound token reaches only its own source", async () => {
    await seedSource(t, 0, { name: "other", channelId: "900000000000000012" });
    const bound = await t.action(internal.machines.issue, {
      kind: "source",
      name: "bound",
      sourceName: "other",
    });
    const { body } = await sendIngest(t, bound.token, { events: [post("m1")] });
    expect(body.results[0]).toMatchObject({ status: "rejected", code: "foreign_channel" });
  });

  test("[ING1] a repeated batch is reported as duplicates with the same seqs", async () => {
    const events = [post("m1"), post("m2")];
    const first = await send(...events);
    const second = await send(...events);
    expect(first.body.results).toEqual([
      { index: 0, status: "accepted", seq: 1 },
      { index: 1, status: "accepted", seq: 2 },
    ]);
    expect(second.body.results).toEqual([
      { index: 0, status: "duplicate", seq: 1 },
      { index: 1, status: "duplicate", seq: 2 },
    ]);
  });

  test("[ING1] an edit after the delete is stale and brings nothing back", async () => {
    const atMs = Date.now() - 10_000;
    await send(post("m1", { occurredAt: atMs }), removal("m1", atMs + 1));
    const { body } = await send(post("m1", { type: "update", occurredAt: atMs + 2 }));
    expect(body.results[0]).toMatchObject({ status: "stale", seq: 1 });
    const [signal] = await readFeed(t, await previewKey(t));
    expect(signal).toMatchObject({ state: "deleted", content: "", author: null, seq: 1 });
  });

  test("[ING1] an edit that is older than the stored one changes nothing", async () => {
    const atMs = Date.now() - 10_000;
    await send(
      post("m1", { occurredAt: atMs }),
      post("m1", { type: "update", occurredAt: atMs + 5, content: "new" }),
    );
    const late = post("m1", { type: "update", occurredAt: atMs + 3, content: "old" });
    const { body } = await send(late);
    expect(body.results[0]).toMatchObject({ status: "stale" });
    const [signal] = await readFeed(t, await previewKey(t));
    expect(signal).toMatchObject({ content: "new", revision: 2, editedAtMs: atMs + 5 });
  });

  test("[ING3] a signal stays in the feed its source had when it arrived", async () => {
    await send(post("m1"));
    const console = await issueMachine(t, "console");
    const { sourceId } = await t.run(async (ctx) => {
      const source = await ctx.db.query("sources").first();
      if (source === null) throw new Error("no source");
      return { sourceId: source._id };
    });
    await console.as.mutation(api.sources.update, { sourceId, minTier: "pro" });
    await send(
      post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }),
      post("m2"),
    );
    expect(await readFeed(t, await previewKey(t, "basic"))).toMatchObject([{ content: "edited" }]);
    expect(await readFeed(t, await previewKey(t, "pro"))).toMatchObject([{ seq: 1 }]);
  });

  test("[ING4] a reply points at its post, whichever comes first", async () => {
    await send(post("m2", { replyTo: "m1" }), post("m1"), post("m3", { replyTo: "m1" }));
    const signals = await readFeed(t, await previewKey(t));
    expect(signals.map(({ replyTo }) => replyTo)).toEqual([
      { feed: "basic", seq: 2 },
      null,
      { feed: "basic", seq: 2 },
    ]);
  });
});

test("[ING4] a post that names itself answers nobody", async () => {
  await send(post("m1", { replyTo: "m1" }), post("m2"));
  await send(post("m2", { type: "update", occurredAt: Date.now(), replyTo: "m2" }));
  const signals = await readFeed(t, await previewKey(t));
  expect(signals.map(({ replyTo }) => replyTo)).toEqual([null, null]);
});

describe("a refused request stores nothing", () => {
  const cases: [string, number, string, () => Promise<{ status: number; body: unknown }>][] = [
    ["no token", 401, "missing_token", () => sendIngest(t, null, { events: [post("m1")] })],
    [
      "an unknown token",
      401,
      "unknown_token",
      () => sendIngest(t, "nobody", { events: [post("m1")] }),
    ],
    [
      "an unknown token with a broken body",
      401,
      "unknown_token",
      () => sendIngest(t, "nobody", "{"),
    ],
    ["bad JSON", 400, "bad_json", () => sendIngest(t, token, "{")],
    ["no events", 400, "bad_shape", () => sendIngest(t, token, { event: [] })],
    ["a list for a body", 400, "bad_shape", () => sendIngest(t, token, [])],
    [
      "a wrong content type",
      415,
      "unsupported_media_type",
      () => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "text/plain" };
        return sendIngest(t, token, { events: [post("m1")] }, { headers });
      },
    ],
    [
      "more than a hundred events",
      413,
      "batch_too_large",
      () => send(...Array.from({ length: 101 }, (_, index) => post(`m${index}`))),
    ],
    [
      "more than 1 MiB",
      413,
      "body_too_large",
      () => sendIngest(t, token, { events: [], padding: "x".repeat(1024 * 1024) }),
    ],
    [
      "a body that declares more than 1 MiB",
      413,
      "body_too_large",
      () => {
        const headers = {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "content-length": "1048577",
        };
        return sendIngest(t, token, { events: [post("m1")] }, { headers });
      },
    ],
  ];

  test.each(cases)("[REQ1] %s is %i %s", async (_name, status, code, request) => {
    const refused = await request();
    expect(refused).toMatchObject({ status, body: { code, message: expect.any(String) } });
    expect(await countSignals()).toBe(0);
  });

  test("[REQ1] a bot's or a console's token is 403 wrong_kind", async () => {
    for (const kind of ["bot", "console"] as const) {
      const machine = await issueMachine(t, kind);
      const refused = await sendIngest(t, machine.token, { events: [post("m1")] });
      expect(refused).toMatchObject({ status: 403, body: { code: "wrong_kind" } });
    }
    expect(await countSignals()).toBe(0);
  });

  test("[REQ1] a revoked token is 401 revoked_token", async () => {
    const { token: lost, machineId } = await issueMachine(t, "source", "lost");
    await t.mutation(internal.machines.revokeNow, { machineId });
    const refused = await sendIngest(t, lost, { events: [post("m1")] });
    expect(refused).toMatchObject({ status: 401, body: { code: "revoked_token" } });
    expect(await countSignals()).toBe(0);
  });

  test("[THR1] a token over its limit is 429 with the time to wait, and accepted after it", async () => {
    setEnvironment("HELIOGRAPH_INGEST_EVENTS_PER_MINUTE", "2");
    await send(post("m1"), post("m2"), post("m3"));
    await rollUp();
    const refused = await send(post("m4"));
    expect(refused).toMatchObject({ status: 429, body: { code: "too_many_events" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await countSignals()).toBe(3);
    const throttle = await t.run(async (ctx) => await ctx.db.query("ingestThrottles").unique());
    if (throttle === null) throw new Error("no throttle");
    await t.mutation(internal.ingest.unthrottle, { throttleId: throttle._id });
    expect((await send(post("m4"))).status).toBe(200);
  });
});

test("[THR1] a throttle whose end was missed neither refuses nor protects its token", async () => {
  setEnvironment("HELIOGRAPH_INGEST_EVENTS_PER_MINUTE", "2");
  const machineId = await t.run(async (ctx) => {
    const machine = await ctx.db.query("machineTokens").first();
    if (machine === null) throw new Error("no machine");
    await ctx.db.insert("ingestThrottles", { machineId: machine._id, untilMs: Date.now() - 1 });
    return machine._id;
  });
  expect((await send(post("m1"), post("m2"), post("m3"))).status).toBe(200);
  await rollUp();
  expect((await send(post("m4"))).status).toBe(429);
  const throttles = await t.run(async (ctx) => await ctx.db.query("ingestThrottles").collect());
  expect(throttles).toMatchObject([{ machineId }]);
});

test("[REQ3] a large body is not read for who has no source's token", async () => {
  const ctx = { runQuery: t.query, runMutation: t.mutation };
  const bot = await issueMachine(t, "bot");
  for (const [bearer, status] of [
    ["nobody", 401],
    [bot.token, 403],
  ] as const) {
    for (const length of ["1000000", "", "many"]) {
      const headers = new Headers({
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        ...(length !== "" && { "content-length": length }),
      });
      const request = { headers, arrayBuffer: () => expect.unreachable("the body was read") };
      const response: Response = await Reflect.apply(answerIngest, undefined, [ctx, request]);
      expect(response.status).toBe(status);
    }
  }
});

describe("the bot's way in", () => {
  test("[REQ2] the same events come in by mutation with the same results", async () => {
    const bot = await issueMachine(t, "bot");
    const events = [post("m1"), { ...post("m2"), type: "shout" }];
    const { results } = await bot.as.mutation(api.ingest.events, {
      events,
      receivedAtMs: Date.now(),
    });
    expect(results).toMatchObject([
      { index: 0, status: "accepted", seq: 1 },
      { index: 1, status: "rejected", code: "bad_type" },
    ]);
  });

  test("[REQ2] a batch over the limit is refused as a whole", async () => {
    const bot = await issueMachine(t, "bot");
    const events = Array.from({ length: 101 }, (_, index) => post(`m${index}`));
    const call = bot.as.mutation(api.ingest.events, { events, receivedAtMs: Date.now() });
    await expect(call).rejects.toMatchObject({ data: { code: "batch_too_large" } });
    expect(await countSignals()).toBe(0);
  });

  test("[REQ2] a receipt time that cannot be is replaced by the backend's", async () => {
    const bot = await issueMachine(t, "bot");
    const hourAhead = Date.now() + 3_600_000;
    await bot.as.mutation(api.ingest.events, { events: [post("m1")], receivedAtMs: hourAhead });
    const [signal] = await readFeed(t, await previewKey(t));
    expect(signal?.stamps.receivedAtMs).toBeLessThanOrEqual(Date.now());
  });
});

test("[RAT1] the rate counts every item once, in its minute", async () => {
  const console = await issueMachine(t, "console");
  await send(post("m1"), post("m1"), { nonsense: true });
  await send(post("m2"));
  await rollUp();
  await rollUp();
  const rate = await console.as.query(api.live.rate, {});
  if (rate.state !== "current") throw new Error(rate.state);
  const sum = (name: "accepted" | "duplicate" | "stale" | "rejected") =>
    rate.minutes.reduce((total, minute) => total + minute[name], 0);
  expect([sum("accepted"), sum("duplicate"), sum("stale"), sum("rejected")]).toEqual([2, 1, 0, 1]);
});

test("[RAT1] what came in within the last second is left to the next sum", async () => {
  await send(post("m1"));
  const count = async () =>
    (await t.run(async (ctx) => await ctx.db.query("ingestTallies").collect())).length;
  await t.mutation(internal.ingest.rollUp, {});
  expect(await count()).toBe(1);
  await rollUp();
  expect(await count()).toBe(0);
});
