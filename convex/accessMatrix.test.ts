import { makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { beforeAll, expect, test } from "vitest";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { ACCESS_MATRIX } from "./accessMatrix.ts";
import http from "./http.ts";
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

/** Someone who calls: how they are signed in, and which secrets they hold. */
interface Caller {
  readonly t: Pick<Backend, "query" | "mutation" | "action">;
  readonly bearer: string | null;
  readonly feedKey: string;
}

interface PublicFunction {
  readonly path: string;
  readonly type: "query" | "mutation" | "action";
}

type Args = (made: Made, caller: Caller) => Record<string, unknown>;

interface Made {
  readonly sourceId: Id<"sources">;
  readonly routeId: Id<"routes">;
  readonly victimId: Id<"machineTokens">;
  readonly planId: Id<"plans">;
  readonly onSaleId: Id<"plans">;
  readonly personId: Id<"users">;
  readonly grantId: Id<"grants">;
}

const FEED_KEY: Args = (_made, { feedKey }) => ({ feedKey });
const NOTHING: Args = () => ({});
const PLAN: Args = ({ planId }) => ({ planId });
const SHARD: Args = () => ({ shard: 0 });
const CLAIM: Args = () => ({ shard: 0, epoch: 1, holder: "h" });
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
  "auth:isAuthenticated": NOTHING,
  "auth:signIn": () => {
    serial += 1;
    const params = { flow: "signUp", email: `p${serial}@example.com`, password: "long enough" };
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
  "feed:position": FEED_KEY,
  "feed:segment": (_made, { feedKey }) => ({ feedKey, segment: 0 }),
  "ingest:events": () => ({ events: [post("m1")], receivedAtMs: Date.now() }),
  "leases:acquire": () => ({ shard: 0, holder: "h" }),
  "leases:beat": CLAIM,
  "leases:list": NOTHING,
  "leases:release": CLAIM,
  "leases:status": SHARD,
  "live:rate": NOTHING,
  "live:signals": () => ({ limit: 10 }),
  "machines:list": NOTHING,
  "machines:revoke": ({ victimId }) => ({ machineId: victimId }),
  "mirrors:settle": () => ({ shard: 0, epoch: 1, results: [] }),
  "mirrors:work": () => ({ shard: 0, lane: "normal" }),
  "receipts:report": () => ({ surface: "botReceived", samples: [] }),
  "receipts:reportConsole": () => ({ samples: [] }),
  "receipts:reportFeed": (_made, { feedKey }) => ({ feedKey, samples: [] }),
  "receipts:summary": () => ({ window: "hour" }),
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
  "staff:me": NOTHING,
};

/** What ends the caller's session: everybody begins anew after it. */
const ENDS_SESSIONS = new Set(["auth:signIn", "auth:signOut"]);

let callers: ReadonlyMap<string, Caller>;
let made: Made;
let backend: Backend;

beforeAll(async () => {
  backend = startBackend();
  setEnvironment("HELIOGRAPH_MACHINE_JWKS", "data:,{}");
  await useFreshSigningKey();
  await useFreshSignInKeys();
  await seedSource(backend);
  usePaymentProviders();
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
  made = await readMade(backend);
  callers = await makeCallers(backend);
});

test("[ACC1] every public function and HTTP route is in the matrix, and nothing else", async () => {
  const functions = await listPublicFunctions();
  const names = [...functions.map(({ path }) => path), ...routeNames()];
  expect([...readMatrix().keys()].sort()).toEqual(names.sort());
});

// Every caller signs up here with a password, whose hash is slow on purpose.
test("[ACC2] every caller is answered as the matrix says", { timeout: 60_000 }, async () => {
  const actual = new Map<string, Record<string, string>>();
  for (const fn of await listPublicFunctions()) {
    actual.set(fn.path, await callAsEverybody(fn));
    if (ENDS_SESSIONS.has(fn.path)) callers = await makeCallers(backend);
  }
  for (const name of routeNames()) actual.set(name, await requestAsEverybody(name));
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(readMatrix()));
});

async function callAsEverybody({ path, type }: PublicFunction): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, caller] of callers) {
    const args = ARGS[path]?.(made, caller);
    if (args === undefined) throw new Error(`ARGS has no arguments for ${path}`);
    outcomes[name] = await outcomeOf(async () => await call(caller.t, type, path, args));
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
    const response = await backend.fetch(path, {
      method,
      headers: { "content-type": "application/json", ...authorization },
      ...(method === "POST" ? { body: JSON.stringify({ events: [] }) } : {}),
    });
    const words: Record<number, string> = { 200: "yes", 204: "yes", 401: "no", 403: "kind" };
    outcomes[name] = words[response.status] ?? String(response.status);
  }
  return outcomes;
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
  const noKey = { feedKey: "v1.basic.0.1.nonsense" };
  const [source, bot, console] = [
    await issueMachine(t, "source"),
    await issueMachine(t, "bot"),
    await issueMachine(t, "console"),
  ];
  const ended = await makeEndedMachines(t);
  const oldKey = await previewKey(t);
  await t.mutation(internal.access.rotate, { feed: "basic", shard: 0 });
  const feedKey = await previewKey(t);
  const foreign = t.withIdentity({ subject: bot.machineId, issuer: "https://elsewhere.test" });
  return new Map<string, Caller>([
    ["nobody", { t, bearer: null, ...noKey }],
    ["foreign", { t: foreign, bearer: "a-token-of-somebody-else", ...noKey }],
    ...(await makePeople(t)).map(([name, as]): [string, Caller] => {
      return [name, { t: as, bearer: null, ...noKey }];
    }),
    ...ended.map(([name, { as, token }]): [string, Caller] => {
      return [name, { t: as, bearer: token, ...noKey }];
    }),
    ["source", { t: source.as, bearer: source.token, ...noKey }],
    ["bot", { t: bot.as, bearer: bot.token, ...noKey }],
    ["console", { t: console.as, bearer: console.token, ...noKey }],
    ["feed key", { t, bearer: feedKey, feedKey }],
    ["old key", { t, bearer: oldKey, feedKey: oldKey }],
  ]);
}

async function makePeople(t: Backend): Promise<[string, Caller["t"]][]> {
  const ended = await signUp(t, "ended@example.com");
  await t.run(async (ctx) => await ctx.db.delete("authSessions", ended.sessionId));
  const people: [string, Caller["t"]][] = [["session ended", ended.as]];
  people.push(["customer", (await signUp(t, "customer@example.com")).as]);
  for (const role of ["support", "operator", "owner"] as const) {
    people.push([role, (await signUp(t, `${role}@example.com`, role)).as]);
  }
  return people;
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

async function readMade(t: Backend): Promise<Made> {
  const { machineId: victimId } = await issueMachine(t, "source", "victim");
  const { userId: personId } = await signUp(t, "somebody@example.com");
  return await t.run(async (ctx) => {
    const source = await ctx.db.query("sources").first();
    const route = await ctx.db.query("routes").first();
    const [plan, onSale] = await ctx.db.query("plans").take(2);
    if (source === null || route === null || plan === undefined || onSale === undefined)
      throw new Error("nothing was seeded");
    const gift = { tier: "pro", fromMs: 0, untilMs: null, reason: "r", revokedAtMs: null } as const;
    const grantId = await ctx.db.insert("grants", { userId: personId, ...gift });
    const ids = { sourceId: source._id, routeId: route._id, planId: plan._id };
    return { ...ids, victimId, onSaleId: onSale._id, personId, grantId };
  });
}
