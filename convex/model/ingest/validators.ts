/** The shapes of ingest: an event that was read, and what became of it. */
import { v } from "convex/values";
import { vAttachment, vEmbed, vSignalKind, vStoredAuthor } from "../signals/validators.ts";

const vHead = {
  messageId: v.string(),
  channelId: v.string(),
  threadId: v.optional(v.string()),
  occurredAt: v.number(), // ms, by the source's clock
};

export const vSourceEvent = v.union(
  v.object({
    ...vHead,
    type: v.union(v.literal("create"), v.literal("update")),
    author: v.optional(vStoredAuthor),
    content: v.optional(v.string()),
    embeds: v.optional(v.array(vEmbed)),
    attachments: v.optional(v.array(vAttachment)),
    replyTo: v.optional(v.string()),
    kind: v.optional(v.union(v.literal("entry"), v.literal("update"), v.literal("close"))),
  }),
  v.object({ ...vHead, type: v.literal("delete") }),
);

/** One item of a batch after reading: an event and what its own text means, or why it is none. */
export const vReadItem = v.union(
  v.object({ ok: v.literal(true), event: vSourceEvent, textKind: v.optional(vSignalKind) }),
  v.object({ ok: v.literal(false), code: v.string(), message: v.string() }),
);

export const vItemStatus = v.union(
  v.literal("accepted"), // it changed what is stored
  v.literal("duplicate"), // it was known
  v.literal("stale"), // something newer was known
  v.literal("rejected"), // it is wrong: see code and message
);

/** What a batch was for one source. */
export const vSourceCounts = v.object({
  sourceId: v.id("sources"),
  accepted: v.number(),
  duplicate: v.number(),
  stale: v.number(),
});

/** What became of one item. */
export const vItemResult = v.object({
  index: v.number(),
  status: vItemStatus,
  seq: v.optional(v.number()),
  code: v.optional(v.string()),
  message: v.optional(v.string()),
});
