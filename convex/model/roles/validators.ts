/** The shapes of roles in Discord: who is to hold what, what holds it up, what a worker reports. */
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";

export const vMemberRolesState = v.union(
  v.literal("due"), // the worker has something to do
  v.literal("waiting"), // becomes due by a function scheduled at dueAtMs
  v.literal("settled"), // Discord shows what is wanted
  v.literal("blocked"), // only a change elsewhere helps: the code says which
);

/** A role of a server and whom it is for. */
export const mappingFields = {
  guildId: v.string(),
  guildName: v.string(),
  roleId: v.string(),
  name: v.string(),
  tier: vFeed,
  andAbove: v.boolean(), // also for higher tiers
};

/** A member's gap, with all the worker needs to close it. */
export const vRoleWork = v.object({
  memberRoleId: v.id("memberRoles"),
  guildId: v.string(),
  discordId: v.string(),
  revision: v.number(),
  give: v.array(v.string()),
  take: v.array(v.string()),
  untried: v.array(v.string()), // surely nobody has tried to give these: what is there is by hand
  attempt: v.number(),
});

/** What the worker did about one member. */
export const vRoleSettlement = v.object({
  memberRoleId: v.id("memberRoles"),
  revision: v.number(), // the one it worked on
  outcome: v.union(v.literal("applied"), v.literal("retry"), v.literal("blocked")),
  given: v.array(v.string()),
  taken: v.array(v.string()),
  byHand: v.array(v.string()),
  tried: v.array(v.string()), // and whether it came about is not known
  code: v.optional(v.string()),
  message: v.optional(v.string()),
  retryAfterMs: v.optional(v.number()),
});

export const vSettled = v.union(
  v.object({ state: v.literal("settled") }),
  v.object({ state: v.literal("leaseLost") }),
);
