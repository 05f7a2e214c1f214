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
import { findOwner, type Ownership } from "./owner.ts";
import { findPlanId } from "./plans.ts";
import { holdsSettling } from "./rebuildState.ts";
import { graceMs } from "./settings.ts";
import { markApplied } from "./standing.ts";
import { isTrialRefused, readClaimsOf, writeClaims } from "./trials.ts";
import type { PurchaseProblem } from "./validators.ts";

type Row = Omit<Doc<"purchases">, "_creationTime">;
type Fields = Omit<Row, "_id">;

/** Why somebody's access is decided anew. */
export interface Settling {
  readonly cause: TimelineCause;
  readonly applying?: Id<"paymentEvents">; // whoever applies this event puts down where it stands
}

/** What is stored of a purchase. */
interface Known {
  readonly rows: readonly Doc<"purchases">[]; // the one to keep first
  readonly claims: readonly Doc<"trialClaims">[]; // of that one
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
  return await settleGroup(ctx, provider, await readGroup(ctx, provider, [start]), settling);
}

/** Settles the purchase of a group, whose facts must be complete. Null: it is no purchase yet. */
export async function settleGroup(
  ctx: MutationCtx,
  provider: Provider,
  group: Group,
  settling: Settling,
): Promise<Id<"purchases"> | null> {
  const purchase = foldPurchase(provider, group.facts, { graceMs: graceMs() });
  if (purchase === null) return null;
  const [known, found, planId] = await Promise.all([
    readKnown(ctx, group, purchase),
    findOwner(ctx, provider, group.refs, purchase.buyer),
    findPlanId(ctx, purchase),
  ]);
  const userId = await keepOwner(ctx, purchase, found);
  const row = await writeRow(ctx, known.rows, fieldsOf(purchase, userId, planId));
  await joinEvents(ctx, group, row._id, settling);
  const concerned = await writeClaims(ctx, row, known.claims, { purchase, group });
  await applyTrial(ctx, row, group);
  const users = new Set([...known.rows.map((before) => before.userId), userId]);
  for (const id of users) {
    if (id !== null) await recomputeAccess(ctx, id, settling.cause);
  }
  for (const id of concerned) await trySettling(ctx, id, settling.cause, 0);
  await learnBuyer(ctx, purchase, found);
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

/** The rows that the group's purchase has had. */
async function readKnown(ctx: MutationCtx, group: Group, purchase: Purchase): Promise<Known> {
  const ids = new Set(group.rows.map(({ purchaseId }) => purchaseId).filter((id) => id !== null));
  const found = await Promise.all([
    ctx.db
      .query("purchases")
      .withIndex("by_provider_anchor", (q) =>
        q.eq("provider", purchase.provider).eq("anchor", purchase.anchor),
      )
      .unique(),
    ...[...ids].map(async (id) => await ctx.db.get("purchases", id)),
  ]);
  const unique = new Map(found.filter((row) => row !== null).map((row) => [row._id, row]));
  const rows = [...unique.values()];
  const [kept] = rows;
  return { rows, claims: kept === undefined ? [] : await readClaimsOf(ctx, kept._id) };
}

/** Whose the purchase becomes. Who was found by an e-mail keeps it when they change theirs. */
async function keepOwner(
  ctx: MutationCtx,
  purchase: Purchase,
  { userId, isByEmail }: Ownership,
): Promise<Id<"users"> | null> {
  if (userId === null || !isByEmail) return userId;
  // Anybody can type an e-mail into orders without end; who pays for one is worth looking for.
  if (isUnpaid(purchase)) return null;
  const { provider, anchor } = purchase;
  await ctx.db.insert("purchaseOwners", { provider, ref: anchor, userId, by: "email" });
  return userId;
}

function fieldsOf(
  purchase: Purchase,
  userId: Id<"users"> | null,
  planId: Id<"plans"> | null,
): Fields {
  const { provider, anchor, kind, status, paidAtMs, money, isTrial, warnings, buyer } = purchase;
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
): Promise<Row> {
  for (const row of merged) await removePurchase(ctx, row);
  if (kept === undefined) return { _id: await ctx.db.insert("purchases", fields), ...fields };
  await ctx.db.replace("purchases", kept._id, fields);
  return { _id: kept._id, ...fields };
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
  { applying }: Settling,
): Promise<void> {
  for (const row of rows) {
    if (row.purchaseId === purchaseId) continue;
    await ctx.db.patch("paymentFacts", row._id, { purchaseId });
    if (row.eventId !== applying) await markApplied(ctx, row.eventId);
  }
}

/** A refused trial is kept without its terms: nobody can take them for access. */
async function applyTrial(ctx: MutationCtx, row: Row, group: Group): Promise<void> {
  if (!(await isTrialRefused(ctx, row, group))) return;
  await ctx.db.patch("purchases", row._id, {
    isTrialRefused: true,
    terms: [],
    problem: row.problem ?? "trial_refused",
  });
}

/**
 * From an event that names our user and the provider's customer, the customer is known from now on. Not at
 * Sell.app: there whoever types somebody's e-mail is that customer, and needs not even pay.
 */
async function learnBuyer(
  ctx: MutationCtx,
  { provider, buyer }: Purchase,
  { carried, customerOf }: Ownership,
): Promise<void> {
  if (buyer.customerRef === null || provider === "sellapp") return;
  if (carried === null || carried === customerOf) return;
  await learnCustomer(ctx, provider, buyer.customerRef, carried);
}
