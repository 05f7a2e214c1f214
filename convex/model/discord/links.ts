/**
 * Which Discord account is whose. The only writer of `discordLinks`.
 *
 * [DLN1] A Discord account belongs to one person, a person has one that acts for them, and it is among their
 *        identities.
 * [DLN2] Signing in with Discord links the account, unless another one is linked already.
 * [DLN3] Another account takes the place of the one before, which is nobody's then, and no way in.
 * [DLN4] Unlinking makes the account nobody's; who has no other way in is refused.
 * [DLN5] Every change settles joins and roles in its transaction, of the account that goes as well.
 */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { attachIdentity, detachIdentity } from "../identities/attach.ts";
import { queueMail } from "../mail/store.ts";
import { discordMail } from "../people/accountMails.ts";
import { deleteWayIn } from "../people/waysIn.ts";
import { findLink } from "./find.ts";
import { forgetMembers, moveMembers, reopenRefused } from "./members.ts";
import { settleDiscordOf } from "./settle.ts";
import { dropTokens, keepTokens } from "./tokens.ts";
import type { DiscordProfile, SealedTokens } from "./validators.ts";

const MOST_WAYS_IN = 100;

/** What somebody has proven at Discord. */
export interface ProvenAccount {
  readonly userId: Id<"users">;
  readonly profile: DiscordProfile;
  readonly mayJoin: boolean;
  readonly tokens: SealedTokens;
}

/** Links the account, in place of another. `taken`: it is another person's, and nothing was changed. */
export async function saveLink(
  ctx: MutationCtx,
  { userId, profile, mayJoin, tokens }: ProvenAccount,
): Promise<"linked" | "taken"> {
  const { discordId } = profile;
  const outcome = await attachIdentity(ctx, { kind: "discord", value: discordId, userId });
  if (outcome === "taken") return "taken";
  const before = await findLink(ctx, userId);
  if (before !== null && before.discordId !== discordId) await dropLink(ctx, before);
  const linkId = await writeLink(ctx, { userId, profile, mayJoin });
  await keepTokens(ctx, linkId, tokens);
  await reopenRefused(ctx, userId);
  await settleDiscordOf(ctx, userId);
  if (before?.discordId !== discordId)
    await tellOwner(
      ctx,
      userId,
      `${profile.name} at Discord is linked to your account: it signs you in.`,
    );
  return "linked";
}

/** What a sign-in with Discord proves. The identity is attached already. */
export async function linkSignedIn(
  ctx: MutationCtx,
  userId: Id<"users">,
  profile: DiscordProfile,
): Promise<void> {
  const before = await findLink(ctx, userId);
  if (before !== null && before.discordId !== profile.discordId) return;
  const linkId = await writeLink(ctx, { userId, profile, mayJoin: before?.mayJoin ?? false });
  if (before !== null) return;
  await keepTokens(ctx, linkId, null);
  await settleDiscordOf(ctx, userId);
}

/** Unlinks. Safe to repeat. */
export async function unlink(
  ctx: MutationCtx,
  userId: Id<"users">,
): Promise<"unlinked" | "only_way_in"> {
  const link = await findLink(ctx, userId);
  if (link === null) return "unlinked";
  if (await isOnlyWayIn(ctx, link)) return "only_way_in";
  await dropLink(ctx, link);
  await settleDiscordOf(ctx, userId);
  await tellOwner(ctx, userId, `${link.name} at Discord is not linked to your account any more.`);
  return "unlinked";
}

/** Whether the person could not sign in any more without this account. */
export async function isOnlyWayIn(
  ctx: Pick<QueryCtx, "db">,
  { userId, discordId }: Doc<"discordLinks">,
): Promise<boolean> {
  const ways = await waysInOf(ctx, userId);
  return !ways.some((way) => !isWayOf(way, discordId) && isUsable(way));
}

/** Forgets the link of a person who is gone. Safe to repeat. */
export async function forgetLink(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const link = await findLink(ctx, userId);
  if (link !== null) await dropLink(ctx, link);
}

/** In a merge: the link goes along, unless the account that stays has one. */
export async function mergeLinks(
  ctx: MutationCtx,
  from: Id<"users">,
  into: Id<"users">,
): Promise<void> {
  const link = await findLink(ctx, from);
  if (link === null) return;
  const stays = await findLink(ctx, into);
  if (stays === null) {
    await ctx.db.patch("discordLinks", link._id, { userId: into });
    await moveMembers(ctx, from, into);
  } else {
    await endLink(ctx, link); // its identity has moved: it is a way in to the account that stays
  }
}

async function writeLink(
  ctx: MutationCtx,
  { userId, profile, mayJoin }: Omit<ProvenAccount, "tokens">,
): Promise<Id<"discordLinks">> {
  const link = await findLink(ctx, userId);
  const fields = { ...profile, mayJoin };
  if (link === null) {
    return await ctx.db.insert("discordLinks", { userId, ...fields, linkedAtMs: Date.now() });
  }
  await ctx.db.patch("discordLinks", link._id, fields);
  return link._id;
}

/** The account is nobody's, and no way in, from now on. */
async function dropLink(ctx: MutationCtx, link: Doc<"discordLinks">): Promise<void> {
  const { userId, discordId } = link;
  await detachIdentity(ctx, { kind: "discord", value: discordId, userId });
  for (const way of await waysInOf(ctx, userId)) {
    if (isWayOf(way, discordId)) await deleteWayIn(ctx, way);
  }
  await endLink(ctx, link);
}

async function endLink(ctx: MutationCtx, { _id, userId }: Doc<"discordLinks">): Promise<void> {
  await dropTokens(ctx, _id);
  await forgetMembers(ctx, userId);
  await ctx.db.delete("discordLinks", _id);
}

async function waysInOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<Doc<"authAccounts">[]> {
  return await ctx.db
    .query("authAccounts")
    .withIndex("userIdAndProvider", (q) => q.eq("userId", userId))
    .take(MOST_WAYS_IN);
}

function isWayOf(way: Doc<"authAccounts">, discordId: string): boolean {
  return way.provider === "discord" && way.providerAccountId === discordId;
}

/** A password that was never proven opens nothing. */
function isUsable({ provider, emailVerified }: Doc<"authAccounts">): boolean {
  return provider !== "password" || emailVerified !== undefined;
}

/** A linked account is a way in: its owner hears of it. */
async function tellOwner(ctx: MutationCtx, userId: Id<"users">, what: string): Promise<void> {
  const user = await ctx.db.get("users", userId);
  if (user?.email === undefined || user.emailVerificationTime === undefined) return;
  await queueMail(ctx, discordMail(user.email, what));
}
