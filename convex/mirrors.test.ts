import { MAX_ATTEMPTS } from "@heliograph/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import type { Settlement } from "./model/mirrors/settle.ts";
import {
  type Backend,
  issueMachine,
  post,
  removal,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

let t: Backend;
let token: string;
let bot: Awaited<ReturnType<typeof issueMachine>>["as"];
let epoch: number;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  token = (await issueMachine(t, "source")).token;
  bot = (await issueMachine(t, "bot")).as;
  epoch = await takeLease("a");
});

afterEach(() => {
  vi.useRealTimers();
});

async function takeLease(holder: string): Promise<number> {
  const answer = await bot.mutation(api.leases.acquire, { shard: 0, holder });
  if (answer.state !== "held") throw new Error("the shard is busy");
  return answer.epoch;
}

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

async function send(...events: unknown[]): Promise<void> {
  await sendIngest(t, token, { events });
}

async function work(lane: "normal" | "priority" = "normal") {
  const answer = await bot.query(api.mirrors.work, { shard: 0, lane });
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.rows;
}

async function firstWork(lane: "normal" | "priority" = "normal") {
  const [row] = await work(lane);
  if (row === undefined) throw new Error("there is no work");
  return row;
}

async function settle(...results: Settlement[]) {
  return await bot.mutation(api.mirrors.settle, { shard: 0, epoch, results });
}

function applied(
  row: { mirrorId: Id<"mirrors">; wanted: { revision: number } },
  messageId = "d1",
): Settlement {
  const { mirrorId, wanted } = row;
  return { mirrorId, revision: wanted.revision, outcome: "applied", messageIds: [messageId] };
}

async function removeRoute(): Promise<void> {
  const console = await issueMachine(t, "console");
  const route = await t.run(async (ctx) => await ctx.db.query("routes").unique());
  if (route === null) throw new Error("no route");
  await console.as.mutation(api.routes.remove, { routeId: route._id });
  await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
}

async function allMirrors() {
  return await t.run(async (ctx) => await ctx.db.query("mirrors").collect());
}

