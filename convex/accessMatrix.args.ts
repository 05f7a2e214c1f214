/** What the access matrix calls each public function with. Only tests import this. */
import { PLAIN_RULES } from "@heliograph/domain";
import type { Id } from "./_generated/dataModel.js";
import {
  type Caller,
  fresh,
  type Made,
  OFFER,
  PASSWORD,
  ROLE,
  VERIFIED,
} from "./accessMatrix.world.ts";
import { hashText } from "./model/people/hashes.ts";
import { type Backend, issueMachine, post } from "./test.setup.ts";

type Values = Record<string, unknown>;
type Args = (made: Made, caller: Caller) => Values | Promise<Values>;

const FEED_KEY: Args = (_made, { feedKey }) => ({ feedKey });
const NOTHING: Args = () => ({});
const EVENT: Args = ({ eventId }) => ({ eventId });
const PLAN: Args = ({ planId }) => ({ planId });
const SHARD: Args = () => ({ shard: 0 });
const CLAIM: Args = () => ({ shard: 0, epoch: 1, holder: "h" });

const NONE: never[] = [];
const NO_DRIFT = { compared: 0, missing: NONE, changed: NONE, strays: NONE };

/** What each function is called with: enough for whoever may call it to get an answer. */
export const ARGS: Record<string, Args> = {
  "access:explain": ({ personId }) => ({ userId: personId, atMs: 0 }),
  "access:giveGrant": ({ personId }) => {
    return { userId: personId, tier: "basic", untilMs: null, reason: "matrix" };
  },
  "access:grant": NOTHING,
  "access:mine": () => ({ cursor: null }),
  "access:revokeGrant": ({ grantId }) => ({ grantId }),
  "access:timeline": ({ personId }) => ({ userId: personId, cursor: null }),
  "account:changePassword": () => ({ current: PASSWORD, next: PASSWORD }),
  "account:confirmEmailChange": () => ({ code: "AAAA-AAAA" }),
  "account:endOtherSessions": NOTHING,
  "account:endSession": ({ sessionId }) => ({ sessionId }),
  "account:exportPage": () => ({ section: "account", cursor: null }),
  "account:me": NOTHING,
  "account:remove": () => ({ password: PASSWORD, despiteRenewals: false }),
  "account:rename": () => ({ name: "Jo" }),
  "account:renewals": NOTHING,
  "account:requestEmailChange": () => ({ email: "new@example.com", password: PASSWORD }),
  "account:sessions": NOTHING,
  "account:signInMethods": NOTHING,
  "audit:list": () => ({ subject: null, cursor: null }),
  "auth:signIn": () => {
    const params = { flow: "signUp", email: `${fresh("person")}@example.com`, password: PASSWORD };
    return { provider: "password", params };
  },
  "auth:signOut": NOTHING,
  "bots:appear": () => ({
    holder: "h",
    botUserId: "1",
    botName: "Bot",
    workerShards: [0],
    intents: [],
    shardCount: 1,
    gatewayShards: [],
  }),
  "bots:guild": () => ({ guildId: "1" }),
  "bots:guilds": NOTHING,
  "bots:leave": () => ({ holder: "h" }),
  "bots:leftGuild": () => ({ botUserId: "1", guildId: "1" }),
  "bots:list": NOTHING,
  "bots:pulse": () => ({ holder: "h", pingMs: 1 }),
  "bots:refused": () => ({ holder: "h", workerShards: [0], code: "bad_token" }),
  "bots:reportGuild": () => ({
    botUserId: "1",
    report: {
      guild: { guildId: "1", name: "Desk", ownerId: "2", botRoleIds: [] },
      channels: [],
      roles: [],
    },
  }),
  "bots:reportGuilds": () => ({ botUserId: "1", guildIds: [], shardIds: [0], shardCount: 1 }),
  "capture:health": NOTHING,
  "capture:report": () => ({
    report: { channelId: "1", state: "listening", code: null, message: null, gap: null },
  }),
  "catalogue:archive": PLAN,
  "catalogue:list": NOTHING,
  "catalogue:mapRef": ({ planId }) => ({ planId, ref: "product:mapped" }),
  "catalogue:publish": PLAN,
  "catalogue:published": NOTHING,
  "catalogue:reorder": ({ planId }) => ({ planIds: [planId] }),
  "catalogue:savePlan": ({ planId }) => ({ planId, ...OFFER }),
  "catalogue:saveTier": () => ({ tier: "pro", label: "Pro", description: "" }),
  "catalogue:unmapRef": ({ planId }) => ({ planId, ref: "product:mapped" }),
  "checkout:portal": NOTHING,
  "checkout:start": ({ onSaleId }) => ({ planId: onSaleId, provider: "whop" }),
  "checkouts:mine": NOTHING,
  "checkouts:status": () => ({ checkoutId: "none" }),
  "customers:find": () => ({ text: "nobody" }),
  "customers:show": ({ personId }) => ({ userId: personId }),
  "desk:badge": NOTHING,
  "desk:event": EVENT,
  "desk:events": () => ({ provider: null, eventState: null, cause: null, cursor: null }),
  "desk:groups": NOTHING,
  "desk:linkUser": ({ purchaseId }) => ({ purchaseId, email: VERIFIED }),
  "desk:overrideTrial": ({ purchaseId }) => ({ purchaseId, isAllowed: true, reason: "matrix" }),
  "desk:previewReplay": EVENT,
  "desk:purchases": () => ({ problem: "no_user", cursor: null }),
  "desk:replay": EVENT,
  "desk:replayAll": () => ({ eventState: "failed", cause: "unexpected" }),
  "desk:trialRivals": ({ purchaseId }) => ({ purchaseId }),
  "discord:beginLink": () => ({ returnTo: "/account" }),
  "discord:completeLink": () => ({ code: "c", state: "" }),
  "discord:joinAgain": NOTHING,
  "discord:mine": NOTHING,
  "discord:unlink": NOTHING,
  "discordGuilds:list": NOTHING,
  "discordGuilds:remove": () => ({ guildId: "1" }),
  "discordGuilds:save": () => {
    return { guildId: "1", name: "Desk", minTier: "basic", joinAtPurchase: true };
  },
  "discordMembers:missed": NOTHING,
  "discordMembers:report": () => ({ events: [] }),
  "doctor:joining": () => ({ guildId: "1" }),
  "doctor:role": () => ({ guildId: "1", roleId: "1" }),
  "doctor:round": NOTHING,
  "doctor:settle": async ({ t }) => ({
    testId: (await makeTest(t)).testId,
    outcome: { webhooks: null, code: null, message: null },
  }),
  "doctor:source": () => ({ guildId: "1", channelId: "1" }),
  "doctor:take": async ({ t }) => ({ testId: (await makeTest(t)).testId }),
  "doctor:target": () => ({ guildId: "1", channelId: "1", mode: "bot", pingRoleId: null }),
  "doctor:test": async ({ t }) => {
    return { guildId: "1", channelId: (await makeTest(t)).channelId, mode: "bot" };
  },
  "doctor:wanted": () => ({ botUserId: "1" }),
  "drift:checkAll": NOTHING,
  "drift:expected": () => ({ channelId: "1", plannedBeforeMs: 0 }),
  "drift:list": NOTHING,
  "drift:report": () => ({
    shard: 0,
    epoch: 1,
    report: { channelId: "1", code: null, ...NO_DRIFT },
  }),
  "drift:wanted": SHARD,
  "feed:position": FEED_KEY,
  "feed:segment": (_made, { feedKey }) => ({ feedKey, segment: 0 }),
  "identities:confirmClaim": () => ({ email: "old@example.com", code: "ABCD-EFGH" }),
  "identities:merge": () => ({ fromEmail: VERIFIED, intoEmail: VERIFIED }),
  "identities:mine": NOTHING,
  "identities:preview": () => ({ fromEmail: VERIFIED, intoEmail: VERIFIED }),
  "identities:release": async ({ t, personId }) => {
    const value = `${fresh("old")}@example.com`;
    const identity = { kind: "email", value, userId: personId, sinceMs: 0 } as const;
    await t.run(async (ctx) => await ctx.db.insert("identities", identity));
    return { kind: "email", value, reason: "matrix" };
  },
  "identities:requestClaim": () => ({ email: "old@example.com" }),
  "ingest:events": () => ({ events: [post("m1")], receivedAtMs: Date.now() }),
  "leases:acquire": () => ({ shard: 0, holder: "h" }),
  "leases:beat": CLAIM,
  "leases:list": NOTHING,
  "leases:release": CLAIM,
  "leases:status": SHARD,
  "live:rate": NOTHING,
  "live:signals": () => ({ limit: 10 }),
  "machines:issueAsStaff": () => ({ kind: "bot", name: "Bot", ttlMs: null, sourceName: null }),
  "machines:list": NOTHING,
  "machines:revoke": ({ victimId }) => ({ machineId: victimId }),
  "machines:rotateAsStaff": async ({ t }) => ({
    machineId: (await issueMachine(t, "source", "rotated")).machineId,
  }),
  "mail:outbox": NOTHING,
  "media:expired": NOTHING,
  "media:renew": () => ({ links: [] }),
  "media:retry": ({ wantedId }) => ({ wantedId }),
  "memberRoles:counts": NOTHING,
  "memberRoles:list": () => ({ memberState: "due", cursor: null }),
  "memberRoles:retryNow": ({ memberRoleId }) => ({ memberRoleId }),
  "memberRoles:sweepNow": () => ({ guildId: ROLE.guildId }),
  "memberRoles:sweeps": NOTHING,
  "mirrors:lost": () => ({ shard: 0, epoch: 1, messageIds: [] }),
  "mirrors:queues": NOTHING,
  "mirrors:retry": () => ({ channelId: "1" }),
  "mirrors:settle": () => ({ shard: 0, epoch: 1, results: [] }),
  "mirrors:work": () => ({ shard: 0, lane: "normal" }),
  "receipts:report": () => ({ surface: "botReceived", samples: [] }),
  "receipts:reportConsole": () => ({ samples: [] }),
  "receipts:reportFeed": (_made, { feedKey }) => ({ feedKey, samples: [] }),
  "receipts:summary": () => ({ window: "hour" }),
  "reconcile:diffs": ({ runId }) => ({ runId }),
  "reconcile:overview": NOTHING,
  "reconcile:start": () => ({ provider: "stripe" }),
  "roleMappings:list": NOTHING,
  "roleMappings:preview": () => ({
    change: { guildId: ROLE.guildId, roleId: ROLE.roleId, mapping: null },
  }),
  "roleMappings:remove": ({ mappingId }) => ({ mappingId }),
  "roleMappings:save": () => ROLE,
  "roles:endSweep": ({ sweepId }) => ({
    ...{ shard: 0, epoch: 1, sweepId },
    result: { state: "failed", code: "none", message: "none" },
  }),
  "roles:membersChanged": () => ({ shard: 0, epoch: 1, guildId: "1", joined: [], left: [] }),
  "roles:mine": NOTHING,
  "roles:noteDrift": () => ({ shard: 0, epoch: 1, drifts: [] }),
  "roles:serverChanged": () => ({ shard: 0, epoch: 1, guildId: "1", missedEvents: false }),
  "roles:settle": () => ({ shard: 0, epoch: 1, results: [] }),
  "roles:sweepRows": () => ({ guildId: "1", cursor: null }),
  "roles:sweepWork": SHARD,
  "roles:work": SHARD,
  "routes:change": ({ routeId }) => {
    return { routeId, name: "target", pingRoleId: null, rules: PLAIN_RULES };
  },
  "routes:create": ({ sourceId }) => {
    const place = { guildId: "1", channelId: fresh("route"), name: "target" };
    return { sourceId, ...place, despiteFindings: true };
  },
  "routes:list": NOTHING,
  "routes:pause": ({ routeId }) => ({ routeId, paused: false }),
  "routes:reassign": () => ({ channelId: "1" }),
  "routes:remove": ({ routeId }) => ({ routeId }),
  "silence:badge": NOTHING,
  "silence:list": NOTHING,
  "silence:setRule": ({ sourceId }) => ({ sourceId, routeId: null, rule: { kind: "off" } }),
  "sources:create": () => {
    return { name: fresh("source"), guildId: "1", channelId: fresh("source"), minTier: "pro" };
  },
  "sources:lastSeen": () => ({ channelId: "1" }),
  "sources:list": NOTHING,
  "sources:recent": () => ({ channelId: "1" }),
  "sources:threads": () => ({ channelId: "1" }),
  "sources:update": ({ sourceId }) => ({ sourceId, name: "renamed" }),
  "sources:watched": NOTHING,
  "staff:accept": async ({ t }, { userId }) => ({ token: await inviteCaller(t, userId) }),
  "staff:invite": () => ({ email: "friend@example.com", role: "support" }),
  "staff:list": NOTHING,
  "staff:me": NOTHING,
  "staff:remove": ({ staffId }) => ({ userId: staffId }),
  "staff:revokeInvitation": ({ invitationId }) => ({ invitationId }),
  "staff:setRole": async ({ t, staffId }) => {
    await t.run(async (ctx) => {
      const row = await ctx.db
        .query("staff")
        .withIndex("by_userId", (q) => q.eq("userId", staffId))
        .unique();
      if (row === null) await ctx.db.insert("staff", { userId: staffId, role: "support" });
    });
    return { userId: staffId, role: "operator" };
  },
  "stops:list": () => ({ userId: null }),
  "stops:retry": async ({ t }) => {
    const target = {
      provider: "stripe",
      what: "checkout",
      ref: fresh("cs"),
      userId: null,
    } as const;
    const failed = { state: "failed", code: "no_key", attempts: 1, dueAtMs: 0 } as const;
    const times = { wantedAtMs: 0, settledAtMs: 0 };
    const stop = { ...target, ...failed, ...times, reason: "replaced" } as const;
    return { stopId: await t.run(async (ctx) => await ctx.db.insert("stops", stop)) };
  },
  "tradingview:recent": ({ sourceId }) => ({ sourceId }),
  "tradingview:remove": async (made) => ({ templateId: await makeTemplate(made) }),
  "tradingview:save": ({ sourceId }) => ({ sourceId, alertName: null, template: "{{alert}}" }),
  "tradingview:templates": ({ sourceId }) => ({ sourceId }),
};

