import { makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { type Mutant, mutantsOf, watched } from "./accessMatrix.mutants.ts";
import { ACCESS_MATRIX } from "./accessMatrix.ts";
import http from "./http.ts";
import { attachIdentity } from "./model/identities/attach.ts";
import { hashText } from "./model/people/hashes.ts";
import { askSweep } from "./model/roles/sweeps.ts";
import { rowsOf, sellappOrder } from "./payments.setup.ts";
import {
  type Backend,
  issueMachine,
  modules,
  post,
  previewKey,
  seedSource,
  setEnvironment,
  signUp,
  startBackend,
  useFreshSignInKeys,
  useFreshSigningKey,
  usePaymentProviders,
} from "./test.setup.ts";
import * as wrappers from "./wrappers.ts";

vi.mock("./model/people/passwordCost.ts", () => ({ PASSWORD_COST: { N: 2, r: 1, p: 1 } }));

/** Someone who calls: how they are signed in, and which secrets they hold. */
interface Caller {
  readonly t: Pick<Backend, "query" | "mutation" | "action">;
  readonly bearer: string | null;
  readonly feedKey: string;
  readonly userId: Id<"users"> | null;
  readonly alsoAs?: Pick<Backend, "query" | "mutation" | "action">; // has to be answered the same
}

interface PublicFunction {
  readonly path: string;
  readonly type: "query" | "mutation" | "action";
}

type Args = (made: Made, caller: Caller) => Record<string, unknown> | Promise<Values>;
type Values = Record<string, unknown>;

interface Made {
  readonly sourceId: Id<"sources">;
  readonly routeId: Id<"routes">;
  readonly mappingId: Id<"roleMappings">;
  readonly memberRoleId: Id<"memberRoles">;
  readonly sweepId: Id<"roleSweeps">;
  readonly victimId: Id<"machineTokens">;
  readonly planId: Id<"plans">;
  readonly onSaleId: Id<"plans">;
  readonly personId: Id<"users">;
  readonly grantId: Id<"grants">;
  readonly runId: Id<"reconciliations">;
  readonly eventId: Id<"paymentEvents">;
  readonly purchaseId: Id<"purchases">;
  readonly staffId: Id<"users">;
  readonly sessionId: Id<"authSessions">;
  readonly invitationId: Id<"invitations">;
  readonly secret: string; // of the password that everybody has
}

const FEED_KEY: Args = (_made, { feedKey }) => ({ feedKey });
const NOTHING: Args = () => ({});
const VERIFIED = "verified@example.com";
const EVENT: Args = ({ eventId }) => ({ eventId });
const PLAN: Args = ({ planId }) => ({ planId });
const SHARD: Args = () => ({ shard: 0 });
const CLAIM: Args = () => ({ shard: 0, epoch: 1, holder: "h" });
const ROLE = {
  guildId: "900000000000000071",
  guildName: "Members",
  roleId: "900000000000000072",
  name: "Pro",
  tier: "pro",
  andAbove: true,
} as const;
const OFFER = {
  slug: "pro-30-days",
  tier: "pro",
  name: "Pro, 30 days",
  kind: { kind: "fixed", days: 30 },
  priceAmount: 9_900,
  currency: "usd",
  trialDays: 0,
  highlights: [],
  refs: {
    stripePrice: null,
    whopPlan: "plan_1",
    whopLink: "https://whop.com/checkout/plan_1",
    sellappVariant: null,
    sellappLink: null,
  },
} as const;
const PASSWORD = "oak lamp river nine";
let serial = 0;

const ARGS: Record<string, Args> = {
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
  "account:requestEmailChange": () => ({ email: "new@example.com", password: PASSWORD }),
  "account:sessions": NOTHING,
  "account:signInMethods": NOTHING,
  "audit:list": () => ({ subject: null, cursor: null }),
  "auth:signIn": () => {
    serial += 1;
    const params = { flow: "signUp", email: `p${serial}@example.com`, password: PASSWORD };
    return { provider: "password", params };
  },
  "auth:signOut": NOTHING,
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
  "feed:position": FEED_KEY,
  "feed:segment": (_made, { feedKey }) => ({ feedKey, segment: 0 }),
  "identities:confirmClaim": () => ({ email: "old@example.com", code: "ABCD-EFGH" }),
  "identities:merge": () => ({ fromEmail: VERIFIED, intoEmail: VERIFIED }),
  "identities:mine": NOTHING,
  "identities:preview": () => ({ fromEmail: VERIFIED, intoEmail: VERIFIED }),
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
  "machines:rotateAsStaff": async () => ({
    machineId: (await issueMachine(backend, "source", "rotated")).machineId,
  }),
  "mail:outbox": NOTHING,
  "memberRoles:counts": NOTHING,
  "memberRoles:list": () => ({ memberState: "due", cursor: null }),
  "memberRoles:retryNow": ({ memberRoleId }) => ({ memberRoleId }),
  "memberRoles:sweepNow": () => ({ guildId: ROLE.guildId }),
  "memberRoles:sweeps": NOTHING,
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
  "routes:create": ({ sourceId }) => {
    serial += 1;
    return { sourceId, guildId: "1", channelId: `route ${serial}`, name: "target" };
  },
  "routes:list": NOTHING,
  "routes:remove": ({ routeId }) => ({ routeId }),
  "sources:create": () => {
    serial += 1;
    return { name: `s${serial}`, guildId: "1", channelId: `source ${serial}`, minTier: "pro" };
  },
  "sources:lastSeen": () => ({ channelId: "1" }),
  "sources:list": NOTHING,
  "sources:recent": () => ({ channelId: "1" }),
  "sources:update": ({ sourceId }) => ({ sourceId, name: "renamed" }),
  "sources:watched": NOTHING,
  "staff:accept": async (_made, { userId }) => ({ token: await inviteCaller(userId) }),
  "staff:invite": () => ({ email: "friend@example.com", role: "support" }),
  "staff:list": NOTHING,
  "staff:me": NOTHING,
  "staff:remove": ({ staffId }) => ({ userId: staffId }),
  "staff:revokeInvitation": ({ invitationId }) => ({ invitationId }),
  "staff:setRole": async ({ staffId }) => {
    await backend.run(async (ctx) => {
      const row = await ctx.db
        .query("staff")
        .withIndex("by_userId", (q) => q.eq("userId", staffId))
        .unique();
      if (row === null) await ctx.db.insert("staff", { userId: staffId, role: "support" });
    });
    return { userId: staffId, role: "operator" };
  },
};

/** What ends the caller's session, or makes somebody of them: everybody begins anew after it. */
const CHANGES_CALLERS = new Set([
  "account:changePassword",
  "account:remove",
  "auth:signIn",
  "auth:signOut",
  "staff:accept",
]);

let callers: ReadonlyMap<string, Caller>;
let made: Made;
let backend: Backend;

beforeAll(async () => {
  setEnvironment("HELIOGRAPH_MACHINE_JWKS", "data:,{}");
  setEnvironment("AUTH_DISCORD_ID", "1");
  setEnvironment("AUTH_DISCORD_SECRET", "secret");
  await useFreshSigningKey();
  await useFreshSignInKeys();
  await beginAnew();
});
afterEach(() => {
  vi.doUnmock("./wrappers.ts");
  vi.resetModules();
});

async function beginAnew(): Promise<void> {
  backend = startBackend();
  await seedSource(backend);
  usePaymentProviders();
  for (const provider of ["STRIPE", "WHOP", "SELLAPP"] as const) {
    setEnvironment(`HELIOGRAPH_${provider}_WEBHOOK_SECRETS`, "a secret that nobody here has");
  }
  await backend.mutation(internal.setup.seedCatalogue, {
    tiers: [],
    plans: [
      { ...OFFER, highlights: [] },
      {
        ...OFFER,
        slug: "on-sale",
        tier: "basic",
        highlights: [],
        refs: { ...OFFER.refs, whopPlan: "plan_2" },
      },
    ],
  });
  const bought = await buySomething(backend);
  made = { ...(await readMade(backend)), ...bought };
  callers = await makeCallers(backend);
}

test("[ACC1] every public function and HTTP route is in the matrix, and nothing else", async () => {
  const functions = await listPublicFunctions();
  const names = [...functions.map(({ path }) => path), ...routeNames()];
  expect([...readMatrix().keys()].sort()).toEqual(names.sort());
});

test("[ACC2] every caller is answered as the matrix says", { timeout: 60_000 }, async () => {
  const actual = new Map<string, Record<string, string>>();
  for (const fn of await listPublicFunctions()) {
    actual.set(fn.path, await callAsEverybody(fn));
    if (CHANGES_CALLERS.has(fn.path)) callers = await makeCallers(backend);
  }
  for (const name of routeNames()) actual.set(name, await requestAsEverybody(name));
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(readMatrix()));
});

