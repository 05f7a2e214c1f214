import { MAX_ATTEMPTS, type Tier } from "@heliograph/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { attachIdentity, detachIdentity } from "./model/identities/attach.ts";
import { mergeUsers } from "./model/identities/merge.ts";
import { deleteAccount } from "./model/people/deletion.ts";
import { resettleBatch } from "./model/roles/resettle.ts";
import type { RoleSettlement } from "./model/roles/settle.ts";
import { type Backend, codeOf, issueMachine, signUp, startBackend } from "./test.setup.ts";

const GUILD = "900000000000000101";
const PRO = "900000000000000201";
const BASIC = "900000000000000202";
const NORA = "900000000000000301";
const NOTHING = { given: [], taken: [], byHand: [], tried: [] };

let t: Backend;
let bot: Awaited<ReturnType<typeof issueMachine>>["as"];
let staff: Awaited<ReturnType<typeof issueMachine>>["as"];
let epoch: number;
let serial = 0;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
  staff = (await issueMachine(t, "console")).as;
  epoch = await takeLease("a");
});
afterEach(() => {
  vi.useRealTimers();
});

async function takeLease(holder: string, shard = 0): Promise<number> {
  const answer = await bot.mutation(api.leases.acquire, { shard, holder });
  if (answer.state !== "held") throw new Error("the shard is busy");
  return answer.epoch;
}

async function runScheduled(): Promise<void> {
  await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
}

async function map(roleId: string, tier: Tier, guildId = GUILD, andAbove = false) {
  const fields = { guildId, guildName: "Club", roleId, name: roleId.slice(-3), tier, andAbove };
  const mappingId = await staff.mutation(api.roleMappings.save, fields);
  await runScheduled();
  return mappingId;
}

/** Somebody with access of that tier, and with a linked account unless it is null. */
async function member(discordId: string | null, tier: Tier | null) {
  serial += 1;
  const person = await signUp(t, `member-${serial}@example.com`);
  if (discordId !== null) await link(person.userId, discordId);
  const grantId = tier === null ? null : await give(person.userId, tier);
  return { ...person, grantId };
}

async function link(userId: Id<"users">, value: string): Promise<void> {
  await t.run(async (ctx) => await attachIdentity(ctx, { kind: "discord", value, userId }));
}

async function give(userId: Id<"users">, tier: Tier): Promise<Id<"grants">> {
  const gift = { userId, tier, untilMs: null, reason: "a test" };
  return (await staff.mutation(api.access.giveGrant, gift)).grantId;
}

async function end(grantId: Id<"grants"> | null): Promise<void> {
  if (grantId === null) throw new Error("there is no grant");
  await staff.mutation(api.access.revokeGrant, { grantId });
}

async function work(shard = 0) {
  const answer = await bot.query(api.roles.work, { shard });
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.rows;
}

async function firstWork() {
  const [row] = await work();
  if (row === undefined) throw new Error("there is no work");
  return row;
}

async function settle(...results: RoleSettlement[]) {
  return await bot.mutation(api.roles.settle, { shard: 0, epoch, results });
}

type Work = Awaited<ReturnType<typeof firstWork>>;

function done({ memberRoleId, revision, give, take }: Work): RoleSettlement {
  const report = { ...NOTHING, given: give, taken: take };
  return { memberRoleId, revision, outcome: "applied", ...report };
}

function failed(
  { memberRoleId, revision, give, take }: Work,
  outcome: "retry" | "blocked",
  more: { code?: string; retryAfterMs?: number } = {},
): RoleSettlement {
  const tried = [...give, ...take];
  return { memberRoleId, revision, outcome, ...NOTHING, tried, message: "said", ...more };
}

/** A bot of that shard is online and in the server. */
async function enter(botUserId: string, shard: number): Promise<void> {
  await bot.mutation(api.bots.appear, {
    ...{ holder: `process of ${botUserId}`, botUserId, botName: botUserId, workerShards: [shard] },
    ...{ intents: [], shardCount: 1, gatewayShards: [] },
  });
  const guild = { guildId: GUILD, name: "Club", ownerId: "7", botRoleIds: [] };
  const report = { guild, channels: [], roles: [] };
  await bot.mutation(api.bots.reportGuild, { botUserId, report });
  await runScheduled();
}

