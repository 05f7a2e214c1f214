/** Mails as the console shows them. */
import { type Infer, v } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import { vMailState } from "./validators.ts";

const MOST_LISTED = 100;

export const vMailListing = v.object({
  mailId: v.id("mails"),
  to: v.string(),
  subject: v.string(),
  text: v.union(v.string(), v.null()),
  state: vMailState,
  attempts: v.number(),
  code: v.union(v.string(), v.null()),
  queuedAtMs: v.number(),
  settledAtMs: v.union(v.number(), v.null()),
});

/** The newest first. */
export async function listMails(
  ctx: { db: DatabaseReader },
  withTexts: boolean,
): Promise<Infer<typeof vMailListing>[]> {
  const rows = await ctx.db.query("mails").order("desc").take(MOST_LISTED);
  return rows.map(
    ({ _id, _creationTime, to, subject, text, state, attempts, code, settledAtMs }) => ({
      mailId: _id,
      to,
      subject,
      text: withTexts ? text : null,
      state,
      attempts,
      code,
      queuedAtMs: _creationTime,
      settledAtMs,
    }),
  );
}
