/** The shapes of a mirror: one signal in one target channel, wanted and applied. */
import { v } from "convex/values";
import { vLiveMedium } from "../media/validators.ts";
import { vRouteRules } from "../routes/validators.ts";
import {
  feedSignalFields,
  vAttachment,
  vEmbed,
  vFeed,
  vSignalKind,
  vStamps,
} from "../signals/validators.ts";

export const vLane = v.union(v.literal("priority"), v.literal("normal"));

export const vMirrorState = v.union(
  v.literal("due"), // the worker has something to do
  v.literal("waiting"), // becomes due by a function scheduled at dueAtMs
  v.literal("applied"), // the channel shows what is wanted
  v.literal("failed"), // the worker says it cannot be done; a new wanted state tries again
);

export const vMirrorApplied = v.object({
  revision: v.number(), // 0: what stands is not what was applied
  messageIds: v.array(v.string()),
  threadId: v.optional(v.string()), // the forum post they stand in
});

/** One gap between wanted and applied, with all the worker needs to close it. */
export const vMirrorWork = v.object({
  mirrorId: v.id("mirrors"),
  signalId: v.id("signals"),
  feed: vFeed,
  seq: v.number(),
  kind: vSignalKind,
  target: v.object({ guildId: v.string(), channelId: v.string() }),
  wanted: v.object({ revision: v.number(), deleted: v.boolean() }),
  applied: v.union(vMirrorApplied, v.null()),
  nonce: v.string(), // at most 25 characters, the same for the life of the mirror
  lookFirst: v.boolean(),
  attempt: v.number(),
  losses: v.number(), // how often somebody removed it by hand
  urged: v.boolean(), // somebody asked for this try: it overrides what the worker knows of the target
  plannedAtMs: v.number(), // nothing of it was posted before
  mode: vRouteRules.fields.mode,
  place: vRouteRules.fields.place,
  message: v.union(
    v.object({
      content: v.string(),
      embeds: v.array(vEmbed),
      attachments: v.array(vAttachment),
      // Files whose bytes are here, by their address: to be posted in place of links.
      media: v.array(
        v.object({ address: v.string(), mediaId: v.id("media"), contentType: v.string() }),
      ),
      authorName: v.union(v.string(), v.null()),
      authorAvatarUrl: v.union(v.string(), v.null()),
      sourceName: v.string(),
      pingRoleId: v.union(v.string(), v.null()),
    }),
    v.null(), // it is to be deleted
  ),
  replyTo: v.union(
    v.object({ messageId: v.string(), threadId: v.union(v.string(), v.null()) }),
    v.null(),
  ),
  stamps: vStamps,
});

/** What the worker did about one mirror. */
export const vSettlement = v.object({
  mirrorId: v.id("mirrors"),
  revision: v.number(), // the wanted revision it worked on
  outcome: v.union(v.literal("applied"), v.literal("retry"), v.literal("failed")),
  messageIds: v.optional(v.array(v.string())),
  threadId: v.optional(v.string()),
  retryAfterMs: v.optional(v.number()),
  code: v.optional(v.string()),
  message: v.optional(v.string()),
});

/** A mirror as the console shows it. */
export const vLiveMirror = v.object({
  mirrorId: v.id("mirrors"),
  targetName: v.string(),
  channelId: v.string(),
  state: vMirrorState,
  wantedRevision: v.number(),
  appliedRevision: v.union(v.number(), v.null()),
  deleted: v.boolean(),
  attempt: v.number(),
  code: v.union(v.string(), v.null()),
  message: v.union(v.string(), v.null()),
});

export const vLiveSignal = v.object({
  ...feedSignalFields,
  sourceId: v.id("sources"),
  mirrors: v.array(vLiveMirror),
  media: v.array(vLiveMedium), // the files it wants copied
});
