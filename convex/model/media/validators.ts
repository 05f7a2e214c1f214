/** The shapes of media: what is wanted, what became of a fetch, and what a reader is shown. */
import { v } from "convex/values";

export const vWantedState = v.union(
  v.literal("due"), // to be fetched from dueAtMs on
  v.literal("fetching"), // an action is at it since dueAtMs
  v.literal("stored"),
  v.literal("expired"), // its link has run out: the bot asks for a new one
  v.literal("failed"), // for good, or until an operator asks again
);

/** A copy as the signal's row keeps it: ready with its mediaId, or not to be had. */
export const vSignalMedium = v.object({
  address: v.string(),
  mediaId: v.union(v.id("media"), v.null()),
  contentType: v.optional(v.string()),
  width: v.optional(v.number()),
  height: v.optional(v.number()),
});

/** A picture or file as a reader is shown it. `url` only when it is ready. */
export const vShownMedium = v.object({
  state: v.union(
    v.literal("ready"),
    v.literal("coming"), // its copy follows
    v.literal("missing"), // it could not be copied
  ),
  url: v.optional(v.string()),
  width: v.optional(v.number()),
  height: v.optional(v.number()),
});

/** One wanted file for the action that fetches it. */
export const vFetchOrder = v.object({
  wantedId: v.id("wantedMedia"),
  link: v.string(),
  attempt: v.number(),
  hosts: v.array(v.string()), // what its source allows besides Discord
});

/** What became of one fetch. */
export const vFetchResult = v.union(
  v.object({
    state: v.literal("stored"),
    storageId: v.id("_storage"),
    contentType: v.string(),
    hash: v.string(),
    size: v.number(),
    width: v.optional(v.number()),
    height: v.optional(v.number()),
  }),
  v.object({
    state: v.union(v.literal("retry"), v.literal("expired"), v.literal("failed")),
    code: v.string(),
  }),
);

/** A file that a signal wants, as the console shows it. */
export const vLiveMedium = v.object({
  wantedId: v.id("wantedMedia"),
  name: v.string(),
  state: vWantedState,
  attempt: v.number(),
  code: v.union(v.string(), v.null()),
});
