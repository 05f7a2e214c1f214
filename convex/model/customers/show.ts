/** Everything about one customer that staff look at, but for the timeline, which has pages. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { readGrants } from "../access/holdings.ts";
import { findAccess } from "../access/row.ts";
import { findLink } from "../discord/find.ts";
import { readServers, vServer } from "../discord/servers.ts";
import { vIdentityKind } from "../identities/validators.ts";
import { vProvider } from "../payments/validators.ts";
import { vFeed } from "../signals/validators.ts";

const MOST_SHOWN = 50;
const vMaybeMs = v.union(v.number(), v.null());

const vShownPurchase = v.object({
  purchaseId: v.id("purchases"),
  provider: vProvider,
  anchor: v.string(),
  planName: v.union(v.string(), v.null()), // null: what was bought is in no plan
  state: v.string(),
  terms: v.array(v.object({ fromMs: v.number(), untilMs: vMaybeMs })),
  paidAtMs: vMaybeMs,
  amount: v.number(),
  amountRefunded: v.number(),
  currency: v.union(v.string(), v.null()),
});

const vShownGrant = v.object({
  grantId: v.id("grants"),
  tier: vFeed,
  fromMs: v.number(),
  untilMs: vMaybeMs,
  reason: v.string(),
  revokedAtMs: vMaybeMs,
});

export const vCustomer = v.object({
  userId: v.id("users"),
  email: v.union(v.string(), v.null()),
  name: v.union(v.string(), v.null()),
  signedUpAtMs: v.number(),
  deletedAtMs: vMaybeMs,
  access: v.union(v.object({ tier: vFeed, untilMs: vMaybeMs, shard: v.number() }), v.null()),
  purchases: v.array(vShownPurchase), // newest first
  identities: v.array(v.object({ kind: vIdentityKind, value: v.string(), sinceMs: v.number() })),
  grants: v.array(vShownGrant), // newest first
  discord: v.union(v.object({ name: v.string(), servers: v.array(vServer) }), v.null()),
});

/** The customer, or null if there is no such person. */
export async function readCustomer(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Infer<typeof vCustomer> | null> {
  const user = await ctx.db.get("users", userId);
  if (user === null) return null;
  const access = await findAccess(ctx, userId);
  const link = await findLink(ctx, userId);
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_SHOWN);
  return {
    userId,
    email: user.email ?? null,
    name: user.name ?? null,
    signedUpAtMs: user._creationTime,
    deletedAtMs: user.deletedAtMs ?? null,
    access: access && { tier: access.tier, untilMs: access.untilMs, shard: access.shard },
    purchases: await readPurchases(ctx, userId),
    identities: identities.map(({ kind, value, sinceMs }) => ({ kind, value, sinceMs })),
    grants: (await readGrants(ctx, userId)).slice(0, MOST_SHOWN).map(toShownGrant),
    discord: link && { name: link.name, servers: await readServers(ctx, userId) },
  };
}

async function readPurchases(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Infer<typeof vShownPurchase>[]> {
  const rows = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_SHOWN);
  return await Promise.all(rows.map((row) => toShownPurchase(ctx, row)));
}

async function toShownPurchase(
  ctx: { db: DatabaseReader },
  row: Doc<"purchases">,
): Promise<Infer<typeof vShownPurchase>> {
  const plan = row.planId === null ? null : await ctx.db.get("plans", row.planId);
  const { provider, anchor, paidAtMs, amount, amountRefunded, currency } = row;
  return {
    purchaseId: row._id,
    provider,
    anchor,
    planName: plan?.name ?? null,
    state: row.status.state,
    terms: row.terms.map(({ fromMs, untilMs }) => ({ fromMs, untilMs })),
    paidAtMs,
    amount,
    amountRefunded,
    currency,
  };
}

function toShownGrant(row: Doc<"grants">): Infer<typeof vShownGrant> {
  const { _id, tier, fromMs, untilMs, reason, revokedAtMs } = row;
  return { grantId: _id, tier, fromMs, untilMs, reason, revokedAtMs };
}