describe("wanted", () => {
  test("[WANT1] a new signal is wanted once in every target of its source", async () => {
    await seedSource(t, 3);
    const event = post("m1", { author: { id: "1", name: "Mara" }, kind: "entry" });
    await send(event, event);
    const rows = await work();
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map(({ target }) => target.channelId)).size).toBe(3);
    expect(rows[0]).toMatchObject({
      feed: "basic",
      seq: 1,
      kind: "entry",
      wanted: { revision: 1, deleted: false },
      applied: null,
      lookFirst: false,
      attempt: 0,
      message: { content: "BTC long m1", authorName: "Mara", sourceName: "basic-calls" },
      replyTo: null,
    });
    expect(rows[0]?.nonce.length).toBeLessThanOrEqual(25);
    expect(new Set(rows.map(({ nonce }) => nonce)).size).toBe(3);
  });

  test("[WANT2] edits collapse into one row that wants the newest revision", async () => {
    await seedSource(t);
    const atMs = Date.now() - 5_000;
    await send(
      post("m1", { occurredAt: atMs }),
      post("m1", { type: "update", occurredAt: atMs + 1, content: "one" }),
      post("m1", { type: "update", occurredAt: atMs + 2, content: "two" }),
    );
    expect(await work()).toMatchObject([{ wanted: { revision: 3 }, message: { content: "two" } }]);
  });

  test("[WANT2] an edit of a posted signal makes its mirror due again, with the posted message", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { nonce } = await firstWork();
    await settle(applied(await firstWork()));
    expect(await work()).toEqual([]);
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    expect(await work()).toMatchObject([
      { wanted: { revision: 2 }, applied: { revision: 1, messageIds: ["d1"] }, nonce },
    ]);
  });

  test("[WANT2] a deleted signal is to be deleted in its targets, and a later edit does not bring it back", async () => {
    await seedSource(t);
    await send(post("m1"));
    await settle(applied(await firstWork()));
    await send(
      removal("m1"),
      post("m1", { type: "update", occurredAt: Date.now() + 1, content: "late" }),
    );
    const row = await firstWork();
    expect(row).toMatchObject({ wanted: { deleted: true }, message: null });
    await settle({
      mirrorId: row.mirrorId,
      revision: row.wanted.revision,
      outcome: "applied",
      messageIds: [],
    });
    expect(await work()).toEqual([]);
  });

  test("[WANT2] a delete that comes first wants nothing anywhere", async () => {
    await seedSource(t);
    await send(removal("m1"), post("m1"));
    expect(await allMirrors()).toEqual([]);
  });

  test("[WANT3] more than fifty targets are planned in batches, each once, also with an edit in between", async () => {
    await seedSource(t, 120);
    await send(post("m1"));
    expect(await allMirrors()).toHaveLength(50);
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
    const mirrors = await allMirrors();
    expect(mirrors).toHaveLength(120);
    expect(new Set(mirrors.map(({ channelId }) => channelId)).size).toBe(120);
    expect(new Set(mirrors.map(({ wantedRevision }) => wantedRevision))).toEqual(new Set([2]));
  });

  test("[WANT1] planning a batch again adds no second mirror", async () => {
    await seedSource(t, 60);
    await send(post("m1"));
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
    const [mirror] = await allMirrors();
    if (mirror === undefined) throw new Error("no mirror");
    const args = { signalId: mirror.signalId, afterChannelId: "" };
    await t.mutation(internal.mirrors.expand, args);
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
    expect(await allMirrors()).toHaveLength(60);
  });

  test("[WANT3] a delete reaches every one of more than fifty targets", async () => {
    await seedSource(t, 120);
    await send(post("m1"));
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
    await send(removal("m1"));
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
    expect((await allMirrors()).every(({ wantedDeleted }) => wantedDeleted)).toBe(true);
  });

  test("[WANT4] a removed route posts nothing more and still deletes what it posted", async () => {
    await seedSource(t);
    await send(post("m1"));
    await settle(applied(await firstWork()));
    await send(post("m2"));
    await removeRoute();
    expect(await work()).toMatchObject([{ seq: 2, wanted: { deleted: true }, applied: null }]);
    await send(
      post("m2", { type: "update", occurredAt: Date.now(), content: "edited" }),
      removal("m1"),
    );
    const toDelete = (await work()).filter(({ wanted }) => wanted.deleted);
    expect(toDelete.map(({ seq }) => seq).sort()).toEqual([1, 2]);
  });
});

describe("a removed route", () => {
  test("[WANT4] does not come back with later edits", async () => {
    await seedSource(t);
    await send(post("m1"));
    await removeRoute();
    for (const content of ["one", "two", "three"]) {
      await pass(1);
      await send(post("m1", { type: "update", occurredAt: Date.now(), content }));
    }
    expect(await work()).toMatchObject([{ wanted: { deleted: true } }]);
  });

  test("[WANT4] is not posted to by an edit of what had failed there", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "failed", code: "50035" });
    await removeRoute();
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    expect(await work()).toEqual([]);
    expect(await allMirrors()).toMatchObject([{ state: "failed", withdrawn: true }]);
  });

  test("[WANT4] has the post deleted that was under way when it was removed", async () => {
    await seedSource(t);
    await send(post("m1"));
    const row = await firstWork();
    await removeRoute();
    await settle(applied(row));
    expect(await work()).toMatchObject([
      { wanted: { deleted: true }, applied: { messageIds: ["d1"] } },
    ]);
    await settle({ ...applied(await firstWork()), messageIds: [] });
    expect(await work()).toEqual([]);
  });
});

