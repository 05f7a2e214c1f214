/** Stored media behind the paywall: wanted with their signal, copied by an action, fetched through links that die. */
import { ConvexError, v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { claimOrders, retryLost } from "./model/media/claim.ts";
import { openAsBot, openMediaLink } from "./model/media/links.ts";
import {
  MOST_RENEWED,
  readExpired,
  renewExpired,
  vExpiredLink,
  vNewLink,
} from "./model/media/renew.ts";
import { findFile } from "./model/media/sameBytes.ts";
import { publishMedia, retryWanted, settleFetch } from "./model/media/settle.ts";
import { vFetchOrder, vFetchResult } from "./model/media/validators.ts";
import { operatorMutation, workerMutation, workerQuery } from "./wrappers.ts";

const vOpen = v.object({
  state: v.literal("open"),
  storageId: v.id("_storage"),
  contentType: v.string(),
  name: v.string(),
});
const vRefused = v.object({ state: v.literal("refused") });

/** What a link opens. `nowMs` is the clock of the HTTP action that asks. */
export const open = internalQuery({
  args: { mediaId: v.string(), key: v.string(), nowMs: v.number() },
  returns: v.union(vOpen, v.object({ state: v.literal("overdue"), shard: v.number() }), vRefused),
  handler: async (ctx, asked) => {
    const answer = await openMediaLink(ctx, asked);
    if (answer.state !== "open") return answer;
    const { storageId, contentType, name } = answer.medium;
    return { state: "open" as const, storageId, contentType, name };
  },
});

/** The same for a bot, which has no link but a token. */
export const openForBot = internalQuery({
  args: { mediaId: v.string(), tokenHash: v.string(), nowMs: v.number() },
  returns: v.union(vOpen, vRefused),
  handler: async (ctx, asked) => {
    const answer = await openAsBot(ctx, asked);
    if (answer.state !== "open") return answer;
    const { storageId, contentType, name } = answer.medium;
    return { state: "open" as const, storageId, contentType, name };
  },
});

/** The next files for an action to fetch, which has them to itself from then on; none when none are due. */
export const claim = internalMutation({
  args: {},
  returns: v.array(vFetchOrder),
  handler: async (ctx) => await claimOrders(ctx),
});

/** Where bytes with that hash are stored already, if anywhere. */
export const file = internalQuery({
  args: { hash: v.string() },
  returns: v.union(v.id("_storage"), v.null()),
  handler: async (ctx, { hash }) => await findFile(ctx, hash),
});

/** Settles one fetch. Safe to repeat. */
export const settle = internalMutation({
  args: { wantedId: v.id("wantedMedia"), attempt: v.number(), result: vFetchResult },
  returns: v.null(),
  handler: async (ctx, args) => {
    await settleFetch(ctx, args);
    return null;
  },
});

/** Shows the files of a signal that are there by now. */
export const publish = internalMutation({
  args: { signalId: v.id("signals") },
  returns: v.null(),
  handler: async (ctx, { signalId }) => {
    await publishMedia(ctx, signalId);
    return null;
  },
});

/** Tries again what an action that died has left. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await retryLost(ctx);
    return null;
  },
});

/** Links that have run out before their file was copied. Meant to be subscribed by a bot, which can renew them. */
export const expired = workerQuery({
  args: {},
  returns: { links: v.array(vExpiredLink) },
  handler: async (ctx) => ({ links: await readExpired(ctx) }),
});

/** Takes the links a bot was given; null where there is none any more. Safe to repeat. */
export const renew = workerMutation({
  args: { links: v.array(vNewLink) },
  returns: v.null(),
  handler: async (ctx, { links }) => {
    if (links.length > MOST_RENEWED) {
      const message = `Send at most ${MOST_RENEWED} links, not ${links.length}.`;
      throw new ConvexError({ code: "too_many_links", message });
    }
    await renewExpired(ctx, links);
    return null;
  },
});

/** Has a file that failed fetched again. */
export const retry = operatorMutation({
  args: { wantedId: v.id("wantedMedia") },
  returns: v.null(),
  handler: async (ctx, { wantedId }) => {
    const wanted = await ctx.db.get("wantedMedia", wantedId);
    if (wanted === null) return null; // its post shows it no more
    await retryWanted(ctx, wanted);
    await recordDeed(ctx, "media.retry", wanted.signalId);
    return null;
  },
});