async function rows() {
  return await t.run(async (ctx) => await ctx.db.query("memberRoles").collect());
}

/** A member whose roles were brought about. */
async function settledMember(discordId = NORA, tier: Tier = "pro") {
  const person = await member(discordId, tier);
  await settle(done(await firstWork()));
  return person;
}

describe("wanted roles", () => {
  test("[MROL1] access and its end change what is wanted, and a link does", async () => {
    await map(PRO, "pro");
    const { userId, grantId } = await member(null, "pro");
    expect(await rows()).toEqual([]);
    await link(userId, NORA);
    const row = await firstWork();
    expect(row).toMatchObject({ guildId: GUILD, discordId: NORA, give: [PRO], take: [] });
    await settle(done(row));
    expect(await work()).toEqual([]);
    await end(grantId);
    expect(await work()).toMatchObject([{ give: [], take: [PRO], revision: 2 }]);
  });

  test("[MROL1] a change of tier gives and takes at once, in every server with mappings", async () => {
    await map(PRO, "pro");
    await map(BASIC, "basic");
    await map(BASIC, "basic", "900000000000000102", true);
    const { userId } = await member(NORA, "basic");
    for (const row of await work()) await settle(done(row));
    await give(userId, "pro");
    expect(await work()).toMatchObject([{ guildId: GUILD, give: [PRO], take: [BASIC] }]);
  });

  test("[MROL2] an unlinked account loses its roles, and then its row", async () => {
    await map(PRO, "pro");
    const { userId } = await settledMember();
    const identity = { kind: "discord", value: NORA, userId } as const;
    await t.run(async (ctx) => await detachIdentity(ctx, identity));
    const row = await firstWork();
    expect(row).toMatchObject({ take: [PRO] });
    await settle(done(row));
    expect(await rows()).toEqual([]);
  });

  test("[MROL2] a deleted account loses its roles, also if its access was over", async () => {
    await map(PRO, "pro");
    const { userId } = await settledMember();
    await t.run(async (ctx) => await deleteAccount(ctx, userId, true));
    const row = await firstWork();
    expect(row).toMatchObject({ discordId: NORA, take: [PRO] });
    expect(await rows()).toMatchObject([{ userId: null }]);
    await settle(done(row));
    expect(await rows()).toEqual([]);
  });

  test("[MROL2] with a merge the account's roles follow the one it became", async () => {
    await map(PRO, "pro");
    const from = await member(NORA, null);
    const into = await member(null, "pro");
    await t.run(async (ctx) => await mergeUsers(ctx, from.userId, into.userId));
    expect(await work()).toMatchObject([{ discordId: NORA, give: [PRO] }]);
    expect(await rows()).toMatchObject([{ userId: into.userId }]);
  });

  test("[MROL3] an account that is not in the server costs no call when its access ends", async () => {
    await map(PRO, "pro");
    const { grantId } = await member(NORA, "pro");
    await settle(failed(await firstWork(), "blocked", { code: "not_in_server" }));
    await end(grantId);
    expect(await rows()).toEqual([]);
  });

  test("[MROL3] who is to hold nothing has no row, and one whose roles were taken has none any more", async () => {
    await map(PRO, "pro");
    await member("900000000000000302", "basic");
    expect(await rows()).toEqual([]);
    const { grantId } = await settledMember();
    await end(grantId);
    await settle(done(await firstWork()));
    expect(await rows()).toEqual([]);
  });
});

