/**
 * Rewrites the payment events that speak of a deleted person, in bounded batches: each is a transaction that
 * schedules the next. A batch may run twice; a rewritten event is rewritten to itself.
 */
import { normalizeEmail, type PersonMarks, pseudonymise, speaksOf } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { tryEvent } from "../payments/receive.ts";

const BATCH_ROWS = 50;
const BATCH_BYTES = 4_000_000; // a transaction may read 16 MiB, and reads what it rewrites again
const MOST_ROWS = 500;
const LATE_MS = 24 * 60 * 60_000; // what was on its way at deletion is looked at once more

/** What the person is known by in events: e-mails, our id, the ids of their objects at the providers. */
export async function collectMarks(
  ctx: QueryCtx,
  user: Doc<"users">,
): Promise<{ emails: string[]; ids: string[] }> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", user._id))
    .take(MOST_ROWS);
  const purchases = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", user._id))
    .take(MOST_ROWS);
  const refs = await Promise.all(purchases.map(async (purchase) => await refsOf(ctx, purchase)));
  const emails = [
    normalizeEmail(user.email ?? ""),
    ...identities.filter(({ kind }) => kind === "email").map(({ value }) => value),
    ...purchases.map(({ buyerEmail }) => buyerEmail),
  ];
  const ids = [
    user._id,
    ...identities.filter(({ kind }) => kind !== "email").map(({ value }) => value),
    ...purchases.map(({ buyerCustomer }) => buyerCustomer),
    ...refs.flat().map((ref) => ref.slice(ref.indexOf(":") + 1)),
  ];
  return { emails: known(emails), ids: known(ids) };
}

/** Begins to rewrite what was received up to now. */
export async function beginErasure(
  ctx: MutationCtx,
  person: Pick<Doc<"erasures">, "userId" | "pseudonym" | "emails" | "ids">,
): Promise<void> {
  const range = { fromMs: 0, untilMs: Date.now(), cursor: null, isLast: false };
  const erasureId = await ctx.db.insert("erasures", { ...person, ...range });
  await ctx.scheduler.runAfter(0, internal.erasures.run, { erasureId });
}

/** One batch. Schedules the next, or ends. */
export async function runErasure(ctx: MutationCtx, erasureId: Id<"erasures">): Promise<void> {
  const erasure = await ctx.db.get("erasures", erasureId);
  if (erasure === null) return;
  const { fromMs, untilMs, cursor, isLast } = erasure;
  const batch = await ctx.db
    .query("paymentEvents")
    .withIndex("by_receivedAtMs", (q) => q.gte("receivedAtMs", fromMs).lte("receivedAtMs", untilMs))
    .paginate({ cursor, numItems: BATCH_ROWS, maximumBytesRead: BATCH_BYTES });
  for (const event of batch.page) await rewrite(ctx, event, erasure);
  if (!batch.isDone) {
    await ctx.db.patch("erasures", erasureId, { cursor: batch.continueCursor });
    await ctx.scheduler.runAfter(0, internal.erasures.run, { erasureId });
    return;
  }
  await forgetBuyer(ctx, erasure);
  if (isLast) await ctx.db.delete("erasures", erasureId);
  else await lookOnceMore(ctx, erasure);
}

/** In a day, for events that were on their way at the deletion. */
async function lookOnceMore(ctx: MutationCtx, { _id, untilMs }: Doc<"erasures">): Promise<void> {
  const range = { fromMs: untilMs, untilMs: untilMs + LATE_MS, cursor: null, isLast: true };
  await ctx.db.patch("erasures", _id, range);
  await ctx.scheduler.runAfter(LATE_MS, internal.erasures.run, { erasureId: _id });
}

async function rewrite(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
  erasure: PersonMarks & { readonly pseudonym: string },
): Promise<void> {
  if (!speaksOf(event.body, erasure)) return;
  const body = pseudonymise(event.body, erasure, erasure.pseudonym);
  if (body === event.body) return;
  await ctx.db.patch("paymentEvents", event._id, { body });
  // What was read from the body is read anew: facts, the purchase's e-mail, the keys of trials.
  await tryEvent(ctx, event._id, { kind: "deletion" });
}

/** The e-mail that a purchase was made with. */
async function forgetBuyer(ctx: MutationCtx, { userId, pseudonym }: Doc<"erasures">) {
  const purchases = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .take(MOST_ROWS);
  for (const { _id, buyerEmail } of purchases) {
    if (buyerEmail === null || buyerEmail.startsWith(pseudonym)) continue;
    await ctx.db.patch("purchases", _id, { buyerEmail: `${pseudonym}@deleted.invalid` });
  }
}

/** Every ref of the purchase: its anchor and what is linked to it. */
async function refsOf(
  ctx: QueryCtx,
  { provider, anchor }: Pick<Doc<"purchases">, "provider" | "anchor">,
): Promise<string[]> {
  const found = new Set([anchor]);
  for (const ref of found) {
    const links = await ctx.db
      .query("paymentRefs")
      .withIndex("by_provider_ref_other", (q) => q.eq("provider", provider).eq("ref", ref))
      .take(MOST_ROWS);
    for (const { other } of links) if (found.size < MOST_ROWS) found.add(other);
  }
  return [...found];
}

function known(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null && value !== ""))] as string[];
}
