/**
 * Links that have run out: Discord's live for a day, and signs them anew for a bot that asks.
 *
 * [RENEW1] A link that has run out is fetched again once a bot brings a new one, and fails when it brings none.
 */
import { mediaAddress } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { publishMedia } from "./settle.ts";
import { renewLink, scheduleFetch } from "./want.ts";

/** Links a bot is shown, and may bring, at once: as many as Discord renews in one request. */
export const MOST_RENEWED = 50;

export const vExpiredLink = v.object({ wantedId: v.id("wantedMedia"), link: v.string() });
export const vNewLink = v.object({
  wantedId: v.id("wantedMedia"),
  link: v.union(v.string(), v.null()),
});

export async function readExpired(ctx: {
  db: DatabaseReader;
}): Promise<Infer<typeof vExpiredLink>[]> {
  const rows = await ctx.db
    .query("wantedMedia")
    .withIndex("by_state_due", (q) => q.eq("state", "expired"))
    .take(MOST_RENEWED);
  return rows.map(({ _id, link }) => ({ wantedId: _id, link }));
}

export async function renewExpired(
  ctx: MutationCtx,
  links: readonly Infer<typeof vNewLink>[],
): Promise<void> {
  const nowMs = Date.now();
  for (const { wantedId, link } of links) {
    const wanted = await ctx.db.get("wantedMedia", wantedId);
    if (wanted?.state !== "expired") continue;
    const isOfFile = link !== null && mediaAddress(link) === wanted.address;
    const isRenewed = isOfFile && (await renewLink(ctx, wanted, link, nowMs));
    if (isRenewed) await scheduleFetch(ctx, nowMs);
    else await ctx.db.patch("wantedMedia", wantedId, { state: "failed" });
    if (isRenewed) await publishMedia(ctx, wanted.signalId); // it is coming again
  }
}
