/**
 * What the bot needs of the backend, as an interface: the real one is
 * `convex-backend.ts`, tests give a small one of their own.
 */

import type { SourceEvent } from "@heliograph/domain";
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api.js";

type WorkAnswer = FunctionReturnType<typeof api.mirrors.work>;
export type MirrorWork = Extract<WorkAnswer, { state: "current" }>["rows"][number];
export type SettleResult = FunctionArgs<typeof api.mirrors.settle>["results"][number];
export type RoleWork = Extract<
  FunctionReturnType<typeof api.roles.work>,
  { state: "current" }
>["rows"][number];
export type RoleSettlement = FunctionArgs<typeof api.roles.settle>["results"][number];
export type WatchedSource = Extract<
  FunctionReturnType<typeof api.sources.watched>,
  { state: "current" }
>["sources"][number];
export type ExpiredLink = Extract<
  FunctionReturnType<typeof api.media.expired>,
  { state: "current" }
>["links"][number];
export type NewLink = FunctionArgs<typeof api.media.renew>["links"][number];
export type CaptureReport = FunctionArgs<typeof api.capture.report>["report"];
export type CaptureGap = NonNullable<CaptureReport["gap"]>;
export type IngestResults = FunctionReturnType<typeof api.ingest.events>["results"];
export type MemberEvent = FunctionArgs<typeof api.discordMembers.report>["events"][number];
export type ReceiptSample = FunctionArgs<typeof api.receipts.report>["samples"][number];
export type WantedCheck = Extract<
  FunctionReturnType<typeof api.drift.wanted>,
  { state: "current" }
>["checks"][number];
export type ExpectedPage = Pick<
  Extract<FunctionReturnType<typeof api.drift.expected>, { state: "current" }>,
  "rows" | "nextBeforeMs"
>;
export type CheckReport = FunctionArgs<typeof api.drift.report>["report"];
export type LeaseStatus = Pick<
  Extract<FunctionReturnType<typeof api.leases.status>, { state: "current" }>,
  "holder" | "epoch"
>;
export type SweepWork = Extract<
  FunctionReturnType<typeof api.roles.sweepWork>,
  { state: "current" }
>["sweeps"][number];
export type SweepPage = Pick<
  Extract<FunctionReturnType<typeof api.roles.sweepRows>, { state: "current" }>,
  "rows" | "cursor"
>;
export type NotedDrift = FunctionArgs<typeof api.roles.noteDrift>["drifts"][number];
export type SweepResult = FunctionArgs<typeof api.roles.endSweep>["result"];
export type MemberChange = Pick<
  FunctionArgs<typeof api.roles.membersChanged>,
  "guildId" | "joined" | "left"
>;
/** What this bot says of itself when it appears. */
export type Appearance = Omit<FunctionArgs<typeof api.bots.appear>, "holder">;
/** A server as this bot sees it. */
export type GuildReport = FunctionArgs<typeof api.bots.reportGuild>["report"];
/** All servers of some gateway shards. */
export type GuildList = FunctionArgs<typeof api.bots.reportGuilds>;
/** A test message that staff asks for. */
export type WantedTest = Extract<
  FunctionReturnType<typeof api.doctor.wanted>,
  { state: "current" }
>["tests"][number];
export type TestOutcome = FunctionArgs<typeof api.doctor.settle>["outcome"];
export type Lane = "priority" | "normal";

/** How a subscription ends. */
export type Unsubscribe = () => void;

/** Why the backend will not answer this machine any more. */
export interface MachineRefusal {
  readonly code: string;
  readonly message: string;
}

/** What the bot tells of itself and of Discord; over a line of its own, so that it holds up nothing else. */
export interface PresenceBackend {
  appear(appearance: Appearance): Promise<void>;
  /** Meant for every 15 s. False: it is not taken for online, and has to appear again. */
  pulse(pingMs: number | null): Promise<boolean>;
  leave(): Promise<void>;
  /** Discord does not let the bot in. */
  refused(workerShards: readonly number[], code: string): Promise<void>;
  reportGuild(botUserId: string, report: GuildReport): Promise<void>;
  leftGuild(botUserId: string, guildId: string): Promise<void>;
  reportGuilds(guilds: GuildList): Promise<void>;
  watchTests(botUserId: string, onChange: (tests: readonly WantedTest[]) => void): Unsubscribe;
  /** False: somebody else has taken it. */
  takeTest(testId: WantedTest["testId"]): Promise<boolean>;
  settleTest(testId: WantedTest["testId"], outcome: TestOutcome): Promise<void>;
}

/**
 * Every promise waits out a lost connection and rejects only when the backend
 * refuses; what was sent is sent again after a reconnect, so it may run twice.
 */
