/** The deployment that the access matrix is tried on, and everybody who calls there. Only tests import this. */
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { attachIdentity } from "./model/identities/attach.ts";
import { askSweep } from "./model/roles/sweeps.ts";
import { rowsOf, sellappOrder } from "./payments.setup.ts";
import {
  type Backend,
  issueMachine,
  post,
  previewKey,
  seedSource,
  sendIngest,
  setEnvironment,
  signUp,
  startBackend,
  usePaymentProviders,
} from "./test.setup.ts";

/** Someone who calls: how they are signed in, and which secrets they hold. */
export interface Caller {
  readonly t: Pick<Backend, "query" | "mutation" | "action">;
  readonly bearer: string | null;
  readonly feedKey: string;
  readonly userId: Id<"users"> | null;
  readonly alsoAs?: Pick<Backend, "query" | "mutation" | "action">; // has to be answered the same
}

/** What there is to act on, and the deployment it is in. */
export interface Made {
  readonly t: Backend;
  readonly sourceId: Id<"sources">;
  readonly routeId: Id<"routes">;
  readonly victimId: Id<"machineTokens">;
  readonly mappingId: Id<"roleMappings">;
  readonly memberRoleId: Id<"memberRoles">;
  readonly sweepId: Id<"roleSweeps">;
  readonly mediaId: Id<"media">;
  readonly wantedId: Id<"wantedMedia">;
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
  readonly secret: string; // of PASSWORD, which everybody has
}

export const VERIFIED = "verified@example.com";
export const PASSWORD = "oak lamp river nine";
export const ROLE = {
  guildId: "900000000000000071",
  guildName: "Members",
  roleId: "900000000000000072",
  name: "Pro",
  tier: "pro",
  andAbove: true,
} as const;
export const OFFER = {
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

let serial = 0;

/** A name that nothing has had. */
export function fresh(name: string): string {
  serial += 1;
  return `${name}-${serial}`;
}

/** A fresh deployment with something of everything in it. */
export async function beginAnew(): Promise<Made> {
  const t = startBackend();
  await seedSource(t);
  usePaymentProviders();
  for (const provider of ["STRIPE", "WHOP", "SELLAPP"] as const) {
    setEnvironment(`HELIOGRAPH_${provider}_WEBHOOK_SECRETS`, "a secret that nobody here has");
  }
  await t.mutation(internal.setup.seedCatalogue, {
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
  const bought = await buySomething(t);
  return { t, ...(await readMade(t)), ...bought };
}

/** Everybody of the matrix's columns, signed in anew. */
export async function makeCallers({ t, secret }: Made): Promise<ReadonlyMap<string, Caller>> {
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
    ...(await makePeople(t, secret)).map(([name, { as, userId }]): [string, Caller] => {
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

async function makePeople(t: Backend, secret: string): Promise<[string, Person][]> {
  const ended = await signUp(t, "ended@example.com");
  await t.run(async (ctx) => await ctx.db.delete("authSessions", ended.sessionId));
  const people: [string, Person][] = [["session ended", ended]];
  people.push(["customer", await signUp(t, "customer@example.com")]);
  for (const role of ["support", "operator", "owner"] as const) {
    people.push([role, await signUp(t, `${role}@example.com`, role)]);
  }
  for (const [, { userId }] of people) await givePassword(t, userId, secret);
  return people;
}

async function givePassword(t: Backend, userId: Id<"users">, secret: string): Promise<void> {
  const address = `${fresh("password")}@example.com`;
  await t.run(
    async (ctx) =>
      await ctx.db.insert("authAccounts", {
        userId,
        provider: "password",
        providerAccountId: address,
        secret,
        emailVerified: address,
      }),
  );
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

async function readMade(t: Backend): Promise<Omit<Made, "t" | "eventId" | "purchaseId">> {
  const { machineId: victimId, token } = await issueMachine(t, "source", "victim");
  await sendIngest(t, token, { events: [post("m1")] });
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
    const storageId = await ctx.storage.store(new Blob(["x"]));
    const picture = { contentType: "image/png", name: "p", hash: "0", size: 1 };
    const mediaId = await ctx.db.insert("media", { ...picture, feed: "basic", storageId });
    const signal = await ctx.db.query("signals").first();
    if (signal === null) throw new Error("nothing was posted");
    const wantedId = await ctx.db.insert("wantedMedia", {
      ...{ signalId: signal._id, address: "a", link: "https://a.test/b", name: "p" },
      ...{ state: "stored", dueAtMs: 0, attempt: 0, code: null, mediaId },
    });
    const mappingId = await ctx.db.insert("roleMappings", ROLE);
    const memberRoleId = await ctx.db.insert("memberRoles", {
      ...{ discordId: "900000000000000077", guildId: ROLE.guildId, shard: 0, userId: personId },
      ...{ wanted: [], ours: [], given: [], byHand: [], untried: [] },
      ...{ revision: 1, state: "settled", dueAtMs: 0, attempt: 0, code: null, message: null },
    });
    const sweepId = await askSweep(ctx, ROLE.guildId, "clock");
    const roleIds = { mappingId, memberRoleId, sweepId };
    const mediaIds = { mediaId, wantedId };
    const places = { sourceId: source._id, routeId: route._id, planId: plan._id };
    const ids = { ...roleIds, ...mediaIds, ...places, runId };
    const people = { victimId, staffId, sessionId, personId, invitationId, secret };
    return { ...ids, ...people, onSaleId: onSale._id, grantId };
  });
}
