import { PLAIN_RULES, type RouteRules } from "@heliograph/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import type { Settlement } from "./model/mirrors/settle.ts";
import {
  type Backend,
  codeOf,
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
let console: Awaited<ReturnType<typeof issueMachine>>["as"];
let epoch: number;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  token = (await issueMachine(t, "source")).token;
  bot = (await issueMachine(t, "bot")).as;
  console = (await issueMachine(t, "console")).as;
  const answer = await bot.mutation(api.leases.acquire, { shard: 0, holder: "a" });
  if (answer.state !== "held") throw new Error("the shard is busy");
  epoch = answer.epoch;
  await seedSource(t);
});

afterEach(() => {
  vi.useRealTimers();
});

type Rules = Parameters<typeof changeRules>[0];

async function send(...events: unknown[]): Promise<void> {
  await sendIngest(t, token, { events });
}

async function route() {
  const answer = await console.query(api.routes.list, {});
  if (answer.state !== "current") throw new Error(answer.state);
  const [only] = answer.routes;
  if (only === undefined) throw new Error("no route");
  return only;
}

async function changeRules(rules: Partial<RouteRules>) {
  const { routeId, name, pingRoleId, rules: known } = await route();
  const next = { ...known, ...rules } as typeof known; // arrays, writable
  return await console.mutation(api.routes.change, { routeId, name, pingRoleId, rules: next });
}

async function pause(paused: boolean): Promise<void> {
  await console.mutation(api.routes.pause, { routeId: (await route()).routeId, paused });
}

async function runScheduled(): Promise<void> {
  await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
}

async function work(lane: "normal" | "priority" = "normal") {
  const answer = await bot.query(api.mirrors.work, { shard: 0, lane });
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.rows;
}

async function settle(...results: Settlement[]): Promise<void> {
  await bot.mutation(api.mirrors.settle, { shard: 0, epoch, results });
}

/** Everything that is due is posted, each as one message named after its seq. */
async function applyAll(): Promise<void> {
  for (const { mirrorId, wanted, seq } of await work()) {
    const messageIds = wanted.deleted ? [] : [`d${seq}`];
    await settle({ mirrorId, revision: wanted.revision, outcome: "applied", messageIds });
  }
}

async function lose(...messageIds: string[]) {
  return await bot.mutation(api.mirrors.lost, { shard: 0, epoch, messageIds });
}

async function theMirror() {
  const mirror = await t.run(async (ctx) => await ctx.db.query("mirrors").first());
  if (mirror === null) throw new Error("no mirror");
  return mirror;
}

const STRICT: Rules = { keywords: { only: [], never: ["eth"], strip: [] } };

