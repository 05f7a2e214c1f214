/**
 * Whose account a sign-in is: called by Convex Auth before it writes an account or a session.
 *
 *   password, new      a user of its own, unproven: nobody signs in to it yet
 *   code from a mail   proves the e-mail: it becomes an identity; if it is another user's main one already (who
 *                      came with Discord), the password joins that user, since both proved the same mailbox
 *   Discord            the user who has that Discord account, else whose main e-mail it has verified, else a new one
 *
 * [SIGN1] A verified e-mail and a Discord account become identities; an unverified e-mail never does.
 * [SIGN2] An e-mail that Discord has not verified joins nobody.
 * [SIGN6] An e-mail that somebody holds beside their main one, claimed or merged, signs nobody in to their
 *         account, and never becomes its main one by a code.
 */
import { normalizeEmail } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { linkSignedIn } from "../discord/links.ts";
import { attachIdentity, findOwner } from "../identities/attach.ts";

/** What Convex Auth tells of a sign-in. */
export interface SignInFacts {
  readonly existingUserId: string | null;
  readonly type: "oauth" | "credentials" | "email" | "phone" | "verification";
  readonly profile: Readonly<Record<string, unknown>>;
}

/** What our provider reads of a Discord account. */
export interface DiscordProfile {
  readonly discordId: string;
  readonly username: string;
  readonly name: string;
  readonly email: string | null; // null: none, or not verified
  readonly image: string;
}

/** The user to sign in. */
export async function upsertUser(
  ctx: MutationCtx,
  { existingUserId, type, profile }: SignInFacts,
): Promise<Id<"users">> {
  const userId = existingUserId === null ? null : ctx.db.normalizeId("users", existingUserId);
  switch (type) {
    case "oauth":
      return await upsertDiscordUser(ctx, userId, readDiscordProfile(profile));
    case "verification":
      return await confirmEmail(ctx, userId, textOf(profile.email));
    case "credentials":
    case "email":
    case "phone":
      return userId ?? (await insertUser(ctx, textOf(profile.email), textOf(profile.name)));
    default:
      return type satisfies never;
  }
}

async function insertUser(ctx: MutationCtx, email: string, name: string): Promise<Id<"users">> {
  return await ctx.db.insert("users", { email, ...(name === "" ? {} : { name }) });
}

async function confirmEmail(
  ctx: MutationCtx,
  userId: Id<"users"> | null,
  typed: string,
): Promise<Id<"users">> {
  const email = normalizeEmail(typed);
  if (userId === null || email === null) throw new Error("an e-mail was confirmed of nobody");
  const ownerId = await findOwner(ctx, "email", email);
  if (ownerId !== null && ownerId !== userId) return await joinOwner(ctx, userId, ownerId, email);
  await attachIdentity(ctx, { kind: "email", value: email, userId });
  const user = await ctx.db.get("users", userId);
  if (user?.emailVerificationTime === undefined || user.email === email) {
    await ctx.db.patch("users", userId, { email, emailVerificationTime: Date.now() });
  }
  return userId;
}

/** The new password is the owner's. Throws `identity_taken` if they hold the address beside their own. */
async function joinOwner(
  ctx: MutationCtx,
  userId: Id<"users">,
  ownerId: Id<"users">,
  email: string,
): Promise<Id<"users">> {
  if ((await findMainOwner(ctx, email)) !== ownerId) {
    const message = "This address belongs to another account here. Sign in there, or ask support.";
    throw new ConvexError({ code: "identity_taken", message });
  }
  await ctx.db.patch("users", ownerId, { emailVerificationTime: Date.now() });
  await deleteUnproven(ctx, userId);
  return ownerId;
}

/** Deletes the user that a sign-up made and nobody ever signed in to. */
async function deleteUnproven(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const user = await ctx.db.get("users", userId);
  if (user === null) return;
  if (user.emailVerificationTime !== undefined || user.deletedAtMs !== undefined) {
    throw new Error("a code for the address of one account was mailed for another, proven one");
  }
  await ctx.db.delete("users", userId);
}

/** Whose main e-mail it is; null also if somebody only holds it beside theirs. */
async function findMainOwner(ctx: MutationCtx, email: string): Promise<Id<"users"> | null> {
  const ownerId = await findOwner(ctx, "email", email);
  const owner = ownerId === null ? null : await ctx.db.get("users", ownerId);
  return normalizeEmail(owner?.email ?? "") === email ? ownerId : null;
}

async function upsertDiscordUser(
  ctx: MutationCtx,
  existingUserId: Id<"users"> | null,
  { discordId, username, name, email, image }: DiscordProfile,
): Promise<Id<"users">> {
  const address = email === null ? null : normalizeEmail(email);
  const userId =
    existingUserId ??
    (await findOwner(ctx, "discord", discordId)) ??
    (address === null ? null : await findMainOwner(ctx, address)) ??
    (await ctx.db.insert("users", { name, image }));
  const attached = await attachIdentity(ctx, { kind: "discord", value: discordId, userId });
  if (attached !== "taken") await linkSignedIn(ctx, userId, { discordId, username, name, image });
  const user = await ctx.db.get("users", userId);
  const known = { name: user?.name ?? name, image };
  await ctx.db.patch("users", userId, known);
  if (address === null || user?.email !== undefined) return userId;
  const outcome = await attachIdentity(ctx, { kind: "email", value: address, userId });
  if (outcome !== "taken") {
    await ctx.db.patch("users", userId, { email: address, emailVerificationTime: Date.now() });
  }
  return userId;
}

function readDiscordProfile(profile: SignInFacts["profile"]): DiscordProfile {
  const email = textOf(profile.email);
  const discordId = textOf(profile.discordId);
  if (discordId === "") throw new Error("Discord named no account");
  return {
    discordId,
    username: textOf(profile.username),
    name: textOf(profile.name),
    email: email === "" ? null : email,
    image: textOf(profile.image),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
