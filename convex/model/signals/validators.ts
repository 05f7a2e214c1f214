/**
 * The shapes of a signal, once: the table, the feed and the work list are built
 * from these, so that none of them can drift from the others.
 */
import { v } from "convex/values";
import { vShownMedium } from "../media/validators.ts";

/** The three feeds, one per minimum tier. */
export const vFeed = v.union(v.literal("basic"), v.literal("advanced"), v.literal("pro"));

export const vSignalKind = v.union(
  v.literal("entry"),
  v.literal("update"),
  v.literal("close"),
  v.literal("other"),
);

export const vSignalState = v.union(v.literal("live"), v.literal("deleted"));

export const vAuthor = v.object({ name: v.string(), avatarUrl: v.optional(v.string()) });

/** The author as stored: the source's id of them is not for viewers. */
export const vStoredAuthor = v.object({
  id: v.string(),
  name: v.string(),
  avatarUrl: v.optional(v.string()),
});

export const vEmbed = v.object({
  title: v.optional(v.string()),
  description: v.optional(v.string()),
  url: v.optional(v.string()),
  color: v.optional(v.number()),
  author: v.optional(
    v.object({
      name: v.string(),
      url: v.optional(v.string()),
      iconUrl: v.optional(v.string()),
    }),
  ),
  fields: v.optional(
    v.array(v.object({ name: v.string(), value: v.string(), inline: v.optional(v.boolean()) })),
  ),
  imageUrl: v.optional(v.string()),
  thumbnailUrl: v.optional(v.string()),
  footer: v.optional(v.string()),
  timestampMs: v.optional(v.number()),
});

export const vAttachment = v.object({
  id: v.string(),
  name: v.string(),
  url: v.string(), // where the source keeps it
  contentType: v.optional(v.string()),
  size: v.optional(v.number()), // bytes
  width: v.optional(v.number()),
  height: v.optional(v.number()),
});

const { url: _link, ...fileFields } = vAttachment.fields;
const { imageUrl: _image, thumbnailUrl: _thumbnail, ...cardFields } = vEmbed.fields;

/** An attachment as a reader is shown it: not where its source keeps it, but our copy. */
export const vFeedAttachment = v.object({ ...fileFields, ...vShownMedium.fields });

/** An embed as a reader is shown it, with copies of its pictures. */
export const vFeedEmbed = v.object({
  ...cardFields,
  image: v.optional(vShownMedium),
  thumbnail: v.optional(vShownMedium),
});

/** A place in a feed: what a reply points at. */
export const vFeedPlace = v.object({ feed: vFeed, seq: v.number() });

/** The signal a reply answers, as stored. */
export const vReplyTarget = v.object({ signalId: v.id("signals"), feed: vFeed, seq: v.number() });

/** The way of a signal: when the source made it, when we got it, when it was committed. */
export const vStamps = v.object({
  sourceAtMs: v.number(),
  receivedAtMs: v.number(),
  committedAtMs: v.number(),
});

/** What every reader of a signal sees; a deleted one has no content, embeds, attachments or author. */
export const feedSignalFields = {
  signalId: v.id("signals"),
  feed: vFeed,
  seq: v.number(),
  state: vSignalState,
  revision: v.number(),
  kind: vSignalKind,
  source: v.object({ name: v.string() }),
  author: v.union(vAuthor, v.null()),
  content: v.string(),
  embeds: v.array(vFeedEmbed),
  attachments: v.array(vFeedAttachment),
  replyTo: v.union(vFeedPlace, v.null()),
  postedAtMs: v.number(),
  editedAtMs: v.union(v.number(), v.null()),
  deletedAtMs: v.union(v.number(), v.null()),
  stamps: vStamps,
};

export const vFeedSignal = v.object(feedSignalFields);

const vWritten = v.object({
  atMs: v.number(),
  by: v.union(v.literal("create"), v.literal("update")),
});

/** What the fold (packages/domain) must remember beside the values: which event wrote which field. */
export const vFoldMemory = v.object({
  firstAtMs: v.number(),
  createdAtMs: v.union(v.number(), v.null()),
  written: v.object({
    author: v.optional(vWritten),
    content: v.optional(vWritten),
    embeds: v.optional(vWritten),
    attachments: v.optional(vWritten),
    replyTo: v.optional(vWritten),
    kind: v.optional(
      v.object({
        ...vWritten.fields,
        value: v.union(v.literal("entry"), v.literal("update"), v.literal("close")),
      }),
    ),
  }),
});
