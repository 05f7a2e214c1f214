/** Which roles tiers give in Discord, and who holds them. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import {
  mappingFields,
  sweepFindings,
  vMemberRolesState,
  vSweepCause,
  vSweepState,
} from "./validators.ts";

export const roleTables = {
  // A role of a server and whom it is for. Written by the console; read whenever somebody's roles are
  // decided; deleted by the console.
  roleMappings: defineTable(mappingFields).index("by_guild_role", ["guildId", "roleId"]),

  // What one Discord account is to hold in one server among the mapped roles, and what it holds. Wanted:
  // written when access, identities or mappings change; the rest: by settle. Read by the work list, the console
  // and the account page; deleted once nothing is wanted and nothing of ours is held.
  memberRoles: defineTable({
    discordId: v.string(),
    guildId: v.string(),
    shard: v.number(), // the one that serves the guild; follows it (`follow.ts`)
    userId: v.union(v.id("users"), v.null()), // null: it was unlinked
    wanted: v.array(v.string()),
    ours: v.array(v.string()), // may be held because of us
    given: v.array(v.string()), // known to be held because of us
    byHand: v.array(v.string()), // held before we tried
    untried: v.array(v.string()), // of ours: nobody has tried yet
    revision: v.number(), // counts what was wanted: 1, 2, 3 ...
    state: vMemberRolesState,
    dueAtMs: v.number(), // since when it is due without a pause, or when it becomes due
    attempt: v.number(), // failures since what is wanted last changed
    code: v.union(v.string(), v.null()),
    message: v.union(v.string(), v.null()),
  })
    .index("by_discord_guild", ["discordId", "guildId"])
    .index("by_userId", ["userId"])
    .index("by_guild_discord", ["guildId", "discordId"])
    .index("by_guild_state_code", ["guildId", "state", "code"])
    .index("by_guild_shard", ["guildId", "shard"])
    .index("by_shard_state_guild_due", ["shard", "state", "guildId", "dueAtMs"])
    .index("by_state_due", ["state", "dueAtMs"]),

  // Comparisons of a whole server with what was settled. Asked for by the clock or the console, done by the
  // worker; read by both; deleted by roles/ after a week.
  roleSweeps: defineTable({
    guildId: v.string(),
    state: vSweepState,
    cause: vSweepCause,
    askedAtMs: v.number(),
    endedAtMs: v.union(v.number(), v.null()),
    ...sweepFindings,
    code: v.union(v.string(), v.null()),
    message: v.union(v.string(), v.null()),
  })
    .index("by_state", ["state"])
    .index("by_guild_askedAtMs", ["guildId", "askedAtMs"])
    .index("by_askedAtMs", ["askedAtMs"]),
};
