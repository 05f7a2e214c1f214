/** Stored pictures and files, and what is wanted of them. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";
import { vWantedState } from "./validators.ts";

export const mediaTables = {
  // Bytes that were copied when a signal came, behind the paywall of its feed: storage addresses are public
  // and for good, so nobody is ever given one. Written by media/; read when one is fetched; deleted, with
  // the bytes, when no signal wants them any more. The same bytes are stored once.
  media: defineTable({
    storageId: v.id("_storage"),
    feed: vFeed,
    contentType: v.string(), // by its bytes; one of MEDIA_TYPES
    name: v.string(),
    hash: v.string(), // SHA-256 of the bytes, hex
    size: v.number(), // bytes
    width: v.optional(v.number()), // of a picture, read from its bytes
    height: v.optional(v.number()),
  })
    .index("by_storageId", ["storageId"])
    .index("by_hash_feed", ["hash", "feed"]),

  // A file that a signal wants copied, and how that stands. Written by ingest (wanted) and media/; read by
  // media/, the console and the bot (links that have run out); deleted when its signal wants it no more.
  wantedMedia: defineTable({
    signalId: v.id("signals"),
    address: v.string(), // what the file is known by: its link without a signature
    link: v.string(), // where it can be had
    name: v.string(),
    state: vWantedState,
    dueAtMs: v.number(), // when it is to be fetched, or was last
    attempt: v.number(), // how many have failed
    code: v.union(v.string(), v.null()), // of the last failure
    mediaId: v.union(v.id("media"), v.null()),
  })
    .index("by_signalId", ["signalId"])
    .index("by_mediaId", ["mediaId"])
    .index("by_state_due", ["state", "dueAtMs"]),
};