describe("mappings", () => {
  test("[RMAP1] a role is mapped once, and what cannot be one is refused", async () => {
    await map(PRO, "pro");
    await map(PRO, "basic");
    const answer = await staff.query(api.roleMappings.list, {});
    expect(answer).toMatchObject({ mappings: [{ roleId: PRO, tier: "basic" }] });
    expect(await codeOf(map("Pro", "pro"))).toBe("mapping_invalid");
    expect(await codeOf(map(GUILD, "pro"))).toBe("mapping_invalid");
  });

  test("[RMAP2] a change reaches everybody with access, in batches", async () => {
    for (let i = 0; i < 60; i += 1)
      await member(String(900_000_000_000_001_000n + BigInt(i)), "pro");
    const mappingId = await map(PRO, "pro");
    expect(await rows()).toHaveLength(60);
    await staff.mutation(api.roleMappings.remove, { mappingId });
    await runScheduled();
    expect((await rows()).every(({ wanted }) => wanted.length === 0)).toBe(true);
  });

  test("[RMAP2] a batch reads the mappings once, however many people are in it", async () => {
    await map(PRO, "pro");
    for (const discordId of [NORA, "900000000000000302", "900000000000000303"])
      await member(discordId, "pro");
    const reads = await t.run(async (ctx) => {
      const query = vi.spyOn(ctx.db, "query");
      await resettleBatch(ctx, null);
      return query.mock.calls.filter(([table]) => table === "roleMappings").length;
    });
    expect(reads).toBe(1);
  });

  test("[RMAP3] the preview says who would gain, who would lose, and who is not linked", async () => {
    await map(BASIC, "basic");
    await member(NORA, "basic");
    await member("900000000000000302", "pro");
    await member(null, "pro");
    const before = await rows();
    const preview = async (mapping: { tier: Tier; andAbove: boolean } | null, roleId = BASIC) =>
      await staff.action(api.roleMappings.preview, { change: { guildId: GUILD, roleId, mapping } });
    expect(await preview(null)).toEqual({ gain: 0, lose: 1, unlinked: 0 });
    expect(await preview({ tier: "basic", andAbove: true })).toEqual({
      ...{ gain: 1, lose: 0, unlinked: 1 },
    });
    expect(await preview({ tier: "pro", andAbove: false })).toEqual({
      ...{ gain: 1, lose: 1, unlinked: 1 },
    });
    expect(await preview({ tier: "pro", andAbove: false }, PRO)).toEqual({
      ...{ gain: 1, lose: 0, unlinked: 1 },
    });
    expect(await rows()).toEqual(before);
  });
});

describe("the work list", () => {
  test("[RWRK1] gives at most five of one server, and those of others", async () => {
    await map(PRO, "pro");
    await map(PRO, "pro", "900000000000000102");
    for (let i = 0; i < 7; i += 1)
      await member(String(900_000_000_000_001_000n + BigInt(i)), "pro");
    const guilds = (await work()).map(({ guildId }) => guildId);
    expect(guilds.filter((id) => id === GUILD)).toHaveLength(5);
    expect(guilds).toHaveLength(10);
  });

  test("[RWRK2] after a takeover nothing older is said to be untried", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    expect(await firstWork()).toMatchObject({ give: [PRO], untried: [PRO] });
    vi.advanceTimersByTime(10);
    epoch = await takeLease("a");
    expect(await firstWork()).toMatchObject({ give: [PRO], untried: [] });
  });
});

test("[RWRK2] what an earlier holder may have tried stays so, also after a block and a change of mind", async () => {
  await map(PRO, "pro");
  await member(NORA, "pro");
  vi.advanceTimersByTime(10);
  epoch = await takeLease("a");
  const row = await firstWork();
  const { memberRoleId, revision } = row;
  await settle({ memberRoleId, revision, outcome: "blocked", ...NOTHING, code: "role_gone" });
  vi.advanceTimersByTime(10);
  await bot.mutation(api.roles.serverChanged, {
    ...{ shard: 0, epoch, guildId: GUILD, missedEvents: false },
  });
  expect(await firstWork()).toMatchObject({ give: [PRO], untried: [] });
});

