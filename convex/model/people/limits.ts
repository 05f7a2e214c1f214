/**
 * How often something may be tried. Counted before it is known whether an account exists, so that a limit tells
 * nothing about that; the keys are hashes, so that no e-mail stays behind.
 *
 * [LIM1] Who tries too often is refused with `too_many_tries` and the time to wait, and may go on after it.
 * [LIM2] The tries for one e-mail hold up nobody else.
 * [LIM5] Each kind of try and of mail is counted on its own: a flood of one holds up no other.
 * [LIM4] Its owner is not held up for long: a stranger can use up the tries of any e-mail, so a new password by a
 *        mailed code is counted together only. 600 tries a minute find a code of 40 bits in its hour once in 30 million.
 */
import { HOUR, MINUTE, RateLimiter } from "@convex-dev/rate-limiter";
import { ConvexError, v } from "convex/values";
import { components } from "../../_generated/api.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { hashText } from "./hashes.ts";

const bucket = (rate: number, period: number, capacity = rate) =>
  ({ kind: "token bucket", rate, period, capacity }) as const;

const limiter = new RateLimiter(components.rateLimiter, {
  signIn: bucket(40, HOUR, 10),
  signUp: bucket(5, HOUR),
  reset: bucket(5, HOUR),
  code: bucket(40, HOUR, 10), // a code has 40 bits: even this for its hour finds none
  password: bucket(40, HOUR, 10), // asked again before something grave
  emailChange: bucket(5, HOUR),
  claim: bucket(5, HOUR),
  invitation: bucket(30, HOUR), // of one owner
  discordLink: bucket(20, HOUR), // of one person
  signUpMail: bucket(10, HOUR), // to one address, as the next four
  resetMail: bucket(10, HOUR),
  emailChangeMail: bucket(10, HOUR),
  claimMail: bucket(10, HOUR),
  invitationMail: bucket(10, HOUR),
  discordJoin: bucket(20, HOUR), // of one person: Discord bans a bot for too many refused requests
  allSignIns: bucket(600, MINUTE),
  allSignUps: bucket(120, MINUTE),
  allResets: bucket(120, MINUTE),
  allCodes: bucket(600, MINUTE),
  allResetCodes: bucket(600, MINUTE),
  allPasswords: bucket(600, MINUTE),
  allEmailChanges: bucket(120, MINUTE),
  allClaims: bucket(120, MINUTE),
});

export const vLimited = v.union(
  v.literal("signIn"),
  v.literal("signUp"),
  v.literal("reset"),
  v.literal("code"),
  v.literal("resetCode"),
  v.literal("password"),
  v.literal("emailChange"),
  v.literal("claim"),
  v.literal("invitation"),
  v.literal("discordLink"),
  v.literal("discordJoin"),
);

type Limited = typeof vLimited.type;

/** What mails are counted by. What tells of an account is of the kind of what is sent without one. */
export const vMailKind = v.union(
  v.literal("signUp"),
  v.literal("reset"),
  v.literal("emailChange"),
  v.literal("claim"),
  v.literal("invitation"),
);

export type MailKind = typeof vMailKind.type;

/** Whether a try may go ahead, or when the next may. */
export const vTry = v.object({ ok: v.boolean(), retryAfterMs: v.number() });

export type Try = typeof vTry.type;

/** Together, so that a flood of made-up e-mails is held as well. */
const TOTALS = {
  signIn: "allSignIns",
  signUp: "allSignUps",
  reset: "allResets",
  code: "allCodes",
  resetCode: "allResetCodes",
  password: "allPasswords",
  emailChange: "allEmailChanges",
  claim: "allClaims",
  invitation: null,
  discordLink: null,
  discordJoin: null,
} as const satisfies Record<Limited, string | null>;

/** Counts a try of `who`: an e-mail or a user's id. */
export async function countTry(ctx: MutationCtx, name: Limited, who: string): Promise<Try> {
  if (name === "resetCode") return tried(await limiter.limit(ctx, TOTALS.resetCode));
  const own = tried(await limiter.limit(ctx, name, { key: keyOf(who) }));
  const total = TOTALS[name];
  if (!own.ok || total === null) return own;
  return tried(await limiter.limit(ctx, total));
}

/** The tries that led to success do not count. */
export async function forgetTries(ctx: MutationCtx, name: Limited, who: string): Promise<void> {
  if (name === "resetCode") return; // counted of nobody
  await limiter.reset(ctx, name, { key: keyOf(who) });
}

/** Counts a mail to an address. */
export async function limitMail(ctx: MutationCtx, kind: MailKind, to: string): Promise<Try> {
  const key = keyOf(to.trim().toLowerCase());
  return tried(await limiter.limit(ctx, `${kind}Mail`, { key }));
}

/** What is thrown at who tried too often. */
export function tooManyTries(retryAfterMs: number): ConvexError<{
  code: string;
  message: string;
  retryAfterMs: number;
}> {
  const minutes = Math.max(1, Math.ceil(retryAfterMs / 60_000));
  const message = `Too many tries. Wait ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`;
  return new ConvexError({ code: "too_many_tries", message, retryAfterMs });
}

function tried({ ok, retryAfter }: { ok: boolean; retryAfter?: number | undefined }): Try {
  return { ok, retryAfterMs: Math.ceil(retryAfter ?? 0) };
}

function keyOf(who: string): string {
  return hashText(`${findEnvironment("HELIOGRAPH_IP_SALT") ?? ""}:${who}`);
}