test("[ACC3] a wrapper without its check, or with a weaker one, is seen by the matrix", {
  timeout: 120_000,
}, async () => {
  const used = await usedWrappers();
  const mutants = mutantsOf(wrappers, () => standIns).filter(({ wrapper }) => used.has(wrapper));
  expect(mutants.length).toBeGreaterThan(10);
  const unseen: string[] = [];
  for (const mutant of mutants) if (!(await isSeen(mutant))) unseen.push(mutant.name);
  expect(unseen).toEqual([]);
  expect(await isSeen({ name: "nothing", wrapper: "", apply: (all) => all })).toBe(false);
});

let standIns: object = {};

async function usedWrappers(): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  await loadWith((all) => watched(all, used));
  await listPublicFunctions();
  return used;
}

async function loadWith(change: (all: Record<string, unknown>) => Record<string, unknown>) {
  vi.resetModules();
  vi.doMock("./wrappers.ts", async (actual) => change(await actual()));
}

/** Whether some function answers some caller otherwise than the matrix says. */
async function isSeen(mutant: Mutant): Promise<boolean> {
  await loadWith((all) => mutant.apply(all));
  await beginAnew();
  const someone = await signUp(backend, "stand-in@example.com");
  const machine = await backend.run(
    async (ctx) => await ctx.db.get("machineTokens", made.victimId),
  );
  standIns = {
    person: {
      ...someone,
      user: await backend.run(async (ctx) => await ctx.db.get("users", someone.userId)),
    },
    staff: { actor: { kind: "commandLine" }, role: "owner" },
    machine,
    access: { feed: "basic", shard: 0, epoch: 1 },
  };
  const matrix = readMatrix();
  for (const fn of await listPublicFunctions()) {
    const expected = matrix.get(fn.path);
    if (expected === undefined) continue;
    const actual = await callAsEverybody(fn);
    if (Object.entries(actual).some(([caller, outcome]) => outcome !== expected[caller]))
      return true;
    if (CHANGES_CALLERS.has(fn.path)) callers = await makeCallers(backend);
  }
  return false;
}

