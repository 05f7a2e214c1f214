import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  type FakeDiscord,
  link,
  pageOf,
  settleAll,
  startWithDiscord,
  type Visitor,
} from "./discord.setup.ts";
import { type Backend, codeOf, issueMachine, setEnvironment, signUp } from "./test.setup.ts";

const DORA = "700000000000000001";
const EDDY = "700000000000000002";
const DESK = "800000000000000001";
const LOUNGE = "800000000000000002";
const MINUTE = 60_000;

let t: Backend;
let discord: FakeDiscord;
let jo: Visitor;
let operator: Visitor;

beforeEach(async () => {
  vi.useFakeTimers();
  ({ t, discord } = startWithDiscord());
  jo = await signUp(t, "jo@example.com");
  operator = await signUp(t, "op@example.com", "operator");
  await openServer(DESK);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Setting = { minTier?: "basic" | "pro"; joinAtPurchase?: boolean };

async function openServer(guildId: string, setting: Setting = {}): Promise<void> {
  const guild = { guildId, name: "Desk", minTier: "basic", joinAtPurchase: true } as const;
  await operator.as.mutation(api.discordGuilds.save, { ...guild, ...setting });
}

/** Another way in than Discord. */
async function givePassword({ userId }: Visitor): Promise<void> {
  const address = "jo@example.com";
  const account = { userId, provider: "password", providerAccountId: address } as const;
  await t.run(
    async (ctx) => await ctx.db.insert("authAccounts", { ...account, emailVerified: address }),
  );
}

/** A plan that opens the server: who links is asked for the leave to be added to it. */
async function putOnSale(): Promise<void> {
  const refs = { stripePrice: null, whopPlan: null, whopLink: null, sellappVariant: null };
  await t.run(
    async (ctx) =>
      await ctx.db.insert("plans", {
        slug: "basic",
        tier: "basic",
        name: "Basic",
        kind: { kind: "recurring", every: "month" },
        priceAmount: 900,
        currency: "eur",
        trialDays: 0,
        highlights: [],
        order: 1,
        state: "published",
        refs: { ...refs, sellappLink: null },
      }),
  );
}

/** Access for some time, or without an end; answers how to take it back. */
async function give(
  visitor: Visitor,
  tier: "basic" | "pro" = "basic",
  untilMs: number | null = null,
) {
  const { userId } = visitor;
  const args = { userId, tier, untilMs, reason: "test" };
  const { grantId } = await operator.as.mutation(api.access.giveGrant, args);
  return async () => await operator.as.mutation(api.access.revokeGrant, { grantId });
}

const serversOf = async (visitor: Visitor) =>
  (await pageOf(visitor)).servers.map(({ guildId, state, code }) => [guildId, state, code]);

/** As much time as that, and what was scheduled in it. */
async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await settleAll(t);
}

const report = async (
  presence: "member" | "pending" | "left",
  atMs = Date.now(),
  guildId = DESK,
) => {
  const { as } = await issueMachine(t, "bot");
  await as.mutation(api.discordMembers.report, {
    events: [{ guildId, discordId: DORA, presence, atMs }],
  });
};

test("[JOIN1] a buyer who linked Discord is added to the servers of their tier, and to no other", async () => {
  await openServer(LOUNGE, { minTier: "pro" });
  await putOnSale();
  await link({ discord }, jo, DORA);
  expect(await serversOf(jo)).toEqual([]);
  await give(jo);
  expect(await serversOf(jo)).toEqual([[DESK, "adding", null]]);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
  expect([...discord.members.keys()]).toEqual([`${DESK}/${DORA}`]);
});

test("[JOIN1] who buys first is added as soon as Discord is linked, and is asked for the leave", async () => {
  await give(jo);
  expect(await serversOf(jo)).toEqual([[DESK, "notLinked", null]]);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN1] who is in already stays in, without leave to be added too, and screening is told", async () => {
  discord.members.set(`${DESK}/${DORA}`, { pending: true });
  await link({ discord }, jo, DORA);
  await give(jo);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "screening", null]]);
  expect(discord.asked.filter((line) => line.includes("/guilds/"))).toEqual([
    `GET /guilds/${DESK}/members/${DORA}`, // linked before any plan needed the leave
  ]);
});

test("[JOIN1] Discord that says somebody is in already is asked whether they passed the screening", async () => {
  discord.members.set(`${DESK}/${DORA}`, { pending: true });
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "screening", null]]);
  expect(discord.asked.filter((line) => line.includes("/guilds/"))).toEqual([
    `PUT /guilds/${DESK}/members/${DORA}`,
    `GET /guilds/${DESK}/members/${DORA}`,
  ]);
});