describe("the work list", () => {
  test("[WRK1] one crowded target takes five rows and holds up no other", async () => {
    await seedSource(t);
    await send(...Array.from({ length: 60 }, (_, index) => post(`a${index}`)));
    const channelId = "900000000000000012";
    await t.mutation(internal.setup.seed, {
      sources: [{ name: "second", guildId: "1", channelId, minTier: "pro" }],
      routes: ["x", "y"].map((target) => {
        return { sourceName: "second", guildId: "1", channelId: target, name: target };
      }),
    });
    await pass(1);
    await send(...Array.from({ length: 7 }, (_, index) => post(`b${index}`, { channelId })));
    const rows = await work();
    const perTarget = (target: string) =>
      rows.filter((row) => row.target.channelId === target).length;
    expect(rows).toHaveLength(15);
    expect([perTarget("x"), perTarget("y")]).toEqual([5, 5]);
    const first = rows.slice(0, 3).map(({ target }) => target.channelId);
    expect(new Set(first).size).toBe(3);
    const crowded = rows.filter(({ feed }) => feed === "basic");
    expect(crowded.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("[WRK1] at most fifty rows are shown", async () => {
    await seedSource(t, 45);
    await send(post("m1"));
    await pass(1);
    await send(post("m2"));
    expect(await work()).toHaveLength(50);
  });

  test("[WRK2] a close goes to the priority lane, but only after the post it answers", async () => {
    await seedSource(t);
    await send(post("m1"), post("m2", { replyTo: "m1", kind: "close", content: "closed" }));
    expect(await work("priority")).toMatchObject([{ seq: 1 }]);
    await settle(applied(await firstWork("priority"), "d7"));
    expect(await work("priority")).toMatchObject([{ seq: 2, replyTo: { messageId: "d7" } }]);
  });

  test("[WRK2] a reply whose post failed or was deleted goes out without it", async () => {
    await seedSource(t);
    await send(post("m1"), post("m2", { replyTo: "m1" }));
    expect((await work()).map(({ seq }) => seq)).toEqual([1]);
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "failed", code: "50013", message: "no" });
    expect(await work()).toMatchObject([{ seq: 2, replyTo: null }]);
  });

  test("[WRK2] posts that answer each other, or themselves, are posted all the same", async () => {
    await seedSource(t);
    await send(
      post("m1", { replyTo: "m2" }),
      post("m2", { replyTo: "m3" }),
      post("m3", { replyTo: "m1" }),
      post("m4", { replyTo: "m4" }),
    );
    const posted: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      for (const row of await work()) {
        posted.push(row.seq);
        await settle(applied(row, `d${row.seq}`));
      }
    }
    expect(posted.sort()).toEqual([1, 2, 3, 4]);
  });

  test("[WRK2] a reply that came before the post it answers goes out after it", async () => {
    await seedSource(t);
    await send(post("m2", { replyTo: "m1" }), post("m1"));
    expect((await work()).map(({ seq }) => seq)).toEqual([2]);
    await settle(applied(await firstWork(), "d1"));
    expect(await work()).toMatchObject([{ seq: 1, replyTo: { messageId: "d1" } }]);
  });

  test("[WRK2] replies to a post that is late hold up nothing else in their channel", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 60_000 });
    await send(...Array.from({ length: 12 }, (_, index) => post(`r${index}`, { replyTo: "m1" })));
    await send(post("other"));
    expect((await work()).map(({ seq }) => seq)).toEqual([14]);
    await send(...Array.from({ length: 60 }, (_, index) => post(`more${index}`)));
    expect((await work()).map(({ seq }) => seq)).toEqual([14, 15, 16, 17, 18]);
  });

  test("[WRK3] after a takeover, rows from before it are to be looked for first", async () => {
    await seedSource(t);
    await send(post("m1"), post("m2"));
    const [, second] = await work();
    await settle({ ...applied(await firstWork()) });
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    await pass(9_000);
    epoch = await takeLease("b");
    await pass(1);
    await send(post("m3"));
    const looks = (await work()).map(({ seq, lookFirst }) => [seq, lookFirst]);
    expect(second?.lookFirst).toBe(false);
    expect(Object.fromEntries(looks)).toEqual({ 1: false, 2: true, 3: false });
  });

  test("[LEA3] after a crash of the same holder, rows from before it are to be looked for first", async () => {
    await seedSource(t);
    await send(post("m1"));
    await pass(1_000);
    epoch = await takeLease("a");
    expect(await work()).toMatchObject([{ lookFirst: true }]);
  });

  test("[WRK3] the first holder ever need not look", async () => {
    t = startBackend();
    token = (await issueMachine(t, "source")).token;
    bot = (await issueMachine(t, "bot")).as;
    await seedSource(t);
    await send(post("m1"));
    await pass(1);
    await takeLease("first");
    expect(await work()).toMatchObject([{ lookFirst: false }]);
  });
});