async function callAsEverybody({ path, type }: PublicFunction): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, caller] of callers) {
    const argsOf = ARGS[path];
    if (argsOf === undefined) throw new Error(`ARGS has no arguments for ${path}`);
    const found = new Set<string>();
    for (const t of [caller.t, caller.alsoAs]) {
      if (t === undefined) continue;
      const args = await argsOf(made, caller);
      found.add(await outcomeOf(async () => await call(t, type, path, args)));
    }
    outcomes[name] = [...found].join(" or ");
  }
  return outcomes;
}

async function call(
  t: Caller["t"],
  type: PublicFunction["type"],
  path: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  switch (type) {
    case "query":
      return await t.query(makeFunctionReference<"query">(path), args);
    case "mutation":
      return await t.mutation(makeFunctionReference<"mutation">(path), args);
    case "action":
      return await t.action(makeFunctionReference<"action">(path), args);
    default:
      return type satisfies never;
  }
}

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    const result = await call();
    const state = Object(result).state;
    if (state === "signedOut") return "signed out";
    return ["revoked", "rotated", "forbidden"].includes(state) ? state : "yes";
  } catch (error) {
    if (!(error instanceof ConvexError)) return "error";
    const words: Record<string, string> = {
      unauthenticated: "no",
      wrong_kind: "kind",
      machine_revoked: "ended",
      merge_conflict: "yes", // let in, and told that the two accounts are one
      no_customer: "yes", // let in, and has bought nothing there
    };
    return words[error.data.code] ?? error.data.code;
  }
}

async function requestAsEverybody(route: string): Promise<Record<string, string>> {
  const [method = "", path = ""] = route.split(" ");
  const outcomes: Record<string, string> = {};
  for (const [name, { bearer }] of callers) {
    const authorization: Record<string, string> =
      bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const response = await backend.fetch(await addressOf(path), {
      method,
      headers: { "content-type": "application/json", ...authorization },
      ...(method === "POST" ? { body: JSON.stringify({ events: [] }) } : {}),
    });
    const words: Record<number, string> = {
      200: "yes",
      204: "yes",
      302: "yes",
      401: "no",
      403: "kind",
    };
    outcomes[name] = words[response.status] ?? String(response.status);
  }
  return outcomes;
}

