"use node";
/** Sending over SMTP, with nodemailer: needs Node's sockets. */
import { v } from "convex/values";
import { createTransport } from "nodemailer";
import { internal } from "./_generated/api.js";
import { internalAction } from "./_generated/server.js";
import { getEnvironment } from "./model/environment.ts";
import type { Mail, SendResult } from "./model/mail/validators.ts";

const PATIENCE_MS = 20_000;

/** One attempt over SMTP. */
export const send = internalAction({
  args: { mailId: v.id("mails") },
  returns: v.null(),
  handler: async (ctx, { mailId }) => {
    const mail: Mail | null = await ctx.runMutation(internal.mail.begin, { mailId });
    if (mail === null) return null;
    const result = await sendOverSmtp(mail, mailId);
    await ctx.runMutation(internal.mail.settle, { mailId, result });
    return null;
  },
});

async function sendOverSmtp(mail: Mail, key: string): Promise<SendResult> {
  const from = getEnvironment("HELIOGRAPH_MAIL_FROM");
  const transport = createTransport({
    url: getEnvironment("HELIOGRAPH_MAIL_SMTP_URL"),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  });
  try {
    // The same id on every attempt: mailboxes show a repeat once.
    await transport.sendMail({ ...mail, from, messageId: `<${key}@heliograph>` });
    return { ok: true };
  } catch (error) {
    return judge(Object(error));
  } finally {
    transport.close();
  }
}

/** 5xx of SMTP are for good; a login that fails may be put right. */
function judge({ responseCode, code }: { responseCode?: unknown; code?: unknown }): SendResult {
  if (typeof responseCode !== "number") return { ok: false, code: "unreachable", final: false };
  const final = responseCode >= 500 && code !== "EAUTH";
  return { ok: false, code: `smtp_${responseCode}`, final };
}
