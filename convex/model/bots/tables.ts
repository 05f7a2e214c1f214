/** Tables of bots. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vAppearance, vBotChannel, vBotGuild, vBotRole, vPresenceState } from "./validators.ts";

export const botTables = {
  // A bot process, as it said of itself. Written by bots/ when it appears, changes or falls silent; read by
  // the console and the doctor; deleted a day after it went.
  botPresences: defineTable({
    ...vAppearance.fields,
    botUserId: v.union(v.string(), v.null()), // null: Discord never let it in
    botName: v.union(v.string(), v.null()),
    machineId: v.id("machineTokens"),
    state: vPresenceState,
    code: v.union(v.string(), v.null()),
    sinceMs: v.number(), // of the state
    epoch: v.number(), // grows with every appearance
  })
    .index("by_holder", ["holder"])
    .index("by_state_sinceMs", ["state", "sinceMs"])
    .index("by_botUserId_state", ["botUserId", "state"]),

  // When a bot was last heard of, and how far away Discord is. Written by bots/ every 15 s; read by bots/
  // and the console's list of bots; deleted when the bot goes.
  botPulses: defineTable({
    presenceId: v.id("botPresences"),
    atMs: v.number(),
    pingMs: v.union(v.number(), v.null()),
  })
    .index("by_presenceId", ["presenceId"])
    .index("by_atMs", ["atMs"]),

  // A server that a bot is in. Written by bots/ when something changed; read by the doctor, the pickers and
  // the console; deleted when the bot has left.
  botGuilds: defineTable({ botUserId: v.string(), ...vBotGuild.fields })
    .index("by_bot_guild", ["botUserId", "guildId"])
    .index("by_guildId", ["guildId"]),

  // A channel of such a server, as the guild.
  botChannels: defineTable({ botUserId: v.string(), guildId: v.string(), ...vBotChannel.fields })
    .index("by_bot_guild", ["botUserId", "guildId"])
    .index("by_bot_channel", ["botUserId", "channelId"]),

  // A role of such a server, as the guild.
  botRoles: defineTable({ botUserId: v.string(), guildId: v.string(), ...vBotRole.fields }).index(
    "by_bot_guild",
    ["botUserId", "guildId"],
  ),
};