describe("settling", () => {
  test("[RSET1] a worker that lost its lease changes nothing", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    const row = await firstWork();
    const stale = { shard: 0, epoch: epoch - 1, results: [done(row)] };
    expect(await bot.mutation(api.roles.settle, stale)).toEqual({ state: "leaseLost" });
    expect(await work()).toEqual([row]);
  });

  test("[RSET2] a report of before counts for what it gave, and what is wanted now stays due", async () => {
    await map(PRO, "pro");
    const { grantId } = await member(NORA, "pro");
    const row = await firstWork();
    await end(grantId);
    await settle(done(row));
    expect(await work()).toMatchObject([{ give: [], take: [PRO], revision: 2 }]);
  });

  test("[RSET2] a role that was there before is by hand, and stays when access ends", async () => {
    await map(PRO, "pro");
    const { grantId } = await member(NORA, "pro");
    const { memberRoleId, revision } = await firstWork();
    await settle({ memberRoleId, revision, outcome: "applied", ...NOTHING, byHand: [PRO] });
    expect(await rows()).toMatchObject([{ state: "settled", byHand: [PRO] }]);
    await end(grantId);
    expect(await work()).toMatchObject([{ give: [], take: [] }]);
  });

  test("[RSET3] a retry waits and becomes due; a changed wish does not wait for it", async () => {
    await map(PRO, "pro");
    const { grantId } = await member(NORA, "pro");
    await settle(failed(await firstWork(), "retry", { code: "discord_unavailable" }));
    expect(await work()).toEqual([]);
    expect(await rows()).toMatchObject([{ state: "waiting", code: "discord_unavailable" }]);
    vi.advanceTimersByTime(7_000);
    await t.finishInProgressScheduledFunctions();
    expect(await work()).toMatchObject([{ attempt: 1, untried: [] }]);
    await settle(failed(await firstWork(), "retry"));
    await end(grantId);
    expect(await work()).toMatchObject([{ take: [PRO], attempt: 0 }]);
  });

  test("[RSET3] who waits for a limit goes on waiting when something else is wanted", async () => {
    await map(PRO, "pro");
    const { grantId } = await member(NORA, "pro");
    const limit = { code: "rate_limited", retryAfterMs: 9_000 };
    await settle(failed(await firstWork(), "retry", limit));
    await end(grantId);
    expect(await work()).toEqual([]);
    vi.advanceTimersByTime(12_000);
    await t.finishInProgressScheduledFunctions();
    expect(await work()).toMatchObject([{ take: [PRO] }]);
  });

  test("[RSET4] waits that Discord asks for do not count, failures do, and they end", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    const again = async (retryAfterMs?: number) => {
      const more = retryAfterMs === undefined ? {} : { retryAfterMs };
      await settle(failed(await firstWork(), "retry", { code: "late", ...more }));
      vi.advanceTimersByTime(20 * 60_000);
      await t.finishInProgressScheduledFunctions();
      epoch = await takeLease("a");
    };
    await again(1_000);
    expect(await firstWork()).toMatchObject({ attempt: 0 });
    for (let i = 0; i < MAX_ATTEMPTS; i += 1) await again();
    expect(await rows()).toMatchObject([{ state: "blocked", code: "late" }]);
  });

  test("[RSET5] a blocked member is left alone until staff has it tried again", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    const row = await firstWork();
    await settle(failed(row, "blocked", { code: "bot_below_role" }));
    vi.advanceTimersByTime(60 * 60_000);
    await t.finishInProgressScheduledFunctions();
    expect(await work()).toEqual([]);
    await staff.mutation(api.memberRoles.retryNow, { memberRoleId: row.memberRoleId });
    expect(await work()).toMatchObject([{ give: [PRO], attempt: 0 }]);
  });
});

