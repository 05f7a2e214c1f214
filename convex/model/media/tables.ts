/** Stored pictures and files. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";

export const mediaTables = {
  // Bytes that were copied when a signal came, behind the paywall of its feed: storage addresses are public
  // and for good, so nobody is ever given one. Written by media/; read when one is fetched.
  media: defineTable({
    storageId: v.id("_storage"),
    feed: vFeed,
    contentType: v.string(), // one of MEDIA_TYPES
    name: v.string(),
  }).index("by_storageId", ["storageId"]),
};