test("[JOIN1] somebody added to a server with screening has to pass it: no role lets them by", async () => {
  discord.screens = true;
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "screening", null]]);
  await report("member");
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN1] without leave, after it was taken back, banned and without a bot: each has its code and heals", async () => {
  await link({ discord }, jo, DORA); // before a plan needed it: no leave
  await give(jo);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "no_consent"]]);
  discord.banned.add(`${DESK}/${DORA}`);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "banned"]]);
  discord.banned.clear();
  discord.withdraw(DORA);
  await jo.as.mutation(api.discord.joinAgain, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "consent_withdrawn"]]);
  setEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN", undefined);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "bot_not_configured"]]);
  setEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN", "bot-token");
  await jo.as.mutation(api.discord.joinAgain, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN1] while Discord is away, limits or forbids it, it is tried again by itself", async () => {
  await give(jo);
  discord.failure = { status: 429, retryAfter: 30 };
  const came = await consentBefore();
  await jo.as.action(api.discord.completeLink, came);
  discord.failure = { status: 429, retryAfter: 30 };
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "rate_limited"]]);
  discord.failure = { status: 403, code: 50_013 };
  await pass(30_000);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "bot_missing_permission"]]);
  discord.failure = null;
  await pass(14 * MINUTE);
  expect(await serversOf(jo)).toEqual([[DESK, "notIn", "bot_missing_permission"]]);
  await pass(MINUTE);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

async function consentBefore() {
  discord.failure = null;
  const { url } = await jo.as.action(api.discord.beginLink, { returnTo: "/account" });
  return discord.agree(url, DORA);
}

test("[JOIN2] who left is shown as gone, keeps the plan, and comes back only by asking", async () => {
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  discord.members.clear();
  await pass(1_000);
  await report("left");
  expect(await serversOf(jo)).toEqual([[DESK, "left", null]]);
  const seen = await operator.as.query(api.customers.show, { userId: jo.userId });
  expect(seen).toMatchObject({ customer: { discord: { servers: [{ state: "left" }] } } });
  await openServer(DESK);
  await give(jo, "pro");
  await link({ discord }, jo, DORA);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "left", null]]);
  await jo.as.mutation(api.discord.joinAgain, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN2] asking again is limited, so that nobody gets the bot banned", async () => {
  const ask = () => codeOf(jo.as.mutation(api.discord.joinAgain, {}));
  for (let i = 0; i < 20; i += 1) expect(await ask()).toBeNull();
  expect(await ask()).toBe("too_many_tries");
});

test("[JOIN3] a word about a membership that comes late changes nothing", async () => {
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  const atMs = Date.now();
  await pass(1_000);
  await report("left");
  await report("member", atMs - 1);
  expect(await serversOf(jo)).toEqual([[DESK, "left", null]]);
});

const ROLE_ID = "900000000000000001";

const wantedRoles = async () => {
  const rows = await t.run(async (ctx) => await ctx.db.query("memberRoles").take(9));
  return rows.map(({ discordId, wanted }) => [discordId, wanted]);
};

test("[DLN5] linking, another account, unlinking and a change of access settle roles, of the account that goes as well", async () => {
  const role = { guildId: DESK, guildName: "Desk", roleId: ROLE_ID, name: "Basic" };
  const mapping = { ...role, tier: "basic", andAbove: true } as const;
  await t.run(async (ctx) => await ctx.db.insert("roleMappings", mapping));
  await link({ discord }, jo, DORA);
  expect(await wantedRoles()).toEqual([]);
  await give(jo);
  expect(await wantedRoles()).toEqual([[DORA, [ROLE_ID]]]);
  await link({ discord }, jo, EDDY);
  expect(await wantedRoles()).toEqual([
    [DORA, []],
    [EDDY, [ROLE_ID]],
  ]);
  await givePassword(jo);
  await jo.as.mutation(api.discord.unlink, {});
  expect(await wantedRoles()).toEqual([
    [DORA, []],
    [EDDY, []],
  ]);
});

test("of a stranger's comings and goings nothing is kept", async () => {
  await give(jo);
  await link({ discord }, jo, EDDY);
  await report("member");
  const rows = await t.run(async (ctx) => await ctx.db.query("discordMembers").take(9));
  expect(rows.map(({ discordId }) => discordId)).toEqual([EDDY]);
});