/** An address that a route with a prefix serves: a sign-in that was begun, and a return that was not. */
async function addressOf(path: string): Promise<string> {
  if (path === "/api/auth/callback/*") return "/api/auth/callback/discord?code=x&state=y";
  if (path !== "/api/auth/signin/*") return path;
  const verifier = await backend.run(async (ctx) => await ctx.db.insert("authVerifiers", {}));
  return `/api/auth/signin/discord?code=${verifier}`;
}

async function listPublicFunctions(): Promise<PublicFunction[]> {
  const found: PublicFunction[] = [];
  for (const [file, load] of Object.entries(modules)) {
    if (file.includes("/_generated/")) continue;
    const module = Object(await load());
    for (const [name, exported] of Object.entries(module)) {
      const flags = Object(exported);
      if (flags.isPublic !== true) continue;
      const path = `${file.replace(/^\.\//, "").replace(/\.ts$/, "")}:${name}`;
      const type =
        flags.isQuery === true ? "query" : flags.isMutation === true ? "mutation" : "action";
      found.push({ path, type });
    }
  }
  return found;
}

function routeNames(): string[] {
  return http.getRoutes().map(([path, method]) => `${method} ${path}`);
}

function readMatrix(): Map<string, Record<string, string>> {
  const [head = "", ...lines] = ACCESS_MATRIX.split("\n").filter((line) => line.trim() !== "");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const [, ...names] = cells(head);
  return new Map(
    lines.map((line) => {
      const [name = "", ...outcomes] = cells(line);
      return [name, Object.fromEntries(outcomes.map((cell, index) => [names[index], cell]))];
    }),
  );
}

async function makeCallers(t: Backend): Promise<ReadonlyMap<string, Caller>> {
  const noKey = { feedKey: "v1.basic.0.1.nonsense", userId: null };
  const [source, bot, console] = [
    await issueMachine(t, "source"),
    await issueMachine(t, "bot"),
    await issueMachine(t, "console"),
  ];
  const ended = await makeEndedMachines(t);
  const oldKey = await previewKey(t);
  await t.mutation(internal.access.rotate, { feed: "basic", shard: 0 });
  const feedKey = await previewKey(t);
  const issuer = "https://elsewhere.test";
  const foreign = t.withIdentity({ subject: bot.machineId, issuer, kind: "bot" });
  const owner = await signUp(t, "claimed@example.com", "owner");
  const alsoAs = t.withIdentity({ subject: `${owner.userId}|${owner.sessionId}`, issuer });
  return new Map<string, Caller>([
    ["nobody", { t, bearer: null, ...noKey }],
    ["foreign", { t: foreign, alsoAs, bearer: "a-token-of-somebody-else", ...noKey }],
    ...(await makePeople(t)).map(([name, { as, userId }]): [string, Caller] => {
      return [name, { t: as, bearer: null, ...noKey, userId }];
    }),
    ...ended.map(([name, { as, token }]): [string, Caller] => {
      return [name, { t: as, bearer: token, ...noKey }];
    }),
    ["source", { t: source.as, bearer: source.token, ...noKey }],
    ["bot", { t: bot.as, bearer: bot.token, ...noKey }],
    ["console", { t: console.as, bearer: console.token, ...noKey }],
    ["feed key", { t, bearer: feedKey, feedKey, userId: null }],
    ["old key", { t, bearer: oldKey, feedKey: oldKey, userId: null }],
  ]);
}

type Person = Awaited<ReturnType<typeof signUp>>;

async function makePeople(t: Backend): Promise<[string, Person][]> {
  const ended = await signUp(t, "ended@example.com");
  await t.run(async (ctx) => await ctx.db.delete("authSessions", ended.sessionId));
  const people: [string, Person][] = [["session ended", ended]];
  people.push(["customer", await signUp(t, "customer@example.com")]);
  for (const role of ["support", "operator", "owner"] as const) {
    people.push([role, await signUp(t, `${role}@example.com`, role)]);
  }
  for (const [, { userId }] of people) await givePassword(t, userId);
  return people;
}

async function givePassword(t: Backend, userId: Id<"users">): Promise<void> {
  serial += 1;
  const address = `password-${serial}@example.com`;
  await t.run(
    async (ctx) =>
      await ctx.db.insert("authAccounts", {
        userId,
        provider: "password",
        providerAccountId: address,
        secret: made.secret,
        emailVerified: address,
      }),
  );
}