describe("settling", () => {
  test("[SET1] a worker that lost its lease changes nothing", async () => {
    await seedSource(t);
    await send(post("m1"));
    const row = await firstWork();
    await pass(9_000);
    const lost = epoch;
    epoch = await takeLease("b");
    await settle(applied(row, "winner"));
    epoch = lost;
    expect(await settle(applied(row, "loser"))).toEqual({ state: "leaseLost" });
    const [mirror] = await allMirrors();
    expect(mirror?.applied).toEqual({ revision: 1, messageIds: ["winner"] });
  });

  test("[SET1] a worker whose lease has expired settles nothing, though nobody took over", async () => {
    await seedSource(t);
    await send(post("m1"));
    const row = await firstWork();
    await pass(9_000);
    expect(await settle(applied(row))).toEqual({ state: "leaseLost" });
    expect(await allMirrors()).toMatchObject([{ state: "due", applied: null }]);
  });

  test("[SET1] another bot with the same epoch settles nothing", async () => {
    await seedSource(t);
    await send(post("m1"));
    const results = [applied(await firstWork())];
    const other = (await issueMachine(t, "bot", "other")).as;
    const answer = await other.mutation(api.mirrors.settle, { shard: 0, epoch, results });
    expect(answer).toEqual({ state: "leaseLost" });
  });

  test("[SET2] an older result after a newer one changes nothing", async () => {
    await seedSource(t);
    await send(post("m1"));
    const old = applied(await firstWork(), "old");
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    await settle(applied(await firstWork(), "new"));
    await settle(old);
    await settle({ ...old, outcome: "failed", code: "late" });
    await settle({ ...old, outcome: "retry", retryAfterMs: 1 });
    expect(await allMirrors()).toMatchObject([
      { state: "applied", applied: { revision: 2, messageIds: ["new"] }, code: null },
    ]);
  });

  test("[SET2] a revision that was never wanted changes nothing", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    for (const revision of [0, 2, Number.NaN]) {
      await settle({ mirrorId, revision, outcome: "applied", messageIds: ["d1"] });
    }
    expect(await allMirrors()).toMatchObject([{ state: "due", applied: null }]);
  });

  test("[SET3] a mirror that was edited while it was posted stays due", async () => {
    await seedSource(t);
    await send(post("m1"));
    const row = await firstWork();
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    await settle(applied(row));
    expect(await work()).toMatchObject([
      { wanted: { revision: 2 }, applied: { revision: 1, messageIds: ["d1"] } },
    ]);
  });

  test("[SET3] a failure of an older revision leaves the newer one to be tried", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "shorter" }));
    await settle({ mirrorId, revision: 1, outcome: "failed", code: "50035" });
    expect(await work()).toMatchObject([{ wanted: { revision: 2 }, attempt: 0 }]);
  });

  test("[SET4] a retry waits and becomes due by the function scheduled for then", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 3_000, code: "429" });
    expect(await work()).toEqual([]);
    expect(await allMirrors()).toMatchObject([{ state: "waiting", code: "429" }]);
    await pass(2_900);
    expect(await work()).toEqual([]);
    await pass(200);
    expect(await work()).toMatchObject([{ mirrorId, attempt: 0 }]);
  });

  test("[SET4] the function of an earlier wait does not cut a later one short", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 3_000 });
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 8_000 });
    await pass(3_100);
    expect(await work()).toEqual([]);
    await pass(5_000);
    expect(await work()).toHaveLength(1);
  });

  test("[SET4] an edit of a waiting mirror is collapsed into it and does not shorten the wait", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 3_000 });
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    expect(await work()).toEqual([]);
    await pass(3_100);
    expect(await work()).toMatchObject([{ wanted: { revision: 2 } }]);
  });

  test("[SET4] a wait longer than the nonce holds makes the worker look first", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 121_000 });
    await t.run(async (ctx) => {
      const mirror = await ctx.db.get("mirrors", mirrorId);
      await t.mutation(internal.mirrors.becomeDue, { mirrorId, dueAtMs: mirror?.dueAtMs ?? 0 });
    });
    expect(await work()).toMatchObject([{ lookFirst: true }]);
  });

  test("[WRK3] after a try that failed without saying how, the worker looks first", async () => {
    await seedSource(t);
    await send(post("m1"), post("m2"));
    const [first, second] = await work();
    if (first === undefined || second === undefined) throw new Error("there is no work");
    await settle(
      { mirrorId: first.mirrorId, revision: 1, outcome: "retry", code: "discord_unreachable" },
      { mirrorId: second.mirrorId, revision: 1, outcome: "retry", retryAfterMs: 5_000 },
    );
    await pass(6_000);
    const looks = (await work()).map(({ seq, lookFirst }) => [seq, lookFirst]);
    expect(Object.fromEntries(looks)).toEqual({ 1: true, 2: false });
  });

  test("[SET5] a delete of a post whose edit kept failing is tried as often as any other", async () => {
    await seedSource(t);
    await send(post("m1"));
    await settle(applied(await firstWork()));
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 2, outcome: "retry", code: "500" });
    expect(await allMirrors()).toMatchObject([{ state: "waiting", attempt: 1 }]);
    await send(removal("m1"));
    await pass(5_100);
    expect(await work()).toMatchObject([{ wanted: { deleted: true }, attempt: 0 }]);
  });

  test("[SET4] the sweep wakes a mirror whose function was missed", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 1_000 });
    vi.setSystemTime(Date.now() + 60_000);
    await t.mutation(internal.mirrors.sweep, {});
    expect(await work()).toHaveLength(1);
  });

  test("[SET5] unasked retries back off and end as failed; asked ones count nothing", async () => {
    await seedSource(t);
    await send(post("m1"));
    const { mirrorId } = await firstWork();
    const makeDue = async () => {
      const [mirror] = await allMirrors();
      await t.mutation(internal.mirrors.becomeDue, { mirrorId, dueAtMs: mirror?.dueAtMs ?? 0 });
    };
    for (let asked = 0; asked < 20; asked += 1) {
      await settle({ mirrorId, revision: 1, outcome: "retry", retryAfterMs: 1_000 });
      await makeDue();
    }
    const delays: number[] = [];
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      await settle({ mirrorId, revision: 1, outcome: "retry", code: "500" });
      const [mirror] = await allMirrors();
      if (mirror?.state === "waiting") delays.push(mirror.dueAtMs - Date.now());
      await makeDue();
    }
    expect(delays).toHaveLength(MAX_ATTEMPTS - 1);
    expect(delays.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(await allMirrors()).toMatchObject([
      { state: "failed", code: "500", attempt: MAX_ATTEMPTS },
    ]);
    await send(post("m1", { type: "update", occurredAt: Date.now(), content: "edited" }));
    expect(await work()).toMatchObject([{ attempt: 0 }]);
  });

  test("[SET6] more results than the limit are refused as a whole", async () => {
    await seedSource(t);
    await send(post("m1"));
    const result = applied(await firstWork());
    const call = settle(...Array.from({ length: 101 }, () => result));
    await expect(call).rejects.toMatchObject({ data: { code: "too_many_results" } });
    expect(await allMirrors()).toMatchObject([{ state: "due" }]);
  });
});

test("[LIV1] the live view shows the newest signals with what each target shows", async () => {
  await seedSource(t, 2);
  await send(post("m1"));
  await pass(1);
  await send(post("m2"));
  await settle(applied(await firstWork()));
  const console = await issueMachine(t, "console");
  const live = await console.as.query(api.live.signals, { limit: 10 });
  if (live.state !== "current") throw new Error(live.state);
  expect(live.signals.map(({ seq }) => seq)).toEqual([2, 1]);
  expect(live.signals[1]?.mirrors).toMatchObject([
    { state: "applied", wantedRevision: 1, appliedRevision: 1, targetName: "target 1" },
    { state: "due", wantedRevision: 1, appliedRevision: null, targetName: "target 2" },
  ]);
});
