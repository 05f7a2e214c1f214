import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import {
  consent,
  expectConsistent,
  type FakeDiscord,
  link,
  pageOf,
  settleAll,
  startWithDiscord,
  type Visitor,
} from "./discord.setup.ts";
import { mergeLinks } from "./model/discord/links.ts";
import { mergeUsers } from "./model/identities/merge.ts";
import { deleteAccount } from "./model/people/deletion.ts";
import { upsertUser } from "./model/people/upsertUser.ts";
import { asPerson, type Backend, codeOf, readMail, setEnvironment, signUp } from "./test.setup.ts";

const DORA = "700000000000000001";
const EDDY = "700000000000000002";
const MINUTES = 60_000;

let t: Backend;
let discord: FakeDiscord;
let jo: Visitor;
let eve: Visitor;

beforeEach(async () => {
  vi.useFakeTimers();
  ({ t, discord } = startWithDiscord());
  jo = await signUp(t, "jo@example.com");
  eve = await signUp(t, "eve@example.com");
  await givePassword(jo, "jo@example.com");
  await givePassword(eve, "eve@example.com");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function givePassword({ userId }: Visitor, email: string): Promise<void> {
  const account = { userId, provider: "password", providerAccountId: email, emailVerified: email };
  await t.run(async (ctx) => await ctx.db.insert("authAccounts", account));
}

const complete = async (visitor: Visitor, came: { code: string; state: string }) =>
  await codeOf(visitor.as.action(api.discord.completeLink, came));

const world = () => ({ discord });

const signIn = async (discordId: string, email: string | null = null) =>
  await t.run(async (ctx) => {
    const way = await ctx.db
      .query("authAccounts")
      .withIndex("providerAndAccountId", (q) =>
        q.eq("provider", "discord").eq("providerAccountId", discordId),
      )
      .unique();
    const profile = { discordId, username: `u${discordId}`, name: "Dora", email, image: "" };
    const existingUserId = way?.userId ?? null;
    const userId = await upsertUser(ctx, { existingUserId, type: "oauth", profile });
    const account = { userId, provider: "discord", providerAccountId: discordId };
    if (way === null) await ctx.db.insert("authAccounts", account);
    return userId;
  });

test("[DLN1] a person links the account that Discord names, and goes on where they wanted to", async () => {
  const begun = await jo.as.action(api.discord.beginLink, { returnTo: "/pricing" });
  const came = discord.agree(begun.url, DORA);
  const done = await jo.as.action(api.discord.completeLink, came);
  expect(done).toEqual({ returnTo: "/pricing", name: `u${DORA}` });
  expect((await pageOf(jo)).link).toMatchObject({ name: `u${DORA}`, isOnlyWayIn: false });
  await expectConsistent(t);
  expect((await readMail(t, "jo@example.com")).text).toContain("is linked to your account");
});

test("[DOA1] the consent is asked with a state, a challenge and no secret, for joining only where a server needs it", async () => {
  const { url } = await jo.as.action(api.discord.beginLink, { returnTo: "/" });
  const query = new URL(url).searchParams;
  expect(query.get("redirect_uri")).toBe("http://127.0.0.1:5173/link/discord");
  expect(query.get("code_challenge_method")).toBe("S256");
  expect(query.get("scope")).toBe("identify");
  expect(url).not.toContain("secret");
  const guild = { guildId: "1", name: "Desk", minTier: "basic", joinAtPurchase: true } as const;
  await t.run(async (ctx) => await ctx.db.insert("discordGuilds", guild));
  expect((await jo.as.action(api.discord.beginLink, { returnTo: "/" })).url).not.toContain("join");
  const free = { tier: "basic", untilMs: null, shard: 1 } as const;
  await t.run(async (ctx) => await ctx.db.insert("access", { userId: jo.userId, ...free }));
  expect((await jo.as.action(api.discord.beginLink, { returnTo: "/" })).url).toContain(
    "identify+guilds.join",
  );
});

test("[LNKS1] a state that is missing, made up, replayed or too old links nothing, each with its code", async () => {
  const { code } = await consent(world(), jo, DORA);
  expect(await complete(jo, { code, state: "" })).toBe("state_missing");
  expect(await complete(jo, { code, state: "made up" })).toBe("state_unknown");
  const late = await consent(world(), jo, DORA);
  vi.setSystemTime(Date.now() + 10 * MINUTES);
  expect(await complete(jo, late)).toBe("state_expired");
  const good = await consent(world(), jo, DORA);
  await jo.as.action(api.discord.completeLink, good);
  expect(await complete(jo, good)).toBe("state_unknown");
  const nothing = await consent(world(), eve, EDDY);
  expect(await complete(eve, { ...nothing, code: "" })).toBe("code_missing");
  expect((await pageOf(eve)).link).toBeNull();
});

test("[LNKS2] a state of somebody else, or of another session, is refused and used up", async () => {
  const foreign = await consent(world(), eve, EDDY);
  expect(await complete(jo, foreign)).toBe("state_foreign");
  expect(await complete(eve, foreign)).toBe("state_unknown");
  const elsewhere = await consent(world(), jo, DORA);
  const sessionId = await t.run(
    async (ctx) =>
      await ctx.db.insert("authSessions", {
        userId: jo.userId,
        expirationTime: Date.now() + MINUTES,
      }),
  );
  const other = { ...jo, sessionId, as: asPerson(t, jo.userId, sessionId) };
  expect(await complete(other, elsewhere)).toBe("state_foreign");
  expect(await complete(jo, elsewhere)).toBe("state_unknown");
  expect((await pageOf(jo)).link).toBeNull();
  expect(discord.livingGrants).toEqual([]);
});

test("[LNKS2] what is stored of a state does not open it", async () => {
  await consent(world(), jo, DORA);
  const [row] = await t.run(async (ctx) => await ctx.db.query("discordLinkStates").take(1));
  expect(await complete(jo, { code: "c", state: row?.stateHash ?? "" })).toBe("state_unknown");
});

test("[LNKS3] of more than five begun the oldest is gone", async () => {
  const first = await consent(world(), jo, DORA);
  for (let i = 0; i < 5; i += 1) await consent(world(), jo, DORA);
  expect(await complete(jo, first)).toBe("state_unknown");
});

test("a code is taken once, and only with the verifier of its own state", async () => {
  const first = await consent(world(), jo, DORA);
  await jo.as.action(api.discord.completeLink, first);
  const second = await consent(world(), eve, EDDY);
  expect(await complete(eve, { code: first.code, state: second.state })).toBe("code_refused");
  const injected = await consent(world(), jo, DORA);
  const third = await consent(world(), eve, EDDY);
  expect(await complete(eve, { code: injected.code, state: third.state })).toBe("code_refused");
  expect((await pageOf(eve)).link).toBeNull();
});

test("[DLN1] an account that is linked to somebody is refused to everybody else, and nothing changes", async () => {
  await link(world(), jo, DORA);
  expect(await complete(eve, await consent(world(), eve, DORA))).toBe("discord_taken");
  expect((await pageOf(jo)).link).toMatchObject({ name: `u${DORA}` });
  expect((await pageOf(eve)).link).toBeNull();
  await expectConsistent(t);
});

test.each([
  ["silence", "discord_unreachable"],
  [{ status: 503 }, "discord_unreachable"],
  [{ status: 429, retryAfter: 1 }, "discord_unreachable"],
  [{ status: 200 }, "discord_answer_invalid"],
  [{ status: 401 }, "client_refused"],
] as const)("Discord that answers %j is told as %s", async (failure, code) => {
  const came = await consent(world(), jo, DORA);
  discord.failure = failure;
  expect(await complete(jo, came)).toBe(code);
});

test("a session that ends while Discord is asked links nothing", async () => {
  const came = await consent(world(), jo, DORA);
  const answer = discord.answer.bind(discord);
  discord.answer = async (address, init) => {
    if (address.endsWith("/users/@me")) {
      await t.run(async (ctx) => await ctx.db.delete("authSessions", jo.sessionId));
    }
    return await answer(address, init);
  };
  expect(await complete(jo, came)).toBe("unauthenticated");
  expect(await t.run(async (ctx) => await ctx.db.query("discordLinks").take(1))).toEqual([]);
});

test("a page that is not on the list is no page to return to, and twenty links an hour are enough", async () => {
  const begin = (returnTo: string) =>
    codeOf(jo.as.action(api.discord.beginLink, { returnTo }).then(() => "begun"));
  expect(await begin("https://evil.test/account")).toBe("return_not_allowed");
  for (let i = 0; i < 20; i += 1) expect(await begin("/account")).toBe("begun");
  expect(await begin("/account")).toBe("too_many_tries");
});

test("[DLN2] signing in with Discord links it, but does not take the place of another account", async () => {
  const userId = await signIn(DORA);
  await expectConsistent(t);
  const links = async () => await t.run(async (ctx) => await ctx.db.query("discordLinks").take(9));
  expect(await links()).toMatchObject([{ userId, discordId: DORA, mayJoin: false }]);
  await link(world(), jo, EDDY);
  const merged = await t.run(async (ctx) => {
    await mergeUsers(ctx, userId, jo.userId);
    return jo.userId;
  });
  expect(await signIn(DORA)).toBe(merged);
  expect(await links()).toMatchObject([{ userId: jo.userId, discordId: EDDY }]);
  await expectConsistent(t);
});

test("[DLN3] another account takes the first one's place, which is nobody's then and signs nobody in", async () => {
  await link(world(), jo, DORA);
  expect(await signIn(DORA)).toBe(jo.userId);
  await link(world(), jo, EDDY);
  expect((await pageOf(jo)).link).toMatchObject({ name: `u${EDDY}` });
  expect(await signIn(DORA)).not.toBe(jo.userId);
  expect(await signIn(EDDY)).toBe(jo.userId);
  await settleAll(t);
  expect(discord.livingGrants).toMatchObject([{ discordId: EDDY }]);
  await expectConsistent(t);
});

test("[DLN4] unlinked, the account is nobody's; without another way in that is refused", async () => {
  await link(world(), jo, DORA);
  await jo.as.mutation(api.discord.unlink, {});
  await jo.as.mutation(api.discord.unlink, {});
  expect((await pageOf(jo)).link).toBeNull();
  await link(world(), eve, DORA);
  const userId = await signIn(EDDY);
  const sessionId = await t.run(
    async (ctx) =>
      await ctx.db.insert("authSessions", { userId, expirationTime: Date.now() + MINUTES }),
  );
  const only = { userId, sessionId, as: asPerson(t, userId, sessionId) };
  expect((await pageOf(only)).link).toMatchObject({ isOnlyWayIn: true });
  expect(await codeOf(only.as.mutation(api.discord.unlink, {}))).toBe("only_way_in");
  await expectConsistent(t);
});

test("[TOK1] unlinking and deleting revoke the tokens, also if Discord is away for hours", async () => {
  await link(world(), jo, DORA);
  await link(world(), eve, EDDY);
  discord.failure = { status: 503 };
  await jo.as.mutation(api.discord.unlink, {});
  await t.run(async (ctx) => await deleteAccount(ctx, eve.userId, false));
  vi.advanceTimersByTime(1_000);
  await t.finishInProgressScheduledFunctions();
  expect(discord.livingGrants).toHaveLength(2);
  discord.failure = null;
  await settleAll(t, 15 * MINUTES);
  expect(discord.livingGrants).toEqual([]);
  expect(await t.run(async (ctx) => await ctx.db.query("discordRevocations").take(1))).toEqual([]);
});

test("[DEL1] a deleted person leaves neither link nor memberships, and their account can be linked anew", async () => {
  await link(world(), jo, DORA);
  await t.run(async (ctx) => await deleteAccount(ctx, jo.userId, false));
  const left = await t.run(async (ctx) => ({
    links: await ctx.db.query("discordLinks").take(1),
    tokens: await ctx.db.query("discordTokens").take(1),
    states: await ctx.db.query("discordLinkStates").take(1),
    members: await ctx.db.query("discordMembers").take(1),
  }));
  expect(left).toEqual({ links: [], tokens: [], states: [], members: [] });
  await link(world(), eve, DORA);
  await expectConsistent(t);
});

test("an export has the link, and no token", async () => {
  await link(world(), jo, DORA);
  const page = await jo.as.query(api.account.exportPage, { section: "discord", cursor: null });
  const text = JSON.stringify(page);
  expect(text).toContain(DORA);
  expect(text).not.toMatch(/sealed|at-|rt-/);
});

test("[MERGE6] a merge takes the link along; of two the one of the account that stays counts", async () => {
  await link(world(), jo, DORA);
  await t.run(async (ctx) => await mergeUsers(ctx, jo.userId, eve.userId));
  expect((await pageOf(eve)).link).toMatchObject({ name: `u${DORA}` });
  const kim = await signUp(t, "kim@example.com");
  await link(world(), kim, EDDY);
  await t.run(async (ctx) => await mergeUsers(ctx, kim.userId, eve.userId));
  expect((await pageOf(eve)).link).toMatchObject({ name: `u${DORA}` });
  await settleAll(t);
  expect(discord.livingGrants).toMatchObject([{ discordId: DORA }]);
  await t.run(async (ctx) => await mergeLinks(ctx, kim.userId, eve.userId));
  await expectConsistent(t);
});

test("[SEAL1] what is stored of tokens tells nothing", async () => {
  await link(world(), jo, DORA);
  const [row] = await t.run(async (ctx) => await ctx.db.query("discordTokens").take(1));
  expect(row?.sealed).toMatch(/^k1\.[\w-]{16}\.[\w-]{40,}$/);
  expect(JSON.stringify(row)).not.toMatch(/at-|rt-/);
});

test("[SEAL2] after a rotation old tokens still open, and resealed they need the new key only", async () => {
  await link(world(), jo, DORA);
  const [before, after] = [`k1:${"A".repeat(43)}`, `k2:${"B".repeat(42)}A`];
  setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", `${after},${before}`);
  expect(await t.action(internal.discordTokens.reseal, {})).toEqual({ resealed: 1 });
  expect(await t.action(internal.discordTokens.reseal, {})).toEqual({ resealed: 0 });
  setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", after);
  await jo.as.mutation(api.discord.unlink, {});
  await settleAll(t);
  expect(discord.livingGrants).toEqual([]);
  setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", "k3:short");
  expect(await codeOf(consent(world(), eve, EDDY))).toBe("not_configured");
});

test.each(["resealed", "taken out too early, and put back"] as const)(
  "[SEAL2] [TOK1] tokens that wait to be revoked are revoked after a rotation, with the old key %s",
  async (how) => {
    await link(world(), jo, DORA);
    discord.failure = { status: 503 };
    await jo.as.mutation(api.discord.unlink, {});
    const [before, after] = [`k1:${"A".repeat(43)}`, `k2:${"B".repeat(42)}A`];
    setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", `${after},${before}`);
    if (how === "resealed") {
      expect(await t.action(internal.discordTokens.reseal, {})).toEqual({ resealed: 1 });
    }
    setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", after);
    if (how !== "resealed") {
      vi.advanceTimersByTime(1_000);
      await t.finishInProgressScheduledFunctions();
      setEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS", `${after},${before}`);
    }
    discord.failure = null;
    await settleAll(t, 15 * MINUTES);
    expect(discord.livingGrants).toEqual([]);
    const left = await t.run(async (ctx) => await ctx.db.query("discordRevocations").take(1));
    expect(left).toEqual([]);
  },
);

test("[DLN1] whatever people do in whatever order, links, identities, tokens and memberships agree", async () => {
  const person = fc.nat({ max: 2 });
  const account = fc.constantFrom(DORA, EDDY);
  const step = fc.oneof(
    fc.record({ do: fc.constant("link" as const), person, account }),
    fc.record({ do: fc.constant("unlink" as const), person }),
    fc.record({ do: fc.constant("signIn" as const), account }),
    fc.record({ do: fc.constant("merge" as const), person, into: person }),
    fc.record({ do: fc.constant("delete" as const), person }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8, size: "max" }), async (steps) => {
      ({ t, discord } = startWithDiscord());
      const people: Visitor[] = [];
      for (const name of ["jo", "eve", "kim"]) {
        const visitor = await signUp(t, `${name}@example.com`);
        await givePassword(visitor, `${name}@example.com`);
        people.push(visitor);
      }
      const at = (index: number) => people[index] ?? jo;
      const userOf = (index: number): Id<"users"> => at(index).userId;
      for (const next of steps) {
        if (next.do === "link") await codeOf(link(world(), at(next.person), next.account));
        else if (next.do === "unlink")
          await codeOf(at(next.person).as.mutation(api.discord.unlink, {}));
        else if (next.do === "signIn") await signIn(next.account);
        else if (next.do === "delete")
          await t.run(async (ctx) => await deleteAccount(ctx, userOf(next.person), true));
        else
          await codeOf(
            t.run(async (ctx) => await mergeUsers(ctx, userOf(next.person), userOf(next.into))),
          );
        await expectConsistent(t);
      }
      await settleAll(t);
      const linked = await t.run(async (ctx) => await ctx.db.query("discordTokens").take(9));
      const kept = linked.filter(({ sealed }) => sealed !== null).length;
      expect(discord.livingGrants.length).toBeGreaterThanOrEqual(kept);
    }),
    { numRuns: 25 },
  );
});
