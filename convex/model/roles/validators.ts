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

export const vSweepState = v.union(
  v.literal("asked"), // the worker is to do it
  v.literal("done"),
  v.literal("failed"), // the code says why
);

export const vSweepCause = v.union(
  v.literal("clock"),
  v.literal("operator"),
  v.literal("worker"), // it may have missed who came and left
);

/** What a sweep found. */
export const sweepFindings = {
  members: v.number(), // looked at
  checked: v.number(), // settled rows compared
  missing: v.number(), // accounts that lacked a role; it is given again
  left: v.number(), // accounts that had left unnoticed
  byHand: v.number(), // accounts that hold a mapped role without our doing; left alone
  byHandSample: v.array(v.object({ discordId: v.string(), roleIds: v.array(v.string()) })),
};

/** What a row says of one account, for a sweep to compare. */
export const vSweepRow = v.object({
  memberRoleId: v.id("memberRoles"),
  discordId: v.string(),
  revision: v.number(),
  wanted: v.array(v.string()),
  ours: v.array(v.string()),
  state: v.union(v.literal("settled"), v.literal("absent"), v.literal("open")), // open: being worked on
});

/** What was found otherwise. */
export const vDrift = v.object({
  memberRoleId: v.id("memberRoles"),
  revision: v.number(),
  drift: v.union(
    v.object({ kind: v.literal("missing"), roleIds: v.array(v.string()) }),
    v.object({ kind: v.literal("left") }),
  ),
});