describe("rules", () => {
  test("[WANT5] what the rules leave out asks nothing of the worker, until an edit lets it through", async () => {
    await changeRules(STRICT);
    await send(post("m1", { content: "ETH long", occurredAt: Date.now() - 9 }), post("m2"));
    expect(await work()).toMatchObject([{ seq: 2 }]);
    await send(
      post("m1", { type: "update", content: "ETH still", occurredAt: Date.now() - 8 }),
      post("m1", { type: "update", content: "BTC long", occurredAt: Date.now() - 7 }),
    );
    const shown = (await work()).map(({ message }) => message?.content);
    expect(shown.sort()).toEqual(["BTC long", "BTC long m2"]);
  });

  test("[WANT5] an edit that the rules leave out takes the post away", async () => {
    await changeRules(STRICT);
    await send(post("m1"));
    await applyAll();
    await send(post("m1", { type: "update", content: "ETH long", occurredAt: Date.now() }));
    expect(await work()).toMatchObject([
      { wanted: { deleted: true }, message: null, applied: { messageIds: ["d1"] } },
    ]);
  });

  test("[ROU3] an edit goes by the rules its post went by", async () => {
    await send(post("m1"));
    await applyAll();
    await changeRules({ prefix: "VIP", mode: "webhook" });
    await send(
      post("m1", { type: "update", content: "edited", occurredAt: Date.now() }),
      post("m2", { content: "new" }),
    );
    expect(await work()).toMatchObject([
      { mode: "bot", message: { content: "edited" } },
      { mode: "webhook", message: { content: "VIP\nnew" } },
    ]);
  });

  test("[ROU3] rules that do not change make no new row", async () => {
    await changeRules(STRICT);
    await changeRules(STRICT);
    expect(await t.run(async (ctx) => await ctx.db.query("routeRules").collect())).toHaveLength(1);
  });

  test("[RUL1] a wrong domain is refused with its field, and nothing changes", async () => {
    const wrong = changeRules({ domains: { allow: [], block: ["no domain"] } });
    await expect(wrong).rejects.toMatchObject({
      data: { code: "invalid_domain", field: "domains.block" },
    });
    expect((await route()).rules).toEqual(PLAIN_RULES);
  });

  test("[WANT6] a paused route gets no mirrors", async () => {
    await pause(true);
    await send(post("m1"));
    expect(await t.run(async (ctx) => await ctx.db.query("mirrors").first())).toBeNull();
  });

  test("[ROU4] a paused route posts nothing, not even later what came meanwhile", async () => {
    await send(post("m1"));
    await applyAll();
    await send(post("m2"));
    await pause(true);
    await send(post("m3"));
    await runScheduled();
    vi.advanceTimersByTime(1_000);
    await pause(false);
    await send(post("m4"), removal("m1"));
    const rows = await work();
    expect(rows.filter(({ wanted }) => !wanted.deleted)).toMatchObject([{ seq: 4 }]);
    expect(rows.filter(({ wanted }) => wanted.deleted).map(({ seq }) => seq)).toEqual([2, 1]);
  });
});

describe("urgency", () => {
  test("[WANT7] a close takes the post it answers along where that still waits", async () => {
    await send(post("m1", { kind: "entry" }), post("m2"));
    await send(post("m3", { kind: "close", replyTo: "m1" }));
    expect(await work("priority")).toMatchObject([{ seq: 1 }]);
    expect(await work()).toMatchObject([{ seq: 2 }]);
  });

  test("[WANT7] an edit that makes a post a close hurries it", async () => {
    await send(post("m1"));
    await send(post("m1", { type: "update", kind: "close", occurredAt: Date.now() }));
    expect(await work("priority")).toMatchObject([{ seq: 1 }]);
  });
});

describe("removed by hand", () => {
  test("[LOSS1] it comes back", async () => {
    await send(post("m1"));
    await applyAll();
    expect(await lose("d1", "unknown")).toEqual({ state: "noted", mirrors: 1 });
    expect(await work()).toMatchObject([
      { applied: { revision: 0, messageIds: [] }, losses: 1, wanted: { deleted: false } },
    ]);
    await applyAll();
    expect(await work()).toEqual([]);
  });

  test("[LOSS1] by the route's rule it stays away for good, with what else stands of it", async () => {
    await changeRules({ whenRemoved: "leave" });
    await send(post("m1"));
    const [row] = await work();
    if (row === undefined) throw new Error("no work");
    const { mirrorId } = row;
    await settle({ mirrorId, revision: 1, outcome: "applied", messageIds: ["a", "b"] });
    await lose("a");
    expect(await work()).toMatchObject([
      { wanted: { deleted: true }, applied: { messageIds: ["b"] } },
    ]);
    await settle({ mirrorId, revision: 2, outcome: "applied", messageIds: [] });
    await send(post("m1", { type: "update", content: "edited", occurredAt: Date.now() }));
    expect(await work()).toEqual([]);
    expect(await theMirror()).toMatchObject({ state: "applied", code: "removed_by_hand" });
  });

  test("[LOSS2] the fourth time it stays away", async () => {
    await send(post("m1"));
    await applyAll();
    for (let times = 0; times < 4; times += 1) {
      await lose("d1");
      await applyAll();
    }
    expect(await theMirror()).toMatchObject({ code: "removed_by_hand", state: "applied" });
  });

  test("[LOSS3] what was to go, or is known to be gone, changes nothing", async () => {
    await send(post("m1"));
    await applyAll();
    await lose("d1");
    const before = await theMirror();
    expect(await lose("d1")).toEqual({ state: "noted", mirrors: 0 });
    expect(await theMirror()).toEqual(before);
    await applyAll();
    await send(removal("m1"));
    expect(await lose("d1")).toEqual({ state: "noted", mirrors: 0 });
  });

  test("[SET1] a worker that lost its lease notes nothing", async () => {
    const args = { shard: 0, epoch: epoch + 1, messageIds: ["d1"] };
    expect(await bot.mutation(api.mirrors.lost, args)).toEqual({ state: "leaseLost" });
  });

  test("[SET8] whose a message is, is known as long as it stands", async () => {
    await send(post("m1"));
    await applyAll();
    const posts = () => t.run(async (ctx) => await ctx.db.query("mirrorPosts").collect());
    expect(await posts()).toMatchObject([{ messageId: "d1" }]);
    await send(removal("m1"));
    await applyAll();
    expect(await posts()).toEqual([]);
  });
});