/** A token that makes this caller support; for nobody's, one that would make somebody else. */
async function inviteCaller(userId: Id<"users"> | null): Promise<string> {
  serial += 1;
  const token = `invitation ${serial}`;
  const email = `invited-${serial}@example.com`;
  await backend.run(async (ctx) => {
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

async function makeEndedMachines(t: Backend) {
  const ended: [string, Awaited<ReturnType<typeof issueMachine>>][] = [];
  for (const kind of ["bot", "console"] as const) {
    const revoked = await issueMachine(t, kind, "revoked");
    await t.mutation(internal.machines.revokeNow, { machineId: revoked.machineId });
    const expired = await issueMachine(t, kind, "expired");
    await t.mutation(internal.machines.expire, { machineId: expired.machineId });
    ended.push([`${kind} revoked`, revoked], [`${kind} expired`, expired]);
  }
  return ended;
}

/** A purchase of nobody's with its event, and somebody whose e-mail is verified. */
async function buySomething(t: Backend): Promise<Pick<Made, "eventId" | "purchaseId">> {
  const { userId } = await signUp(t, VERIFIED);
  const identity = { kind: "email", value: VERIFIED, userId } as const;
  await t.run(async (ctx) => await attachIdentity(ctx, identity));
  const body = JSON.stringify(sellappOrder("order.completed", "COMPLETED"));
  const delivery = { provider: "sellapp", body, origin: "webhook", receivedAtMs: 1 } as const;
  const { eventId } = await t.mutation(internal.payments.receive, delivery);
  const [purchase] = await rowsOf(t, "purchases");
  if (purchase === undefined) throw new Error("nothing was bought");
  return { eventId, purchaseId: purchase._id };
}

async function readMade(t: Backend): Promise<Omit<Made, "eventId" | "purchaseId">> {
  const { machineId: victimId } = await issueMachine(t, "source", "victim");
  const { userId: personId } = await signUp(t, "somebody@example.com");
  const { userId: staffId, sessionId } = await signUp(t, "victim@example.com", "owner");
  const secret = await t.action(internal.passwordHashes.hash, { password: PASSWORD });
  return await t.run(async (ctx) => {
    const source = await ctx.db.query("sources").first();
    const route = await ctx.db.query("routes").first();
    const [plan, onSale] = await ctx.db.query("plans").take(2);
    if (source === null || route === null || plan === undefined || onSale === undefined)
      throw new Error("nothing was seeded");
    const gift = { tier: "pro", fromMs: 0, untilMs: null, reason: "r", revokedAtMs: null } as const;
    const grantId = await ctx.db.insert("grants", { userId: personId, ...gift });
    const invitationId = await ctx.db.insert("invitations", {
      email: "friend@example.com",
      role: "support",
      tokenHash: "none",
      state: "open",
      expiresAtMs: Date.now() + 60_000,
      acceptedBy: null,
    });
    // Of a provider whose run is on its way: to start it again starts nothing.
    const runId = await ctx.db.insert("reconciliations", {
      ...{
        provider: "stripe",
        state: "running",
        cause: "operator",
        startedAtMs: 0,
        endedAtMs: null,
      },
      ...{ pages: 0, compared: 0, repaired: 0, failed: 0, problem: null, cursor: null },
      ...{ turn: 1, stumbles: 0, movedAtMs: Date.now() },
    });
    const mappingId = await ctx.db.insert("roleMappings", ROLE);
    const memberRoleId = await ctx.db.insert("memberRoles", {
      ...{ discordId: "900000000000000077", guildId: ROLE.guildId, shard: 0, userId: personId },
      ...{ wanted: [], ours: [], given: [], byHand: [], untried: [] },
      ...{ revision: 1, state: "settled", dueAtMs: 0, attempt: 0, code: null, message: null },
    });
    const sweepId = await askSweep(ctx, ROLE.guildId, "clock");
    const roleIds = { mappingId, memberRoleId, sweepId };
    const ids = { ...roleIds, runId, sourceId: source._id, routeId: route._id, planId: plan._id };
    const people = { victimId, staffId, sessionId, personId, invitationId, secret };
    return { ...ids, ...people, onSaleId: onSale._id, grantId };
  });
}