describe("what Discord tells", () => {
  const changed = async (change: { joined?: string[]; left?: string[] }) =>
    await bot.mutation(api.roles.membersChanged, {
      ...{ shard: 0, epoch, guildId: GUILD, joined: [], left: [] },
      ...change,
    });

  test("[REVT1] who left is blocked, and gets everything again when they join", async () => {
    await map(PRO, "pro");
    await settledMember();
    await changed({ left: [NORA] });
    expect(await rows()).toMatchObject([{ state: "blocked", code: "not_in_server", given: [] }]);
    await changed({ joined: [NORA, "900000000000000999"] });
    expect(await work()).toMatchObject([{ give: [PRO] }]);
  });

  test("[REVT1] who left while their roles were to be taken is done with", async () => {
    await map(PRO, "pro");
    const { grantId } = await settledMember();
    await end(grantId);
    await changed({ left: [NORA] });
    expect(await rows()).toEqual([]);
  });

  test("[REVT2] a change in the server tries what it had blocked, and nobody who is not there", async () => {
    await map(PRO, "pro");
    for (const id of [NORA, "900000000000000302"]) await member(id, "pro");
    const [below, absent] = await work();
    if (below === undefined || absent === undefined) throw new Error("there is no work");
    await settle(
      failed(below, "blocked", { code: "bot_below_role" }),
      failed(absent, "blocked", { code: "not_in_server" }),
    );
    await bot.mutation(api.roles.serverChanged, {
      ...{ shard: 0, epoch, guildId: GUILD, missedEvents: false },
    });
    expect(await work()).toMatchObject([{ memberRoleId: below.memberRoleId }]);
  });
});

describe("sweeps", () => {
  const asked = async () => {
    const answer = await bot.query(api.roles.sweepWork, { shard: 0 });
    if (answer.state !== "current") throw new Error(answer.state);
    return answer.sweeps;
  };
  const found = { members: 2, checked: 1, missing: 1, left: 0, byHand: 0, byHandSample: [] };

  test("[RSWP1] one sweep of a server is open at a time", async () => {
    await map(PRO, "pro");
    await staff.mutation(api.memberRoles.sweepNow, { guildId: GUILD });
    await staff.mutation(api.memberRoles.sweepNow, { guildId: GUILD });
    const [sweep] = await asked();
    expect(await asked()).toMatchObject([{ guildId: GUILD, roleIds: [PRO] }]);
    if (sweep === undefined) throw new Error("there is no sweep");
    const result = { state: "done", ...found } as const;
    await bot.mutation(api.roles.endSweep, { shard: 0, epoch, sweepId: sweep.sweepId, result });
    expect(await asked()).toEqual([]);
    const reports = await staff.query(api.memberRoles.sweeps, {});
    expect(reports).toMatchObject({ sweeps: [{ sweepState: "done", missing: 1 }] });
    const nowhere = staff.mutation(api.memberRoles.sweepNow, { guildId: "1" });
    expect(await codeOf(nowhere)).toBe("not_mapped");
  });

  test("[RSWP4] a worker that may have missed events has its mapped servers compared", async () => {
    await map(PRO, "pro");
    for (const guildId of [GUILD, "900000000000000109"]) {
      const args = { shard: 0, epoch, guildId, missedEvents: true };
      await bot.mutation(api.roles.serverChanged, args);
    }
    expect(await asked()).toMatchObject([{ guildId: GUILD }]);
  });

  test("[RSWP2] what is missing is given again, unless the row has changed meanwhile", async () => {
    await map(PRO, "pro");
    const { userId } = await settledMember();
    const answer = await bot.query(api.roles.sweepRows, { guildId: GUILD, cursor: null });
    if (answer.state !== "current") throw new Error(answer.state);
    const [row] = answer.rows;
    if (row === undefined) throw new Error("there is no row");
    expect(row).toMatchObject({ state: "settled", wanted: [PRO] });
    const { memberRoleId, revision } = row;
    const drifts = [
      { memberRoleId, revision, drift: { kind: "missing" as const, roleIds: [PRO] } },
    ];
    await bot.mutation(api.roles.noteDrift, { shard: 0, epoch, drifts });
    expect(await work()).toMatchObject([{ give: [PRO] }]);
    await settle(done(await firstWork()));
    await bot.mutation(api.roles.noteDrift, { shard: 0, epoch, drifts });
    expect(await work()).toEqual([]);
    expect(await rows()).toMatchObject([{ userId, given: [PRO] }]);
  });

  test("[RSWP3] the clock asks for every server, and forgets after a week", async () => {
    await map(PRO, "pro");
    await map(PRO, "pro", "900000000000000102");
    await t.mutation(internal.roles.planSweeps, {});
    const first = await asked();
    expect(first).toHaveLength(2);
    for (const { sweepId } of first) {
      const result = { state: "failed", code: "none", message: "none" } as const;
      await bot.mutation(api.roles.endSweep, { shard: 0, epoch, sweepId, result });
    }
    vi.advanceTimersByTime(8 * 24 * 60 * 60_000);
    await t.mutation(internal.roles.planSweeps, {});
    expect(await t.run(async (ctx) => await ctx.db.query("roleSweeps").collect())).toHaveLength(2);
  });
});