describe("queues", () => {
  async function refuse(outcome: "retry" | "failed", code: string): Promise<void> {
    for (const { mirrorId, wanted } of await work()) {
      const retry = outcome === "retry" ? { retryAfterMs: 60_000 } : {};
      await settle({
        ...{ mirrorId, revision: wanted.revision, outcome, code, message: "why" },
        ...retry,
      });
    }
  }

  async function queues() {
    const answer = await console.query(api.mirrors.queues, {});
    if (answer.state !== "current") throw new Error(answer.state);
    return answer.targets;
  }

  test("[QUE1] each target says what waits and why, and is tried at once when asked for", async () => {
    await send(post("m1"), post("m2"));
    await refuse("retry", "missing_access");
    const [target] = await queues();
    expect(target).toMatchObject({
      waiting: 2,
      due: 0,
      reasons: [{ code: "missing_access", message: "why", count: 2 }],
    });
    const channelId = target?.channelId ?? "";
    expect(await console.mutation(api.mirrors.retry, { channelId })).toBe(2);
    expect(await work()).toMatchObject([{ urged: true }, { urged: true }]);
  });

  test("[QUE1] what was given up is tried again, too", async () => {
    await send(post("m1"));
    await refuse("failed", "unknown_channel");
    const [target] = await queues();
    expect(target).toMatchObject({ failed: 1 });
    await console.mutation(api.mirrors.retry, { channelId: target?.channelId ?? "" });
    await applyAll();
    expect(await queues()).toEqual([]);
  });

  test("[SET9] what comes through lets the others of the channel try at once", async () => {
    await send(post("m1"), post("m2"), post("m3"));
    await refuse("retry", "missing_permission");
    await t.run(async (ctx) => {
      const mirror = await ctx.db.query("mirrors").first();
      if (mirror !== null) await ctx.db.patch("mirrors", mirror._id, { state: "due" });
    });
    await applyAll();
    expect((await work()).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  test("[WRK1] a target with a long queue takes a second place only after every other has its first", async () => {
    for (let n = 0; n < 6; n += 1) await send(post(`slow${n}`));
    const { sourceId } = await route();
    for (let n = 0; n < 60; n += 1) {
      const channelId = String(n).padStart(18, "8");
      const target = { sourceId, guildId: "900000000000000002", channelId, name: `t${n}` };
      await console.mutation(api.routes.create, target);
    }
    await send(post("fast"));
    await runScheduled();
    const channels = (await work()).map(({ target }) => target.channelId);
    expect(channels).toHaveLength(50);
    expect(new Set(channels).size).toBe(50);
  });
});

describe("drift", () => {
  async function wantedChecks() {
    const answer = await bot.query(api.drift.wanted, { shard: 0 });
    if (answer.state !== "current") throw new Error(answer.state);
    return answer.checks;
  }

  async function report(found: {
    missing?: string[];
    changed?: Id<"mirrors">[];
    strays?: { messageId: string; feed: "basic"; seq: number }[];
  }) {
    const [check] = await wantedChecks();
    const none = { compared: 1, missing: [], changed: [], strays: [], code: null };
    const args = { channelId: check?.channelId ?? "", ...none, ...found };
    return await bot.mutation(api.drift.report, { shard: 0, epoch, report: args });
  }

  async function drift() {
    const answer = await console.query(api.drift.list, {});
    if (answer.state !== "current") throw new Error(answer.state);
    return answer;
  }

  test("[DRI1] a target is checked by the schedule, and at once when asked for", async () => {
    expect(await wantedChecks()).toEqual([]);
    await t.mutation(internal.drift.tick, {});
    expect(await wantedChecks()).toMatchObject([{ place: { kind: "channel" } }]);
    await report({});
    expect(await wantedChecks()).toEqual([]);
    expect(await console.mutation(api.drift.checkAll, {})).toBe(1);
    expect(await wantedChecks()).toHaveLength(1);
  });

  test("[DRI2] what is missing or changed is wanted again, and counted", async () => {
    await send(post("m1"), post("m2"), post("m3"));
    await applyAll();
    const page = await bot.query(api.drift.expected, {
      channelId: (await route()).channelId,
      plannedBeforeMs: Number.MAX_SAFE_INTEGER,
    });
    if (page.state !== "current") throw new Error(page.state);
    expect(page.rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    await t.mutation(internal.drift.tick, {});
    const changed = page.rows.filter(({ seq }) => seq === 2).map(({ mirrorId }) => mirrorId);
    await report({ missing: ["d1"], changed });
    expect((await work()).map(({ seq }) => seq).sort()).toEqual([1, 2]);
    expect(await drift()).toMatchObject({ drift: 2, checks: [{ missing: 1, changed: 1 }] });
  });

  test("[DRI1] a bot that took a target over is not asked for what the one before posted", async () => {
    await send(post("m1"));
    await applyAll();
    await t.mutation(internal.drift.tick, {});
    await t.run(async (ctx) => {
      for await (const check of ctx.db.query("targetChecks")) {
        await ctx.db.patch("targetChecks", check._id, { shard: 7 });
      }
    });
    const { channelId } = await route();
    const args = { channelId, plannedBeforeMs: Number.MAX_SAFE_INTEGER };
    expect(await bot.query(api.drift.expected, args)).toMatchObject({ rows: [] });
  });

  test("[DRI3] a stray is what stands beside the signal's settled mirror", async () => {
    await send(post("m1"));
    await applyAll();
    await send(post("m2"));
    await t.mutation(internal.drift.tick, {});
    const strays = [
      { messageId: "d1", feed: "basic" as const, seq: 1 }, // it is applied
      { messageId: "again", feed: "basic" as const, seq: 1 }, // stands twice
      { messageId: "fresh", feed: "basic" as const, seq: 2 }, // posted, and about to be settled
      { messageId: "old", feed: "basic" as const, seq: 99 }, // of nothing we know: perhaps another deployment's
    ];
    expect(await report({ strays })).toEqual({ state: "noted", strays: ["again"] });
    expect((await drift()).drift).toBe(1);
  });

  test("[DRI1] too many findings are refused as a whole", async () => {
    await t.mutation(internal.drift.tick, {});
    const missing = Array.from({ length: 101 }, (_, index) => String(index));
    expect(await codeOf(report({ missing }))).toBe("too_many_findings");
    expect(await wantedChecks()).toHaveLength(1);
  });
});
