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
  const account: PasswordAccount | null = await ctx.runQuery(internal.signIns.accountOf, {
    userId,
  });
  if (account === null) {
    if (demand === "ifAny") return null;
    const message = "This account has no password: you sign in with Discord.";
    throw new ConvexError({ code: "no_password", message });
  }
  await countOrThrow(ctx, "password", userId);
  const isRight: boolean = await ctx.runAction(internal.passwordHashes.verify, {
    password: password ?? "",
    hash: account.secret,
  });
  if (!isRight) {
    throw new ConvexError({ code: "wrong_password", message: "This is not your password." });
  }
  await ctx.runMutation(internal.signIns.forget, { name: "password", who: userId });
  return account;
}

/** Counts a try. Throws `too_many_tries`. */
export async function countOrThrow(
  ctx: Ctx,
  name: "password" | "emailChange" | "invitation",
  who: string,
): Promise<void> {
  const { ok, retryAfterMs }: Try = await ctx.runMutation(internal.signIns.count, { name, who });
  if (!ok) throw tooManyTries(retryAfterMs);
}
