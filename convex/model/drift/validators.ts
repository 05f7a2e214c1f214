/** The shapes of a target's check. */
import { v } from "convex/values";
import { vMirrorWork } from "../mirrors/validators.ts";
import { vFeed } from "../signals/validators.ts";

/** Ids that one report may carry of each kind; what is beyond is found by the next check. */
export const MOST_FINDINGS = 100;

export const vWantedCheck = v.object({
  channelId: v.string(),
  guildId: v.string(),
  place: vMirrorWork.fields.place,
  wantedAtMs: v.number(),
});

/** What a bot found in one target. */
export const vCheckReport = v.object({
  channelId: v.string(),
  compared: v.number(),
  missing: v.array(v.string()), // messages that are applied and not there
  changed: v.array(v.id("mirrors")), // mirrors that show something else
  strays: v.array(v.object({ messageId: v.string(), feed: vFeed, seq: v.number() })), // of no mirror it was told of
  code: v.union(v.string(), v.null()), // why the target could not be checked
});

/** A target's last check as the console shows it. */
export const vTargetCheck = v.object({
  channelId: v.string(),
  state: v.union(v.literal("wanted"), v.literal("done")),
  checkedAtMs: v.union(v.number(), v.null()),
  compared: v.number(),
  missing: v.number(),
  changed: v.number(),
  strays: v.number(),
  code: v.union(v.string(), v.null()),
});
