/** What staff can do about an event or a purchase that leads nowhere. */
import { normalizeEmail, type Ref } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { attachIdentity, findOwner } from "../identities/attach.ts";
import { CUSTOMER_KINDS } from "../identities/validators.ts";
import { tryEvent } from "./receive.ts";
import { settlePurchase } from "./settle.ts";

const REPLAYED_AT_ONCE = 20;

/**
 * Makes a purchase somebody's, and its customer too if that is nobody else's, so that the next one finds its
 * way by itself. Throws `not_found` or `user_gone`.
 */
export async function linkPurchase(
  ctx: MutationCtx,
  purchaseId: Id<"purchases">,
  userId: Id<"users">,
): Promise<{ isCustomerLinked: boolean }> {
  const row = await getPurchase(ctx, purchaseId);
  const user = await ctx.db.get("users", userId);
  if (user === null || user.deletedAtMs !== undefined) {
    throw new ConvexError({ code: "user_gone", message: "This account was deleted." });
  }
  const { provider, anchor, buyerCustomer } = row;
  await ctx.db.insert("purchaseOwners", { provider, ref: anchor, userId, by: "operator" });
  const kind = CUSTOMER_KINDS[provider];
  const linked =
    buyerCustomer === null
      ? "taken"
      : await attachIdentity(ctx, { kind, value: buyerCustomer, userId });
  await settlePurchase(ctx, provider, anchor as Ref, { cause: { kind: "purchase", purchaseId } });
  return { isCustomerLinked: linked !== "taken" };
}

/** Says of one purchase whether it may be a trial, whatever the guard says. */
export async function overrideTrial(
  ctx: MutationCtx,
  purchaseId: Id<"purchases">,
  decided: { isAllowed: boolean; reason: string },
): Promise<void> {
  const { provider, anchor } = await getPurchase(ctx, purchaseId);
  await ctx.db.insert("trialOverrides", { provider, ref: anchor, ...decided, atMs: Date.now() });
  await settlePurchase(ctx, provider, anchor as Ref, { cause: { kind: "purchase", purchaseId } });
}

export interface ReplayedGroup {
  readonly state: "failed" | "waiting";
  readonly cause: string;
  readonly afterMs: number; // received then,
  readonly afterCreation: number; // and stored after this, or received later
  readonly untilMs: number;
}

/**
 * Replays a batch of those that are in this state for this cause since before `untilMs`; schedules the next. Those
 * that fail again are still there: a batch goes on behind the last event, also within one instant.
 */
export async function replayGroup(ctx: MutationCtx, group: ReplayedGroup): Promise<void> {
  const events = await readBatch(ctx, group);
  for (const { _id } of events) await tryEvent(ctx, _id, { kind: "event", eventId: _id });
  const last = events.at(-1);
  if (last === undefined) return;
  const next = { ...group, afterMs: last.receivedAtMs, afterCreation: last._creationTime };
  await ctx.scheduler.runAfter(0, internal.payments.replayGroup, next);
}

async function readBatch(
  ctx: Pick<QueryCtx, "db">,
  { state, cause, afterMs, afterCreation, untilMs }: ReplayedGroup,
): Promise<Doc<"paymentEvents">[]> {
  const sameInstant = await ctx.db
    .query("paymentEvents")
    .withIndex("by_state_cause_receivedAtMs", (q) =>
      q
        .eq("state", state)
        .eq("cause", cause)
        .eq("receivedAtMs", afterMs)
        .gt("_creationTime", afterCreation),
    )
    .take(REPLAYED_AT_ONCE);
  if (sameInstant.length > 0) return sameInstant;
  return await ctx.db
    .query("paymentEvents")
    .withIndex("by_state_cause_receivedAtMs", (q) =>
      q
        .eq("state", state)
        .eq("cause", cause)
        .gt("receivedAtMs", afterMs)
        .lte("receivedAtMs", untilMs),
    )
    .take(REPLAYED_AT_ONCE);
}

/** The living account of a verified e-mail. Throws `user_not_found`. */
export async function getUserByEmail(
  ctx: Pick<QueryCtx, "db">,
  email: string,
): Promise<Id<"users">> {
  const value = normalizeEmail(email);
  const userId = value === null ? null : await findOwner(ctx, "email", value);
  if (userId !== null) return userId;
  const message = "Nobody here has verified this e-mail.";
  throw new ConvexError({ code: "user_not_found", message });
}

async function getPurchase(
  ctx: Pick<QueryCtx, "db">,
  purchaseId: Id<"purchases">,
): Promise<Doc<"purchases">> {
  const row = await ctx.db.get("purchases", purchaseId);
  if (row !== null) return row;
  throw new ConvexError({ code: "not_found", message: "This purchase is gone." });
}
