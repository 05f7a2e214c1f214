/** Asks for the password again before something grave: a session alone may be a stolen one. Only in actions. */
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { ActionCtx } from "../../_generated/server.js";
import { type Try, tooManyTries } from "./limits.ts";
import type { PasswordAccount } from "./passwordAccounts.ts";

type Ctx = Pick<ActionCtx, "runAction" | "runMutation" | "runQuery">;

/** The account whose password it is. Throws `wrong_password`, `no_password`, `too_many_tries`. */
export async function confirmPassword(
  ctx: Ctx,
  userId: Id<"users">,
  password: string,
): Promise<PasswordAccount>;
/** The same, but who has no password need not give one: answers null. */
export async function confirmPassword(
  ctx: Ctx,
  userId: Id<"users">,
  password: string | null,
  demand: "ifAny",
): Promise<PasswordAccount | null>;
export async function confirmPassword(
  ctx: Ctx,
  userId: Id<"users">,
  password: string | null,
  demand?: "ifAny",
): Promise<PasswordAccount | null> {
  const accounts: PasswordAccount[] = await ctx.runQuery(internal.signIns.passwordsOf, { userId });
  if (accounts.length === 0) {
    if (demand === "ifAny") return null;
    const message = "This account has no password: you sign in with Discord.";
    throw new ConvexError({ code: "no_password", message });
  }
  await countOrThrow(ctx, "password", userId);
  const account = await findRight(ctx, accounts, password ?? "");
  if (account === null) {
    throw new ConvexError({ code: "wrong_password", message: "This is not your password." });
  }
  await ctx.runMutation(internal.signIns.forget, { name: "password", who: userId });
  return account;
}

/** The account whose password it is: after a merge there may be one for each e-mail. */
async function findRight(
  ctx: Ctx,
  accounts: readonly PasswordAccount[],
  password: string,
): Promise<PasswordAccount | null> {
  for (const account of accounts) {
    const { secret: hash } = account;
    const isRight: boolean = await ctx.runAction(internal.passwordHashes.verify, {
      password,
      hash,
    });
    if (isRight) return account;
  }
  return null;
}

/** Counts a try. Throws `too_many_tries`. */
export async function countOrThrow(
  ctx: Ctx,
  name: "password" | "emailChange" | "claim" | "invitation" | "discordLink",
  who: string,
): Promise<void> {
  const { ok, retryAfterMs }: Try = await ctx.runMutation(internal.signIns.count, { name, who });
  if (!ok) throw tooManyTries(retryAfterMs);
}
