/**
 * "I bought with another e-mail": a code is mailed there, and who enters it has proven the address.
 *
 * [CLAIM1] Only the code's holder gets what was bought with the address, and only for an hour and eight tries.
 * [CLAIM2] An address that is somebody else's stays theirs, which is said only to who has proven it.
 */
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { hashText } from "../people/hashes.ts";
import { attachIdentity } from "./attach.ts";

const GOOD_FOR_MS = 60 * 60_000;
const TRIES = 8;
const MOST_CLAIMS = 5; // open at once, of one person

/** Remembers what is to be proven; the newest code counts. */
export async function beginClaim(
  ctx: MutationCtx,
  claim: { userId: Id<"users">; email: string; codeHash: string },
): Promise<void> {
  const { userId, email } = claim;
  const open = await openClaims(ctx, userId);
  const tooMany = open.filter((row) => row.email !== email).slice(MOST_CLAIMS - 1);
  const over = open.filter((row) => row.email === email);
  for (const row of [...over, ...tooMany]) await ctx.db.delete("emailClaims", row._id);
  const fresh = { attemptsLeft: TRIES, expiresAtMs: Date.now() + GOOD_FOR_MS };
  await ctx.db.insert("emailClaims", { ...claim, ...fresh });
}

/** `wrong` counts a try. Throws `identity_taken` if the address, now proven, is another account's. */
export async function finishClaim(
  ctx: MutationCtx,
  userId: Id<"users">,
  email: string,
  code: string,
): Promise<"attached" | "wrong"> {
  const row = await ctx.db
    .query("emailClaims")
    .withIndex("by_userId_email", (q) => q.eq("userId", userId).eq("email", email))
    .first();
  if (row === null || row.expiresAtMs <= Date.now() || row.attemptsLeft <= 0) return "wrong";
  if (row.codeHash !== hashText(code)) {
    await ctx.db.patch("emailClaims", row._id, { attemptsLeft: row.attemptsLeft - 1 });
    return "wrong";
  }
  const answer = await attachIdentity(ctx, { kind: "email", value: email, userId });
  if (answer === "taken") {
    const message = "This address belongs to another account here. Ask support to merge the two.";
    throw new ConvexError({ code: "identity_taken", message });
  }
  await ctx.db.delete("emailClaims", row._id);
  return "attached";
}

/** What a person has asked a code for and not proven. */
export async function openClaims(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<Doc<"emailClaims">[]> {
  return await ctx.db
    .query("emailClaims")
    .withIndex("by_userId_email", (q) => q.eq("userId", userId))
    .take(MOST_CLAIMS * 2);
}

/** Forgets a person's open claims. Safe to repeat. */
export async function forgetClaims(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  for (const { _id } of await openClaims(ctx, userId)) await ctx.db.delete("emailClaims", _id);
}

/** Forgets claims that are over. True: there may be more. */
export async function sweepClaims(ctx: MutationCtx): Promise<boolean> {
  const over = await ctx.db
    .query("emailClaims")
    .withIndex("by_expiresAtMs", (q) => q.lt("expiresAtMs", Date.now()))
    .take(100);
  for (const { _id } of over) await ctx.db.delete("emailClaims", _id);
  return over.length === 100;
}