/** A token that makes this caller support; for nobody's, one that would make somebody else. */
async function inviteCaller(t: Backend, userId: Id<"users"> | null): Promise<string> {
  const token = fresh("invitation");
  const email = `${fresh("invited")}@example.com`;
  await t.run(async (ctx) => {
    if (userId !== null) {
      const identity = { kind: "email" as const, value: email, userId, sinceMs: 0 };
      await ctx.db.insert("identities", identity);
    }
    await ctx.db.insert("invitations", {
      email,
      role: "support",
      tokenHash: hashText(token),
      state: "open",
      expiresAtMs: Date.now() + 60_000,
      acceptedBy: null,
    });
  });
  return token;
}

/** A test message under way, of a channel of its own. */
async function makeTest(t: Backend): Promise<{ testId: Id<"targetTests">; channelId: string }> {
  const channelId = fresh("tested");
  const place = { botUserId: "1", guildId: "1", channelId, mode: "bot" } as const;
  const wanted = { state: "wanted", requestedAtMs: 0, webhooks: null } as const;
  const test = { ...place, ...wanted, code: null, message: null };
  return {
    testId: await t.run(async (ctx) => await ctx.db.insert("targetTests", test)),
    channelId,
  };
}

async function makeTemplate({ t, sourceId }: Made): Promise<Id<"alertTemplates">> {
  const fields = { sourceId, alertName: fresh("alert"), template: "{{alert}}", updatedAtMs: 0 };
  return await t.run(async (ctx) => await ctx.db.insert("alertTemplates", fields));
}
