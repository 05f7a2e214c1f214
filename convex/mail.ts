/** The outbox: sending over HTTP, and what the console sees. SMTP has a file of its own: it needs Node. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalAction, internalMutation } from "./_generated/server.js";
import { sendOverHttp } from "./model/mail/httpProvider.ts";
import { listMails, vMailListing } from "./model/mail/list.ts";
import { readMailMode } from "./model/mail/mode.ts";
import { beginAttempt, queueMail, settleAttempt, sweepMails } from "./model/mail/store.ts";
import { type Mail, vMail, vSendResult } from "./model/mail/validators.ts";
import { limitMail, vMailKind } from "./model/people/limits.ts";
import { operatorQuery } from "./wrappers.ts";

/** The newest mails. Their texts are shown in mode `outbox` only, where nothing is sent, and not to everybody. */
export const outbox = operatorQuery({
  args: {},
  returns: {
    mode: v.union(v.string(), v.null()), // null: no mail can be sent, and `problem` says why
    problem: v.union(v.string(), v.null()),
    mails: v.array(vMailListing),
  },
  handler: async (ctx) => {
    const { mode, problem } = readMailMode();
    const mails = await listMails(ctx, mode === "outbox" ? ctx.staff : null);
    return { mode, problem: problem?.data.message ?? null, mails };
  },
});

/** For actions: queues a mail, unless that address had too many of its kind. */
export const enqueue = internalMutation({
  args: { kind: vMailKind, mail: vMail },
  returns: v.union(v.literal("queued"), v.literal("tooMany")),
  handler: async (ctx, { kind, mail }) => {
    if (!(await limitMail(ctx, kind, mail.to)).ok) return "tooMany" as const;
    await queueMail(ctx, mail);
    return "queued" as const;
  },
});

/** One attempt over HTTP. */
export const send = internalAction({
  args: { mailId: v.id("mails") },
  returns: v.null(),
  handler: async (ctx, { mailId }) => {
    const mail: Mail | null = await ctx.runMutation(internal.mail.begin, { mailId });
    if (mail === null) return null;
    const result = await sendOverHttp(mail, mailId);
    await ctx.runMutation(internal.mail.settle, { mailId, result });
    return null;
  },
});

export const begin = internalMutation({
  args: { mailId: v.id("mails") },
  returns: v.union(vMail, v.null()),
  handler: async (ctx, { mailId }) => await beginAttempt(ctx, mailId),
});

export const settle = internalMutation({
  args: { mailId: v.id("mails"), result: vSendResult },
  returns: v.null(),
  handler: async (ctx, { mailId, result }) => {
    await settleAttempt(ctx, mailId, result);
    return null;
  },
});

/** Tries again what a stopped process left behind, and forgets what is old. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const hasMore = await sweepMails(ctx);
    if (hasMore) await ctx.scheduler.runAfter(0, internal.mail.sweep, {});
    return null;
  },
});