test("[JOIN7] who came, passed the screening or left while no bot listened is found when one is back", async () => {
  const kim = await signUp(t, "kim@example.com");
  discord.screens = true;
  for (const [visitor, discordId] of [
    [jo, DORA],
    [kim, EDDY],
  ] as const) {
    await give(visitor);
    await link({ discord }, visitor, discordId);
  }
  await settleAll(t);
  discord.members.clear();
  discord.members.set(`${DESK}/${EDDY}`, { pending: false });
  await pass(1_000);
  const { as } = await issueMachine(t, "bot");
  discord.failure = { status: 403, code: 50_001 };
  await as.mutation(api.discordMembers.missed, {});
  await settleAll(t);
  expect(await serversOf(kim)).toEqual([[DESK, "screening", null]]);
  discord.failure = null;
  await as.mutation(api.discordMembers.missed, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "left", null]]);
  expect(await serversOf(kim)).toEqual([[DESK, "member", null]]);
  discord.members.set(`${DESK}/${DORA}`, { pending: false });
  await pass(1_000);
  await as.mutation(api.discordMembers.missed, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN5] two runs at once ask Discord once, and what a dead run left is begun again", async () => {
  await give(jo);
  await link({ discord }, jo, DORA);
  const { userId } = jo;
  const task = await t.mutation(internal.discordJoins.claim, { userId });
  expect(task?.places).toHaveLength(1);
  expect(await t.mutation(internal.discordJoins.claim, { userId })).toBeNull();
  await settleAll(t); // the scheduled run finds it taken; the one that took it is dead
  expect(await serversOf(jo)).toEqual([[DESK, "adding", null]]);
  vi.setSystemTime(Date.now() + 3 * MINUTE);
  await t.mutation(internal.discordLinks.sweep, {});
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});

test("[JOIN5] a token that is over is refreshed once, for all servers", async () => {
  await link({ discord }, jo, DORA);
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  const [first] = discord.livingGrants.slice(-1);
  await openServer(LOUNGE);
  vi.setSystemTime(Date.now() + 8 * 24 * 60 * MINUTE);
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([
    [DESK, "member", null],
    [LOUNGE, "member", null],
  ]);
  expect(discord.livingGrants).not.toContain(first);
  expect(discord.asked.filter((line) => line === "POST /oauth2/token")).toHaveLength(3);
});

test("[JOIN5] tokens refreshed for somebody who unlinked meanwhile are revoked", async () => {
  await give(jo);
  await givePassword(jo);
  await link({ discord }, jo, DORA);
  vi.setSystemTime(Date.now() + 8 * 24 * 60 * MINUTE);
  const answer = discord.answer.bind(discord);
  discord.answer = async (address, init) => {
    discord.answer = answer;
    const answered = await answer(address, init);
    await jo.as.mutation(api.discord.unlink, {});
    return answered;
  };
  await settleAll(t);
  expect(discord.livingGrants).toEqual([]);
});

test("[JOIN6] access that is over adds nobody, also before the function that ends it has run", async () => {
  await give(jo, "basic", Date.now() + MINUTE);
  await link({ discord }, jo, DORA);
  vi.setSystemTime(Date.now() + 2 * MINUTE);
  expect(await t.mutation(internal.discordJoins.claim, { userId: jo.userId })).toBeNull();
});

test("[JOIN6] nobody is removed from a server when access ends, and nobody is added any more", async () => {
  const takeBack = await give(jo);
  await link({ discord }, jo, DORA);
  await takeBack();
  await settleAll(t);
  expect([...discord.members.keys()]).toEqual([]);
  expect(await serversOf(jo)).toEqual([]);
});

test("[DGU1] a server that becomes open later is joined by everybody linked; a wrong one is refused", async () => {
  await give(jo);
  await link({ discord }, jo, DORA);
  await settleAll(t);
  await openServer(LOUNGE, { joinAtPurchase: false });
  await settleAll(t);
  expect(await serversOf(jo)).toContainEqual([LOUNGE, "absent", null]);
  setEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN", undefined);
  await openServer(LOUNGE);
  await settleAll(t);
  expect(await serversOf(jo)).toContainEqual([LOUNGE, "notIn", "bot_not_configured"]);
  setEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN", "bot-token");
  await openServer(LOUNGE);
  await settleAll(t);
  expect(await serversOf(jo)).toContainEqual([LOUNGE, "member", null]);
  expect(await codeOf(openServer("desk"))).toBe("guild_id_invalid");
  const listed = await operator.as.query(api.discordGuilds.list, {});
  expect(listed).toMatchObject({ guilds: [{ guildId: DESK }, { guildId: LOUNGE }] });
  await operator.as.mutation(api.discordGuilds.remove, { guildId: LOUNGE });
  await settleAll(t);
  expect(await serversOf(jo)).toEqual([[DESK, "member", null]]);
});
