/**
 * Every table of the deployment, each with who writes, reads and deletes it. Tables of people and money
 * stand in their rooms (model/<room>/tables.ts); those of the hot path stand here.
 *
 * Cold rows are read by subscriptions, ingest and settle. What changes often
 * (beats, last use, tallies, histograms) has a table of its own, read by none of them.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { accessTables } from "./model/access/tables.ts";
import { botTables } from "./model/bots/tables.ts";
import { captureTables } from "./model/capture/tables.ts";
import { catalogueTables } from "./model/catalogue/tables.ts";
import { checkoutTables } from "./model/checkout/tables.ts";
import { discordTables } from "./model/discord/tables.ts";
import { doctorTables } from "./model/doctor/tables.ts";
import { identityTables } from "./model/identities/tables.ts";
import { vSourceCounts } from "./model/ingest/validators.ts";
import { vMachineKind, vMachineState } from "./model/machines/validators.ts";
import { mailTables } from "./model/mail/tables.ts";
import { mediaTables } from "./model/media/tables.ts";
import { vSignalMedium } from "./model/media/validators.ts";
import { mirrorTables } from "./model/mirrors/tables.ts";
import { vLane, vMirrorApplied, vMirrorState } from "./model/mirrors/validators.ts";
import { paymentTables } from "./model/payments/tables.ts";
import { peopleTables } from "./model/people/tables.ts";
import { vStaffActor } from "./model/people/validators.ts";
import { vHistogramSpan, vSurface } from "./model/receipts/validators.ts";
import { reconcileTables } from "./model/reconcile/tables.ts";
import { roleTables } from "./model/roles/tables.ts";
import { routeTables } from "./model/routes/tables.ts";
import {
  vAttachment,
  vEmbed,
  vFeed,
  vFoldMemory,
  vReplyTarget,
  vSignalKind,
  vSignalState,
  vStamps,
  vStoredAuthor,
} from "./model/signals/validators.ts";
import { silenceTables } from "./model/silence/tables.ts";
import { stopTables } from "./model/stops/tables.ts";
import { tradingviewTables } from "./model/tradingview/tables.ts";

export default defineSchema({
  ...peopleTables,
  ...mailTables,
  ...identityTables,
  ...catalogueTables,
  ...checkoutTables,
  ...paymentTables,
  ...reconcileTables,
  ...stopTables,
  ...accessTables,
  ...mediaTables,
  ...discordTables,
  ...roleTables,
  ...botTables,
  ...doctorTables,
  ...silenceTables,
  ...tradingviewTables,
  ...captureTables,
  ...routeTables,
  ...mirrorTables,

  // A channel analysts post in. Written by sources/ and setup/; read by ingest, the bot, the feed
  // (the name) and the console; never deleted.
  sources: defineTable({
    name: v.string(),
    guildId: v.string(),
    channelId: v.string(),
    minTier: vFeed,
    allowBots: v.boolean(),
    mediaHosts: v.optional(v.array(v.string())), // where its pictures may be fetched from, besides Discord
    // Programs let in one by one: user, webhook or application ids, or the channel that copies come from.
    allowedAuthors: v.optional(v.array(v.string())),
  })
    .index("by_channelId", ["channelId"])
    .index("by_name", ["name"]),

  // A caller that is no person. Written by machines/ only; read by every machine wrapper and by
  // ingest; deleted by the sweep 30 days after it ended. The token itself is stored nowhere.
  machineTokens: defineTable({
    kind: vMachineKind,
    name: v.string(),
    tokenHash: v.string(), // SHA-256, hex
    state: vMachineState,
    sourceId: v.union(v.id("sources"), v.null()), // a source token may be bound to one source
    expiresAtMs: v.union(v.number(), v.null()),
    endedAtMs: v.union(v.number(), v.null()),
    shownTo: v.optional(v.id("users")), // who was shown the token; none: the command line, a console
  })
    .index("by_tokenHash", ["tokenHash"])
    .index("by_shownTo_kind_state", ["shownTo", "kind", "state"])
    .index("by_endedAtMs", ["endedAtMs"])
    .index("by_state_expiresAtMs", ["state", "expiresAtMs"])
    .index("by_source_kind_state", ["sourceId", "kind", "state"]),

  // When a machine was last heard of, beside its token. Written by machines/ at most once a minute, at
  // an exchange and by ingest's roll-up; read by the console's list; deleted with the token.
  tokenUses: defineTable({
    machineId: v.id("machineTokens"),
    usedAtMs: v.number(),
  }).index("by_machineId", ["machineId"]),

  // The next number of each feed: the one row that is meant to be hot. Written by ingest only;
  // read by ingest and, once per viewer, by feed.position; never deleted.
  feedCounters: defineTable({ feed: vFeed, nextSeq: v.number() }).index("by_feed", ["feed"]),

  // Which epochs of a shard's feed key are valid. Written by access/ only; read by every feed key
  // wrapper; never deleted.
  feedShards: defineTable({
    feed: vFeed,
    shard: v.number(),
    epoch: v.number(),
    previousEpoch: v.union(v.number(), v.null()), // valid until the function that forgets it has run
    turnsAtMs: v.number(), // when the epoch turns over by time
  })
    .index("by_feed_shard", ["feed", "shard"])
    .index("by_turnsAtMs", ["turnsAtMs"]),

  // A post, for good: (feed, seq) is unique and without holes. Written by ingest, and its `media` by
  // media/; read by the feed, the work list and the console; never deleted (a deleted post stays as an
  // empty tombstone).
  signals: defineTable({
    sourceId: v.id("sources"),
    messageId: v.string(),
    threadId: v.union(v.string(), v.null()), // the thread of the channel it was posted in
    feed: vFeed,
    seq: v.number(),
    state: vSignalState,
    revision: v.number(), // counts what changed what is seen, copies of its files included: 1, 2, 3 ...
    kind: vSignalKind,
    author: v.union(vStoredAuthor, v.null()),
    content: v.string(),
    embeds: v.array(vEmbed),
    attachments: v.array(vAttachment),
    media: v.optional(v.array(vSignalMedium)), // copies of its files so far; absent when none are wanted
    replyToMessageId: v.union(v.string(), v.null()),
    replyTo: v.union(vReplyTarget, v.null()), // known once the post it answers is here
    postedAtMs: v.number(),
    editedAtMs: v.union(v.number(), v.null()),
    deletedAtMs: v.union(v.number(), v.null()),
    stamps: vStamps, // of its arrival: the feed is ordered by them
    changeStamps: vStamps, // of the latest change that is seen
    fold: vFoldMemory,
  })
    // The newest of a source are the first by time of arrival.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_source", ["sourceId"])
    .index("by_source_message", ["sourceId", "messageId"])
    .index("by_source_reply", ["sourceId", "replyToMessageId"])
    .index("by_source_thread_state_posted", ["sourceId", "threadId", "state", "postedAtMs"])
    .index("by_feed_seq", ["feed", "seq"])
    .index("by_committedAtMs", ["stamps.committedAtMs"]),

  // What one target channel should show of one signal, and what it shows. Wanted: written by ingest
  // and routes/; applied: by settle; nobody else. Read by the work list and the console; never deleted.
  mirrors: defineTable({
    signalId: v.id("signals"),
    routeId: v.id("routes"),
    rulesId: v.optional(v.id("routeRules")), // of the route when it was planned; none: plain
    shard: v.number(),
    lane: vLane,
    guildId: v.string(),
    channelId: v.string(),
    targetName: v.string(),
    pingRoleId: v.union(v.string(), v.null()),
    wantedRevision: v.number(),
    wantedDeleted: v.boolean(),
    withdrawn: v.boolean(), // its route ended before it was posted, or it was removed by hand for good: never post it
    applied: v.union(vMirrorApplied, v.null()),
    state: vMirrorState,
    dueAtMs: v.number(), // since when it is due, or when it becomes due
    attempt: v.number(), // failures since the wanted state last changed
    losses: v.optional(v.number()), // how often somebody removed it by hand
    urged: v.optional(v.boolean()), // somebody asked for another try now
    lookFirst: v.boolean(), // the nonce may no longer protect: look at the channel before posting
    code: v.union(v.string(), v.null()),
    message: v.union(v.string(), v.null()),
  })
    .index("by_signal_channel", ["signalId", "channelId"])
    .index("by_shard_lane_state_due", ["shard", "lane", "state", "dueAtMs"])
    .index("by_shard_lane_state_channel_due", ["shard", "lane", "state", "channelId", "dueAtMs"])
    .index("by_route_open", ["routeId", "state", "applied", "withdrawn"])
    .index("by_state_due", ["state", "dueAtMs"])
    .index("by_channel_state_due", ["channelId", "state", "dueAtMs"])
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes -- the check of a target needs them by age
    .index("by_channelId", ["channelId"]),

  // Who may act on a shard of guilds. Written by leases/ when a holder changes; read by settle, the
  // work list and standbys; never deleted.
  leases: defineTable({
    shard: v.number(),
    epoch: v.number(), // grows with every new holder
    holder: v.union(v.string(), v.null()),
    machineId: v.union(v.id("machineTokens"), v.null()),
    heldSinceMs: v.number(),
    tookOver: v.boolean(), // somebody held it before: what is older than heldSinceMs is looked at first
  }).index("by_shard", ["shard"]),

  // The heartbeat of each lease. Written by leases/ every 3 s; read by leases/ only; never deleted.
  leaseBeats: defineTable({
    shard: v.number(),
    epoch: v.number(),
    beatAtMs: v.number(),
  })
    .index("by_shard", ["shard"])
    .index("by_beatAtMs", ["beatAtMs"]),

  // One row per ingest batch, written blindly by ingest; read and deleted by the roll-up.
  ingestTallies: defineTable({
    machineId: v.id("machineTokens"),
    atMs: v.number(),
    accepted: v.number(),
    duplicate: v.number(),
    stale: v.number(),
    rejected: v.number(),
    bySource: v.optional(v.array(vSourceCounts)),
  }),

  // Ingest per minute. Written and deleted by the roll-up; read by the console.
  ingestMinutes: defineTable({
    minuteMs: v.number(),
    accepted: v.number(),
    duplicate: v.number(),
    stale: v.number(),
    rejected: v.number(),
  }).index("by_minuteMs", ["minuteMs"]),

  // What one token sent per minute. Written and deleted by the roll-up, which reads nobody else's.
  ingestLoads: defineTable({
    machineId: v.id("machineTokens"),
    minuteMs: v.number(),
    events: v.number(),
  })
    .index("by_machine_minute", ["machineId", "minuteMs"])
    .index("by_minuteMs", ["minuteMs"]),

  // A token that sent too much. Written by the roll-up; read by ingest; deleted by the function
  // scheduled at untilMs.
  ingestThrottles: defineTable({
    machineId: v.id("machineTokens"),
    untilMs: v.number(),
  }).index("by_machineId", ["machineId"]),

  // Latency of the current minutes, spread over 16 slots so that reports seldom meet. Written by
  // receipts/; read and deleted by its roll-up.
  receiptSlots: defineTable({
    surface: vSurface,
    minuteMs: v.number(),
    slot: v.number(),
    counts: v.array(v.number()), // a compact histogram of packages/domain
  })
    .index("by_surface_minute_slot", ["surface", "minuteMs", "slot"])
    .index("by_minuteMs", ["minuteMs"]),

  // Latency per minute (an hour of them) and per ten minutes (a day of them). Written and deleted by
  // the roll-up; read by the console.
  receiptHistograms: defineTable({
    surface: vSurface,
    span: vHistogramSpan,
    startMs: v.number(),
    counts: v.array(v.number()),
  })
    .index("by_span_surface_start", ["span", "surface", "startMs"])
    .index("by_span_start", ["span", "startMs"]),

  // What staff did, written in the same transaction as the deed; never changed.
  auditLog: defineTable({
    actor: vStaffActor,
    action: v.string(), // room.deed
    subject: v.string(), // the id of what was acted on
    detail: v.union(v.string(), v.null()), // what a reader needs beside it; no secret
    atMs: v.number(),
  })
    .index("by_atMs", ["atMs"])
    .index("by_actor_atMs", ["actor", "atMs"])
    .index("by_subject_atMs", ["subject", "atMs"]),
});
