/**
 * Signing up and in with a password: a provider for Convex Auth. It differs from the library's own:
 *
 * [SIGN3] No answer tells whether an e-mail has an account: what could tell is in a mail instead, and neither
 *         does its time: with an account and without one there is not the same to do.
 * [SIGN4] A code from a mail proves the e-mail only together with the password it was asked for: who signs up
 *         with somebody else's address gains nothing when its owner opens the link.
 * [SIGN6] Whether an address is unproven is decided by the transaction that changes its password, never before it.
 * [LIM3] Codes are reached through here only, where tries are counted by hashes of e-mails.
 * [SIGN5] Passwords are hashed in actions: the mutations are given hashes.
 */
import { ConvexCredentials } from "@convex-dev/auth/providers/ConvexCredentials";
import { Email } from "@convex-dev/auth/providers/Email";
import {
  type AuthProviderConfig,
  createAccount,
  type GenericActionCtxWithAuthConfig,
  signInViaProvider,
} from "@convex-dev/auth/server";
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { DataModel, Id } from "../../_generated/dataModel.js";
import type { ActionCtx } from "../../_generated/server.js";
import type { Mail } from "../mail/validators.ts";
import { accountExistsMail, noPasswordMail, resetMail, verificationMail } from "./accountMails.ts";
import { LEAST_ANSWER_MS } from "./answerTime.ts";
import { makeCode } from "./codes.ts";
import { type MailKind, type Try, tooManyTries } from "./limits.ts";
import type { PasswordAccount } from "./passwordAccounts.ts";
import { type PasswordFlow, readPasswordFlow } from "./passwordFlow.ts";

type Ctx = GenericActionCtxWithAuthConfig<DataModel>;
type SignedIn = { userId: Id<"users">; sessionId?: Id<"authSessions"> } | null;
type Flow<Name extends PasswordFlow["flow"]> = PasswordFlow & { flow: Name };

export const PASSWORD_PROVIDER = "password";

const verification = codeProvider("email-verification", "signUp", verificationMail);
const reset = codeProvider("password-reset", "reset", resetMail);

/** `null` means: go on with the code that was mailed. */
export const passwordProvider = ConvexCredentials<DataModel>({
  id: PASSWORD_PROVIDER,
  authorize: async (params, ctx): Promise<SignedIn> => {
    const flow = readPasswordFlow(params);
    switch (flow.flow) {
      case "signUp":
        return await inEvenTime(() => signUp(ctx, flow));
      case "signIn":
        return await signIn(ctx, flow);
      case "email-verification":
        return await confirm(ctx, flow);
      case "reset":
        return await inEvenTime(() => startReset(ctx, flow));
      case "reset-verification":
        return await finishReset(ctx, flow);
      default:
        return flow satisfies never;
    }
  },
  // What is passed as a secret is a hash already.
  crypto: {
    hashSecret: async (hash) => hash,
    verifySecret: async (hash, stored) => hash === stored,
  },
  extraProviders: [verification, reset],
});

async function signUp(ctx: Ctx, { email, password, name }: Flow<"signUp">): Promise<null> {
  await count(ctx, "signUp", email);
  const secret = await hash(ctx, password);
  const known = await findAccount(ctx, email);
  if (known?.isVerified === true) {
    await post(ctx, "signUp", accountExistsMail(email));
    return null;
  }
  if (known === null) {
    const profile = { email, ...(name === "" ? {} : { name }) };
    const account = { id: email, secret };
    await createAccount<DataModel>(ctx, { provider: PASSWORD_PROVIDER, account, profile });
  } else {
    // Whoever signs up last and reads the mail has the account: nobody has proven the address yet.
    await ctx.runMutation(internal.signIns.replaceUnproven, { email, secret });
  }
  await mailCode(ctx, verification, email);
  return null;
}

async function signIn(ctx: Ctx, { email, password }: Flow<"signIn">): Promise<SignedIn> {
  await count(ctx, "signIn", email);
  const account = await findAccount(ctx, email);
  const isRight = await isRightPassword(ctx, account, password);
  if (account === null || !isRight) throw wrongCredentials();
  await ctx.runMutation(internal.signIns.forget, { name: "signIn", who: email });
  if (account.isVerified) return { userId: account.userId };
  await mailCode(ctx, verification, email);
  return null;
}

async function confirm(
  ctx: Ctx,
  { email, password, code }: Flow<"email-verification">,
): Promise<SignedIn> {
  await count(ctx, "code", email);
  const account = await findAccount(ctx, email);
  const isRight = await isRightPassword(ctx, account, password);
  if (account === null || !isRight) throw wrongCode();
  return await redeem(ctx, verification, { email, code });
}

