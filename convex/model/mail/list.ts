/** Mails as the console shows them. */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../../_generated/server.js";
import type { Staff } from "../people/staff.ts";
import { mayReadMailTo } from "./secrecy.ts";
import { vMailState } from "./validators.ts";

const MOST_LISTED = 100;

export const vMailListing = v.object({
  mailId: v.id("mails"),
  to: v.string(),
  subject: v.string(),
  text: v.union(v.string(), v.null()), // null: not kept, or not for the caller
  isWithheld: v.boolean(), // kept, and not for the caller
  state: vMailState,
  attempts: v.number(),
  code: v.union(v.string(), v.null()),
  queuedAtMs: v.number(),
  settledAtMs: v.union(v.number(), v.null()),
});

/** The newest first, with the texts that this reader may see; null: with none. */
export async function listMails(
  ctx: QueryCtx,
  reader: Staff | null,
): Promise<Infer<typeof vMailListing>[]> {
  const rows = await ctx.db.query("mails").order("desc").take(MOST_LISTED);
  const readable = reader === null ? new Set() : await readableOf(ctx, reader, rows);
  return rows.map(
    ({ _id, _creationTime, to, subject, text, state, attempts, code, settledAtMs }) => ({
      mailId: _id,
      to,
      subject,
      text: readable.has(to) ? text : null,
      isWithheld: reader !== null && text !== null && !readable.has(to),
      state,
      attempts,
      code,
      queuedAtMs: _creationTime,
      settledAtMs,
    }),
  );
}

/** The addresses whose mails this reader may see. */
async function readableOf(
  ctx: QueryCtx,
  reader: Staff,
  mails: readonly { readonly to: string }[],
): Promise<ReadonlySet<string>> {
  const addresses = [...new Set(mails.map(({ to }) => to))];
  const answers = await Promise.all(addresses.map((to) => mayReadMailTo(ctx, reader, to)));
  return new Set(addresses.filter((_, index) => answers[index]));
}
