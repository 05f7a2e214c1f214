/**
 * Brings one purchase up to what its events say: the only writer of `purchases` but for
 * its plan, which `replan.ts` brings up to the catalogue.
 *
 *   group of refs -> facts -> fold -> whose, which plan, which trial -> row -> access of everybody concerned
 *
 * [SETTLE1] The row depends on the set of events, identities and plans alone: not on their order, and not on
 *           how often this ran.
 * [SETTLE2] Access follows in the same transaction, also that of whoever had the purchase before.
 * [SETTLE3] Two purchases that an event shows to be one become one row.
 */
import {
  foldPurchase,
  MAX_ATTEMPTS,
  normalizeEmail,
  type Provider,
  type Purchase,
  pseudonymIn,
  type Ref,
  retryDelayMs,
} from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";
import type { TimelineCause } from "../access/validators.ts";
import { learnCustomer } from "./customers.ts";
import { type Group, readGroup } from "./factRows.ts";
import { findCarriedUser, findOwner } from "./owner.ts";
import { findPlanId } from "./plans.ts";
import { holdsSettling } from "./rebuildState.ts";
import { graceMs } from "./settings.ts";
import { markApplied } from "./standing.ts";
import { isTrialRefused, writeClaims } from "./trials.ts";
import type { PurchaseProblem } from "./validators.ts";

type Fields = Omit<Doc<"purchases">, "_id" | "_creationTime">;

/** Why somebody's access is decided anew. */
export interface Settling {
  readonly cause: TimelineCause;
}

/**
 * Settles the purchase a ref belongs to. Null: what is known about it is no purchase yet. Throws
 * `rebuilding` while facts are incomplete, `group_too_large`.
 */
export async function settlePurchase(
  ctx: MutationCtx,
  provider: Provider,
  start: Ref,
  settling: Settling,
): Promise<Id<"purchases"> | null> {
  if (await holdsSettling(ctx)) throw beingRebuilt();
  const group = await readGroup(ctx, provider, start);
  const purchase = foldPurchase(provider, group.facts, { graceMs: graceMs() });
  if (purchase === null) return null;
  const known = await readKnown(ctx, group, purchase);
  const fields = await fieldsOf(ctx, purchase, group);
  const row = await writeRow(ctx, known, fields);
  await joinEvents(ctx, group, row._id);
  const concerned = await writeClaims(ctx, row, purchase, group);
  await applyTrial(ctx, row, fields, group);
  const users = new Set([...known.map(({ userId }) => userId), row.userId]);
  for (const userId of users) {
    if (userId !== null) await recomputeAccess(ctx, userId, settling.cause);
  }
  for (const id of concerned) await trySettling(ctx, id, settling.cause, 0);
  await learnBuyer(ctx, purchase);
  return row._id;
}

function beingRebuilt(): ConvexError<{ code: string; message: string }> {
  const message = "Payments are just being read anew from their log. Try again in a few minutes.";
  return new ConvexError({ code: "rebuilding", message });
}

/** Settles a purchase that is known. */
export async function settleAgain(
  ctx: MutationCtx,
  purchaseId: Id<"purchases">,
  settling: Settling,
): Promise<void> {
  const row = await ctx.db.get("purchases", purchaseId);
  if (row !== null) await settlePurchase(ctx, row.provider, row.anchor as Ref, settling);
}

/** Settles a purchase in a transaction of its own; one that fails holds up nobody, and is tried again. */
export async function trySettling(
  ctx: MutationCtx,
  purchaseId: Id<"purchases">,
  cause: TimelineCause,
  failures: number,
): Promise<void> {
  try {
    await ctx.runMutation(internal.payments.settle, { purchaseId, cause });
  } catch {
    const attempts = failures + 1;
    if (attempts >= MAX_ATTEMPTS) return;
    const again = { purchaseId, cause, attempts };
    await ctx.scheduler.runAfter(retryDelayMs(attempts), internal.payments.retrySettling, again);
  }
}

/** The rows that the group's purchase has had, the one to keep first. */
async function readKnown(
  ctx: MutationCtx,
  group: Group,
  purchase: Purchase,
): Promise<Doc<"purchases">[]> {
  const ids = new Set(group.rows.map(({ purchaseId }) => purchaseId).filter((id) => id !== null));
  const found = await Promise.all([...ids].map(async (id) => await ctx.db.get("purchases", id)));
  const anchored = await ctx.db
    .query("purchases")
    .withIndex("by_provider_anchor", (q) =>
      q.eq("provider", purchase.provider).eq("anchor", purchase.anchor),
    )
    .unique();
  const rows = [anchored, ...found].filter((row) => row !== null);
  return [...new Map(rows.map((row) => [row._id, row])).values()];
}

