/** Tells the operators what has fallen silent: one mail to each of them, however much it is. */
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { queueMail } from "../mail/store.ts";

const MOST_TOLD = 50; // staff of a role
const MOST_NAMED = 20; // of a mail

type Watch = Doc<"silenceWatches">;

/** Does nothing but note it where no mail is set up: the console shows it all the same. */
export async function tellOperators(ctx: MutationCtx, fallen: readonly Watch[]): Promise<void> {
  if (findEnvironment("HELIOGRAPH_MAIL_MODE") === undefined) return;
  const lines = await Promise.all(fallen.slice(0, MOST_NAMED).map((watch) => lineOf(ctx, watch)));
  const more = fallen.length - lines.length;
  const text = `${lines.join("\n")}${more > 0 ? `\nand ${more} more` : ""}

Look at Discord in the console: the bots, what the doctor finds, and how often each source is expected to post.
You are told once of each silence.`;
  const subject =
    fallen.length === 1 ? "Heliograph: silence" : `Heliograph: ${fallen.length} silences`;
  for (const to of await operatorAddresses(ctx)) await queueMail(ctx, { to, subject, text });
  const toldAtMs = Date.now();
  for (const { _id } of fallen) await ctx.db.patch("silenceWatches", _id, { toldAtMs });
}

async function lineOf(ctx: { db: DatabaseReader }, watch: Watch): Promise<string> {
  const source = await ctx.db.get("sources", watch.sourceId);
  const since =
    watch.lastAtMs === null
      ? "never heard"
      : `last heard ${new Date(watch.lastAtMs).toISOString()}`;
  if (watch.routeId === null) return `- The source ${source?.name} is silent (${since}).`;
  const route = await ctx.db.get("routes", watch.routeId);
  return `- Posts of ${source?.name} do not arrive in ${route?.name} (${since}).`;
}

async function operatorAddresses(ctx: { db: DatabaseReader }): Promise<ReadonlySet<string>> {
  const addresses = new Set<string>();
  for (const role of ["operator", "owner"] as const) {
    const staff = await ctx.db
      .query("staff")
      .withIndex("by_role", (q) => q.eq("role", role))
      .take(MOST_TOLD);
    for (const { userId } of staff) {
      const email = (await ctx.db.get("users", userId))?.email;
      if (email !== undefined) addresses.add(email);
    }
  }
  return addresses;
}