describe("the shard of a server", () => {
  test("[RFLW1] where only a bot of another shard is, that one gives the roles, takes them and sweeps", async () => {
    await map(PRO, "pro");
    await enter("11", 5);
    const { grantId } = await member(NORA, "pro");
    expect(await work()).toEqual([]);
    const five = { shard: 5, epoch: await takeLease("b", 5) };
    const [given] = await work(5);
    if (given === undefined) throw new Error("there is no work");
    expect(given).toMatchObject({ give: [PRO], untried: [PRO] });
    await bot.mutation(api.roles.settle, { ...five, results: [done(given)] });
    const left = { guildId: GUILD, joined: [], left: [NORA] };
    await bot.mutation(api.roles.membersChanged, { ...five, ...left });
    expect(await rows()).toMatchObject([{ state: "blocked", code: "not_in_server" }]);
    await bot.mutation(api.roles.membersChanged, { ...five, ...left, joined: [NORA], left: [] });
    await end(grantId);
    expect(await work(5)).toMatchObject([{ take: [PRO] }]);
    await staff.mutation(api.memberRoles.sweepNow, { guildId: GUILD });
    expect(await bot.query(api.roles.sweepWork, { shard: 0 })).toMatchObject({ sweeps: [] });
    expect(await bot.query(api.roles.sweepWork, { shard: 5 })).toMatchObject({ sweeps: [{}] });
  });

  test("[RFLW1] a bot that comes to the server later takes over what waits there, in batches", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    await member("900000000000000302", "pro");
    for (const row of await work()) {
      await settle({ ...failed(row, "blocked", { code: "bot_not_in_server" }), tried: [] });
    }
    await enter("11", 5);
    expect(await work()).toEqual([]);
    await takeLease("b", 5);
    expect(await work(5)).toMatchObject([{ untried: [PRO] }, { untried: [PRO] }]);
  });

  test("[RFLW2] what the shard before was about to do is not untried, and what it says later changes nothing", async () => {
    await map(PRO, "pro");
    await enter("11", 0);
    await member(NORA, "pro");
    const late = await firstWork();
    await bot.mutation(api.bots.leftGuild, { botUserId: "11", guildId: GUILD });
    await enter("12", 5);
    await settle(done(late));
    await takeLease("b", 5);
    expect(await work(5)).toMatchObject([{ give: [PRO], untried: [] }]);
  });
});

describe("pages", () => {
  test("[RMINE1] a customer sees each role of their tier, and what holds it up", async () => {
    await map(PRO, "pro");
    const person = await member(null, "pro");
    const mine = async () => {
      const answer = await person.as.query(api.roles.mine, {});
      return answer.state === "current" ? answer.roles : [];
    };
    expect(await mine()).toMatchObject([{ name: "201", state: "blocked", code: "not_linked" }]);
    await link(person.userId, NORA);
    expect(await mine()).toMatchObject([{ state: "coming", code: null }]);
    await settle(failed(await firstWork(), "blocked", { code: "not_in_server" }));
    expect(await mine()).toMatchObject([{ state: "blocked", code: "not_in_server" }]);
    await end(person.grantId);
    expect(await mine()).toEqual([]);
  });

  test("[RQUE1] staff see who is blocked with the code, and how many", async () => {
    await map(PRO, "pro");
    await member(NORA, "pro");
    await settle(failed(await firstWork(), "blocked", { code: "role_gone" }));
    const page = await staff.query(api.memberRoles.list, { memberState: "blocked", cursor: null });
    expect(page).toMatchObject({
      members: [{ discordId: NORA, guildName: "Club", wanted: ["201"], code: "role_gone" }],
      cursor: null,
    });
    expect(await staff.query(api.memberRoles.counts, {})).toMatchObject({ blocked: 1, due: 0 });
  });
});
