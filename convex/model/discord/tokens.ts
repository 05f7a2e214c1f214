/**
 * The rows of sealed tokens. What is sealed is opened in actions only.
 *
 * [TOK1] Tokens of a link that ended are revoked at Discord, however long Discord is away: until then they wait,
 *        sealed, in a row of their own that names nobody.
 */
import { retryDelayMs } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findTokens } from "./find.ts";
import type { SealedTokens } from "./validators.ts";

const OVERDUE_MS = 5 * 60_000; // a run takes seconds
const MOST_ATTEMPTS = 200; // two days of asking: Discord forgets unused tokens by itself
const AT_ONCE = 50;

/** Keeps tokens beside a link, instead of those before. null: there are none. */
export async function keepTokens(
  ctx: MutationCtx,
  linkId: Id<"discordLinks">,
  tokens: SealedTokens | null,
): Promise<void> {
  const kept = tokens ?? { sealed: null, keyId: null, expiresAtMs: 0 };
  const row = await findTokens(ctx, linkId);
  if (row === null) await ctx.db.insert("discordTokens", { linkId, ...kept, busyUntilMs: 0 });
  else await ctx.db.patch("discordTokens", row._id, kept);
}

/** Forgets the tokens of a link that ends, and has Discord revoke them. */
export async function dropTokens(ctx: MutationCtx, linkId: Id<"discordLinks">): Promise<void> {
  const row = await findTokens(ctx, linkId);
  if (row === null) return;
  await ctx.db.delete("discordTokens", row._id);
  if (row.sealed !== null) await beginRevocation(ctx, row.sealed);
}

/** Has Discord revoke tokens that belong to no link. */
export async function beginRevocation(ctx: MutationCtx, sealed: string): Promise<void> {
  const row = { sealed, attempt: 0, dueAtMs: Date.now() };
  const revocationId = await ctx.db.insert("discordRevocations", row);
  await ctx.scheduler.runAfter(0, internal.discordTokens.revoke, { revocationId });
}

/** Settles an attempt: done, or once more later. Safe to repeat. */
export async function settleRevocation(
  ctx: MutationCtx,
  revocationId: Id<"discordRevocations">,
  isDone: boolean,
): Promise<void> {
  const row = await ctx.db.get("discordRevocations", revocationId);
  if (row === null) return;
  const attempt = row.attempt + 1;
  if (isDone || attempt >= MOST_ATTEMPTS) {
    await ctx.db.delete("discordRevocations", revocationId);
    return;
  }
  const waitMs = retryDelayMs(attempt);
  await ctx.db.patch("discordRevocations", revocationId, { attempt, dueAtMs: Date.now() + waitMs });
  await ctx.scheduler.runAfter(waitMs, internal.discordTokens.revoke, { revocationId });
}

/** Tries again what was to be revoked long ago: its run was lost. */
export async function sweepRevocations(ctx: MutationCtx): Promise<void> {
  const overdue = await ctx.db
    .query("discordRevocations")
    .withIndex("by_dueAtMs", (q) => q.lt("dueAtMs", Date.now() - OVERDUE_MS))
    .take(AT_ONCE);
  for (const { _id } of overdue) {
    await ctx.db.patch("discordRevocations", _id, { dueAtMs: Date.now() });
    await ctx.scheduler.runAfter(0, internal.discordTokens.revoke, { revocationId: _id });
  }
}

/** Tokens sealed with another key than this one. */
export async function sealedOtherwise(
  ctx: MutationCtx,
  keyId: string,
): Promise<Doc<"discordTokens">[]> {
  const before = await ctx.db
    .query("discordTokens")
    .withIndex("by_keyId", (q) => q.gt("keyId", null).lt("keyId", keyId))
    .take(AT_ONCE);
  const after = await ctx.db
    .query("discordTokens")
    .withIndex("by_keyId", (q) => q.gt("keyId", keyId))
    .take(AT_ONCE);
  return [...before, ...after].slice(0, AT_ONCE);
}
