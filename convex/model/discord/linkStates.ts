/**
 * Links that were begun: what ties the browser that comes back from Discord to the person who left.
 *
 * [LNKS1] A state is good once, for ten minutes, for the person and the session that began it.
 * [LNKS2] Whoever brings a state has used it up, also if it was not theirs; only its hash is stored.
 * [LNKS3] A person has at most five open; the oldest goes first.
 */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { hashText } from "../people/hashes.ts";
import type { LinkRefusalCode } from "./refusals.ts";

const GOOD_FOR_MS = 10 * 60_000;
const MOST_OPEN = 5;
const SWEPT_AT_ONCE = 100;

type NewState = Pick<
  Doc<"discordLinkStates">,
  "stateHash" | "userId" | "sessionId" | "verifier" | "returnTo"
>;

export type Taken =
  | { ok: true; verifier: string; returnTo: string }
  | { ok: false; code: LinkRefusalCode };

/** Remembers what was begun. */
export async function beginState(ctx: MutationCtx, state: NewState): Promise<void> {
  const open = await openStates(ctx, state.userId);
  for (const { _id } of open.slice(MOST_OPEN - 1)) await ctx.db.delete("discordLinkStates", _id);
  const expiresAtMs = Date.now() + GOOD_FOR_MS;
  await ctx.db.insert("discordLinkStates", { ...state, expiresAtMs });
}

/** Uses a state up. Answers instead of throwing, so that it stays used up. */
export async function takeState(
  ctx: MutationCtx,
  came: { state: string; userId: Id<"users">; sessionId: Id<"authSessions"> },
): Promise<Taken> {
  const row = await ctx.db
    .query("discordLinkStates")
    .withIndex("by_stateHash", (q) => q.eq("stateHash", hashText(came.state)))
    .unique();
  if (row === null) return { ok: false, code: "state_unknown" };
  await ctx.db.delete("discordLinkStates", row._id);
  const isTheirs = row.userId === came.userId && row.sessionId === came.sessionId;
  if (!isTheirs) return { ok: false, code: "state_foreign" };
  if (row.expiresAtMs <= Date.now()) return { ok: false, code: "state_expired" };
  return { ok: true, verifier: row.verifier, returnTo: row.returnTo };
}

/** Forgets what a person has begun. Safe to repeat. */
export async function forgetStates(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  for (const { _id } of await openStates(ctx, userId)) {
    await ctx.db.delete("discordLinkStates", _id);
  }
}

/** Forgets what is over. True: there may be more. */
export async function sweepStates(ctx: MutationCtx): Promise<boolean> {
  const over = await ctx.db
    .query("discordLinkStates")
    .withIndex("by_expiresAtMs", (q) => q.lt("expiresAtMs", Date.now()))
    .take(SWEPT_AT_ONCE);
  for (const { _id } of over) await ctx.db.delete("discordLinkStates", _id);
  return over.length === SWEPT_AT_ONCE;
}

async function openStates(
  ctx: MutationCtx,
  userId: Id<"users">,
): Promise<Doc<"discordLinkStates">[]> {
  return await ctx.db
    .query("discordLinkStates")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_OPEN * 2);
}