async function startReset(ctx: Ctx, { email }: Flow<"reset">): Promise<null> {
  await count(ctx, "reset", email);
  const account = await findAccount(ctx, email);
  if (account !== null) await mailCode(ctx, reset, email);
  else if (await ctx.runQuery(internal.signIns.isKnown, { email })) {
    await post(ctx, "reset", noPasswordMail(email));
  }
  return null;
}

async function finishReset(
  ctx: Ctx,
  { email, code, newPassword }: Flow<"reset-verification">,
): Promise<SignedIn> {
  await count(ctx, "resetCode", email);
  const secret = await hash(ctx, newPassword);
  // A stranger's password of an unproven address must not be good for a moment once the code has proven it.
  await ctx.runMutation(internal.signIns.replaceUnproven, { email, secret: null });
  const { userId, sessionId } = await redeem(ctx, reset, { email, code });
  await ctx.runMutation(internal.signIns.setPassword, { userId, secret, sessionId });
  await ctx.runMutation(internal.signIns.forget, { name: "signIn", who: email }); // they may be a stranger's
  return { userId, sessionId };
}

/** Answers, or throws, when the time has passed that the longest way takes. */
async function inEvenTime<T>(work: () => Promise<T>): Promise<T> {
  const timeIsUp = new Promise((resolve) => setTimeout(resolve, LEAST_ANSWER_MS));
  try {
    return await work();
  } finally {
    await timeIsUp;
  }
}

/** Signs in by a mailed code, which is used up. Throws `wrong_code`. */
async function redeem(
  ctx: Ctx,
  provider: AuthProviderConfig,
  params: { email: string; code: string },
): Promise<{ userId: Id<"users">; sessionId: Id<"authSessions"> }> {
  // Not as `email`: the library would count tries itself, and keep the address as it is.
  const { email: address, code } = params;
  const proof = { params: { address, code } };
  const session = await signInViaProvider<DataModel>(ctx, provider, proof).catch(
    (error: unknown) => {
      if (error instanceof Error && error.message === "Could not verify code") return null;
      throw error;
    },
  );
  if (session === null) throw wrongCode();
  await ctx.runMutation(internal.signIns.forget, { name: "code", who: params.email });
  return session;
}

async function mailCode(ctx: Ctx, provider: AuthProviderConfig, email: string): Promise<void> {
  const account = await findAccount(ctx, email);
  if (account === null) return;
  const { accountId } = account;
  await signInViaProvider<DataModel>(ctx, provider, { accountId, params: { email } });
}

async function hash(ctx: Ctx, password: string): Promise<string> {
  return await ctx.runAction(internal.passwordHashes.hash, { password });
}

/** Takes as long without an account. */
async function isRightPassword(
  ctx: Ctx,
  account: PasswordAccount | null,
  password: string,
): Promise<boolean> {
  const stored = account?.secret ?? null;
  return await ctx.runAction(internal.passwordHashes.verify, { password, hash: stored });
}

async function findAccount(ctx: Ctx, email: string): Promise<PasswordAccount | null> {
  return await ctx.runQuery(internal.signIns.findAccount, { email });
}

async function count(
  ctx: Ctx,
  name: "signUp" | "signIn" | "reset" | "code" | "resetCode",
  email: string,
): Promise<void> {
  const { ok, retryAfterMs }: Try = await ctx.runMutation(internal.signIns.count, {
    name,
    who: email,
  });
  if (!ok) throw tooManyTries(retryAfterMs);
}

/** An address that had too many mails gets no more, and nobody is told: it would say that there is an account. */
async function post(
  ctx: Pick<ActionCtx, "runMutation">,
  kind: MailKind,
  mail: Mail,
): Promise<void> {
  await ctx.runMutation(internal.mail.enqueue, { kind, mail });
}

/** A provider that mails codes. Its callback is given the context of the action, which its type does not say. */
function codeProvider(id: string, kind: MailKind, mailOf: (to: string, code: string) => Mail) {
  return Email<DataModel>({
    id,
    maxAge: 60 * 60,
    generateVerificationToken: async () => makeCode(),
    authorize: async ({ address }, { providerAccountId }) => {
      if (address !== providerAccountId) throw new Error("This code is for another address.");
    },
    sendVerificationRequest: async (...given: unknown[]) => {
      const [{ identifier, token }, ctx] = given as [
        { identifier: string; token: string },
        Pick<ActionCtx, "runMutation">,
      ];
      await post(ctx, kind, mailOf(identifier, token));
    },
  });
}

function wrongCredentials(): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "wrong_credentials", message: "Wrong e-mail or password." });
}

function wrongCode(): ConvexError<{ code: string; message: string }> {
  const message = "This code is wrong, was used or has expired. Ask for a new one.";
  return new ConvexError({ code: "wrong_code", message });
}