export interface Backend extends PresenceBackend {
  /** The server's clock, in ms. Rejects when it cannot be reached. */
  serverTimeMs(): Promise<number>;
  watchSources(onChange: (sources: readonly WatchedSource[]) => void): Unsubscribe;
  /** Ids of the newest live messages captured from this channel, or from one of its threads, newest first, at most 100. */
  recentMessages(channelId: string, threadId: string | null): Promise<readonly string[]>;
  /** The newest threads of this channel that posts were captured from. */
  capturedThreads(channelId: string): Promise<readonly string[]>;
  /** The newest message captured from this channel, deleted or not; null if none ever was. */
  lastMessage(channelId: string): Promise<string | null>;
  /** How capturing a source goes, for the operator. */
  reportCapture(report: CaptureReport): Promise<void>;
  /** At most 100 events; `receivedAtMs` is server time. */
  ingest(events: readonly SourceEvent[], receivedAtMs: number): Promise<IngestResults>;
  watchWork(
    shard: number,
    lane: Lane,
    onChange: (rows: readonly MirrorWork[]) => void,
  ): Unsubscribe;
  /** At most 100 results. When it resolves, the watched work lists show the outcome. */
  settle(
    shard: number,
    epoch: number,
    results: readonly SettleResult[],
  ): Promise<"settled" | "leaseLost">;
  /** The bytes of a stored medium; null when it is gone. */
  media(mediaId: string): Promise<Buffer | null>;
  /** Links that ran out before their file was copied, at most 50. */
  watchExpiredLinks(onChange: (links: readonly ExpiredLink[]) => void): Unsubscribe;
  /** Null for a link that cannot be had anew. At most 50. */
  renewLinks(links: readonly NewLink[]): Promise<void>;
  watchRoles(shard: number, onChange: (rows: readonly RoleWork[]) => void): Unsubscribe;
  /** At most 100 results. When it resolves, the watched work list shows the outcome. */
  settleRoles(
    shard: number,
    epoch: number,
    results: readonly RoleSettlement[],
  ): Promise<"settled" | "leaseLost">;
  /** Members have come to a server, or gone; at most 100 of each. */
  membersChanged(shard: number, epoch: number, change: MemberChange): Promise<void>;
  /** Roles, their order or the bot's permissions have changed in a server; or anything may have, unseen. */
  serverChanged(
    shard: number,
    epoch: number,
    change: { readonly guildId: string; readonly missedEvents: boolean },
  ): Promise<void>;
  /** Servers to be compared as a whole. */
  watchSweeps(shard: number, onChange: (sweeps: readonly SweepWork[]) => void): Unsubscribe;
  /** What was settled in a server, a page at a time. */
  sweepRows(guildId: string, cursor: string | null): Promise<SweepPage>;
  /** At most 100. */
  noteDrift(shard: number, epoch: number, drifts: readonly NotedDrift[]): Promise<void>;
  endSweep(
    shard: number,
    epoch: number,
    sweepId: SweepWork["sweepId"],
    result: SweepResult,
  ): Promise<void>;
  /** At most 100 ids of messages that are gone; those of no mirror are passed over. */
  noteLost(shard: number, epoch: number, messageIds: readonly string[]): Promise<void>;
  /** The targets that are to be compared with what is wanted. */
  watchChecks(shard: number, onChange: (checks: readonly WantedCheck[]) => void): Unsubscribe;
  /** What is applied in a channel, a page, the newest first. */
  expectedIn(channelId: string, plannedBeforeMs: number): Promise<ExpectedPage>;
  /** Answers which of the strays are to be removed. */
  reportCheck(shard: number, epoch: number, report: CheckReport): Promise<readonly string[]>;
  watchLease(shard: number, onChange: (status: LeaseStatus) => void): Unsubscribe;
  /** `silentMs`: since the last sign of whoever held it before; null if nobody did. */
  acquireLease(
    shard: number,
  ): Promise<{ readonly epoch: number; readonly silentMs: number | null } | null>;
  beatLease(shard: number, epoch: number): Promise<boolean>;
  releaseLease(shard: number, epoch: number): Promise<void>;
  report(
    surface: FunctionArgs<typeof api.receipts.report>["surface"],
    samples: readonly ReceiptSample[],
  ): Promise<void>;
  /** At most 100 memberships of servers that began, changed or ended. */
  reportMembers(events: readonly MemberEvent[]): Promise<void>;
  /** What happened to memberships until now may not have been told: the backend looks again. */
  membersMissed(): Promise<void>;
  /** Whether its lines are open now. */
  isConnected(): boolean;
  /** The machine token was revoked, has expired or is of the wrong kind: nothing will be answered any more. */
  onRefused(listener: (refusal: MachineRefusal) => void): void;
  close(): Promise<void>;
}
