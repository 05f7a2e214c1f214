/**
 * Says whose an e-mail, a Discord account or a provider's customer is.
 *
 * [IDN1] (kind, value) belongs to one user, ever; a deleted user holds nothing.
 * [IDN2] Attaching twice changes nothing.
 * [IDN3] Of what waited for it, each purchase is settled on its own, and tried again by itself.
 */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { afterIdentityAttached, afterIdentityDetached } from "./hooks.ts";

export type IdentityKind = Doc<"identities">["kind"];

export interface NewIdentity {
  readonly kind: IdentityKind;
  readonly value: string; // normalised, and proven to be the user's
  readonly userId: Id<"users">;
}

/** `taken`: it is another user's, and nothing was changed. Safe to repeat. */
export async function attachIdentity(
  ctx: MutationCtx,
  { kind, value, userId }: NewIdentity,
): Promise<"attached" | "alreadyYours" | "taken"> {
  const row = await findIdentity(ctx, kind, value);
  if (row?.userId === userId) return "alreadyYours";
  if (row !== null && (await isAlive(ctx, row.userId))) return "taken";
  if (row !== null) await ctx.db.delete("identities", row._id);
  const made = { kind, value, userId, sinceMs: Date.now() };
  const _id = await ctx.db.insert("identities", made);
  await afterIdentityAttached(ctx, { _id, ...made });
  return "attached";
}

/** The living user it belongs to, or null. */
export async function findOwner(
  ctx: Pick<QueryCtx, "db">,
  kind: IdentityKind,
  value: string,
): Promise<Id<"users"> | null> {
  const row = await findIdentity(ctx, kind, value);
  return row !== null && (await isAlive(ctx, row.userId)) ? row.userId : null;
}

/** Takes it from its user. Safe to repeat. */
export async function detachIdentity(
  ctx: MutationCtx,
  { kind, value, userId }: NewIdentity,
): Promise<void> {
  const row = await findIdentity(ctx, kind, value);
  if (row?.userId !== userId) return;
  await ctx.db.delete("identities", row._id);
  await afterIdentityDetached(ctx, row);
}

/** Whose it is, be they living or gone; null: nobody's. */
export async function findIdentity(
  ctx: Pick<QueryCtx, "db">,
  kind: IdentityKind,
  value: string,
): Promise<Doc<"identities"> | null> {
  return await ctx.db
    .query("identities")
    .withIndex("by_kind_value", (q) => q.eq("kind", kind).eq("value", value))
    .unique();
}

async function isAlive(ctx: Pick<QueryCtx, "db">, userId: Id<"users">): Promise<boolean> {
  const user = await ctx.db.get("users", userId);
  return user !== null && user.deletedAtMs === undefined;
}
