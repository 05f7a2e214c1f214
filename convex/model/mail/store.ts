/**
 * The outbox: a mail is a row first, then an action sends it. The only writer of `mails`.
 *
 *   queued --attempt--> sent
 *     |  ^- later ---'      after every failed attempt, with a growing wait
 *     '---------------> failed: refused for good, or tried often enough
 *
 * [MAIL1] A mail that is queued is sent, across failures, or ends as failed with its reason.
 * [MAIL2] The text is dropped once it is sent or given up.
 * [MAIL3] With mode `outbox` nothing is sent: the console shows it. The texts are shown in no other mode.
 */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { getMailMode, type MailMode, readMailMode } from "./mode.ts";
import type { Mail, SendResult } from "./validators.ts";

const WAITS_MS = [30_000, 120_000, 600_000, 3_600_000, 4 * 3_600_000]; // after attempt 1, 2, ...
const LOST_AFTER_MS = 10 * 60_000; // an attempt that has not reported by then died with its process
const KEPT_MS = 30 * 24 * 60 * 60_000;
const SWEEP_ROWS = 100;

/** Puts a mail into the outbox; it is sent after this transaction. */
export async function queueMail(ctx: MutationCtx, mail: Mail): Promise<Id<"mails">> {
  const mode = getMailMode();
  const nowMs = Date.now();
  const mailId = await ctx.db.insert("mails", {
    ...mail,
    state: mode === "outbox" ? "kept" : "queued",
    attempts: 0,
    dueAtMs: nowMs,
    code: null,
    settledAtMs: mode === "outbox" ? nowMs : null,
  });
  if (mode !== "outbox") await scheduleAttempt(ctx, mailId, mode, 0);
  return mailId;
}

/** The mail, if it is still to be sent: counts the attempt. Null: it is settled. */
export async function beginAttempt(ctx: MutationCtx, mailId: Id<"mails">): Promise<Mail | null> {
  const row = await ctx.db.get("mails", mailId);
  if (row?.state !== "queued" || row.text === null) return null;
  const dueAtMs = Date.now() + LOST_AFTER_MS;
  await ctx.db.patch("mails", mailId, { attempts: row.attempts + 1, dueAtMs });
  return { to: row.to, subject: row.subject, text: row.text };
}

/** Records how an attempt ended, and plans the next one. */
export async function settleAttempt(
  ctx: MutationCtx,
  mailId: Id<"mails">,
  result: SendResult,
): Promise<void> {
  const row = await ctx.db.get("mails", mailId);
  if (row?.state !== "queued") return;
  const nowMs = Date.now();
  if (result.ok) {
    const sent = { state: "sent", text: null, code: null, settledAtMs: nowMs } as const;
    await ctx.db.patch("mails", mailId, sent);
    return;
  }
  const waitMs = WAITS_MS[row.attempts - 1];
  if (result.final || waitMs === undefined) {
    const failed = { state: "failed", text: null, code: result.code, settledAtMs: nowMs } as const;
    await ctx.db.patch("mails", mailId, failed);
    return;
  }
  await ctx.db.patch("mails", mailId, { code: result.code, dueAtMs: nowMs + waitMs });
  await scheduleAttempt(ctx, mailId, getMailMode(), waitMs);
}

/** Tries what was lost again, and forgets old rows. True if there may be more. */
export async function sweepMails(ctx: MutationCtx): Promise<boolean> {
  const nowMs = Date.now();
  const { mode } = readMailMode();
  const overdue = await ctx.db
    .query("mails")
    .withIndex("by_state_dueAtMs", (q) => q.eq("state", "queued").lt("dueAtMs", nowMs - 60_000))
    .take(SWEEP_ROWS);
  for (const { _id } of overdue) {
    if (mode === null) break; // nothing can be sent
    await ctx.db.patch("mails", _id, { dueAtMs: nowMs });
    await scheduleAttempt(ctx, _id, mode, 0);
  }
  const old = await ctx.db
    .query("mails")
    .withIndex("by_settledAtMs", (q) =>
      q.gt("settledAtMs", null).lt("settledAtMs", nowMs - KEPT_MS),
    )
    .take(SWEEP_ROWS);
  for (const { _id } of old) await ctx.db.delete("mails", _id);
  return old.length === SWEEP_ROWS;
}

async function scheduleAttempt(
  ctx: MutationCtx,
  mailId: Id<"mails">,
  mode: MailMode,
  waitMs: number,
): Promise<void> {
  const send = mode === "smtp" ? internal.mailSmtp.send : internal.mail.send;
  await ctx.scheduler.runAfter(waitMs, send, { mailId });
}