async function fieldsOf(ctx: MutationCtx, purchase: Purchase, group: Group): Promise<Fields> {
  const { provider, anchor, kind, status, paidAtMs, money, isTrial, warnings, buyer } = purchase;
  const found = await findOwner(ctx, provider, group.refs, buyer);
  // Anybody can type an e-mail into orders without end; who pays for one is worth looking for.
  const owner = found?.isByEmail === true && isUnpaid(purchase) ? null : found;
  const userId = owner?.userId ?? null;
  if (owner?.isByEmail === true) {
    const word = { userId: owner.userId, by: "email" } as const;
    await ctx.db.insert("purchaseOwners", { provider, ref: anchor, ...word });
  }
  const planId = await findPlanId(ctx, purchase);
  return {
    provider,
    anchor,
    userId,
    planId,
    kind,
    status,
    terms: purchase.terms.map((term) => ({ ...term, products: [...term.products] })),
    paidAtMs,
    amount: money.amount,
    amountRefunded: money.refunded,
    currency: money.currency,
    isTrial,
    isTrialRefused: false,
    warnings,
    buyerCarriedId: buyer.userIdCarried,
    buyerCustomer: buyer.customerRef,
    buyerEmail: buyer.email === null ? null : normalizeEmail(buyer.email),
    productRefs: [...purchase.products],
    problem: problemOf(purchase, userId, planId),
    updatedAtMs: purchase.lastFactAtMs,
  };
}

function isUnpaid({ terms, paidAtMs }: Purchase): boolean {
  return terms.length === 0 && paidAtMs === null;
}

/** Nobody has to see to what was never paid, nor to what somebody left behind who was deleted. */
function problemOf(
  purchase: Purchase,
  userId: Id<"users"> | null,
  planId: Id<"plans"> | null,
): PurchaseProblem | null {
  if (isUnpaid(purchase)) return null;
  if (userId === null) return pseudonymIn(purchase.buyer.email) === null ? "no_user" : null;
  return planId === null ? "no_plan" : null;
}

async function writeRow(
  ctx: MutationCtx,
  [kept, ...merged]: readonly Doc<"purchases">[],
  fields: Fields,
): Promise<Doc<"purchases">> {
  for (const row of merged) await removePurchase(ctx, row);
  const id = kept?._id ?? (await ctx.db.insert("purchases", fields));
  if (kept !== undefined) await ctx.db.replace("purchases", id, fields);
  const row = await ctx.db.get("purchases", id);
  if (row === null) throw new Error(`purchase ${id} is gone in the transaction that wrote it`);
  return row;
}

/** Takes away a purchase that is none, or part of another, with its claims. Access is the caller's to decide anew. */
export async function removePurchase(ctx: MutationCtx, row: Doc<"purchases">): Promise<void> {
  const claims = await ctx.db
    .query("trialClaims")
    .withIndex("by_purchaseId", (q) => q.eq("purchaseId", row._id))
    .take(10);
  for (const claim of claims) await ctx.db.delete("trialClaims", claim._id);
  await ctx.db.delete("purchases", row._id);
}

/** Events that waited for this purchase are applied now. */
async function joinEvents(
  ctx: MutationCtx,
  { rows }: Group,
  purchaseId: Id<"purchases">,
): Promise<void> {
  for (const row of rows) {
    if (row.purchaseId === purchaseId) continue;
    await ctx.db.patch("paymentFacts", row._id, { purchaseId });
    await markApplied(ctx, row.eventId);
  }
}

/** A refused trial is kept without its terms: nobody can take them for access. */
async function applyTrial(
  ctx: MutationCtx,
  row: Doc<"purchases">,
  { problem }: Fields,
  group: Group,
): Promise<void> {
  if (!(await isTrialRefused(ctx, row, group))) return;
  await ctx.db.patch("purchases", row._id, {
    isTrialRefused: true,
    terms: [],
    problem: problem ?? "trial_refused",
  });
}

/**
 * From an event that names our user and the provider's customer, the customer is known from now on. Not at
 * Sell.app: there whoever types somebody's e-mail is that customer, and needs not even pay.
 */
async function learnBuyer(ctx: MutationCtx, { provider, buyer }: Purchase): Promise<void> {
  if (buyer.customerRef === null || provider === "sellapp") return;
  const userId = await findCarriedUser(ctx, buyer.userIdCarried);
  if (userId !== null) await learnCustomer(ctx, provider, buyer.customerRef, userId);
}
