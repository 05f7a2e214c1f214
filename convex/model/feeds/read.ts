/** What a viewer sees of a feed: one segment, or where the feed stands. */
import { type Feed, FIRST_LIVE_SEQ, SEGMENT_SIZE, seqRange } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { mediaLink } from "../media/links.ts";
import { type LinkOf, showAttachment, showEmbed } from "../media/shown.ts";
import { KnownRows } from "../signals/knownRows.ts";
import type { vFeedSignal } from "../signals/validators.ts";
import type { FeedAccess } from "./keys.ts";

export type FeedSignal = Infer<typeof vFeedSignal>;

/** The signals of a segment, ascending by seq; empty for one that is still to come. */
export async function readSegment(
  ctx: { db: DatabaseReader },
  access: FeedAccess,
  segment: number,
): Promise<FeedSignal[]> {
  const { feed } = access;
  const { firstSeq, lastSeq } = seqRange(segment);
  const rows = await ctx.db
    .query("signals")
    .withIndex("by_feed_seq", (q) => q.eq("feed", feed).gte("seq", firstSeq).lte("seq", lastSeq))
    .take(SEGMENT_SIZE);
  const known = new KnownRows(ctx);
  return await Promise.all(
    rows.map((row) => toFeedSignal(known, row, (mediaId) => mediaLink(mediaId, access))),
  );
}

/** The seq the feed's next signal will have. */
export async function readNextSeq(ctx: { db: DatabaseReader }, feed: Feed): Promise<number> {
  const counter = await ctx.db
    .query("feedCounters")
    .withIndex("by_feed", (q) => q.eq("feed", feed))
    .unique();
  return counter?.nextSeq ?? FIRST_LIVE_SEQ;
}

/** A stored signal as every reader sees it; `linkOf` is the address of a stored medium for this reader. */
export async function toFeedSignal(
  known: KnownRows,
  row: Doc<"signals">,
  linkOf: LinkOf = null,
): Promise<FeedSignal> {
  return {
    signalId: row._id,
    feed: row.feed,
    seq: row.seq,
    state: row.state,
    revision: row.revision,
    kind: row.kind,
    source: { name: await known.sourceName(row.sourceId) },
    author: row.author === null ? null : withoutId(row.author),
    content: row.content,
    embeds: row.embeds.map((embed) => showEmbed(row, embed, linkOf)),
    attachments: row.attachments.map((file) => showAttachment(row, file, linkOf)),
    replyTo: row.replyTo === null ? null : { feed: row.replyTo.feed, seq: row.replyTo.seq },
    postedAtMs: row.postedAtMs,
    editedAtMs: row.editedAtMs,
    deletedAtMs: row.deletedAtMs,
    stamps: row.stamps,
  };
}

function withoutId(author: NonNullable<Doc<"signals">["author"]>): FeedSignal["author"] {
  const { id: _, ...seen } = author;
  return seen;
}
