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
export type IngestResults = FunctionReturnType<typeof api.ingest.events>["results"];
export type ReceiptSample = FunctionArgs<typeof api.receipts.report>["samples"][number];
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
export type Lane = "priority" | "normal";

/** How a subscription ends. */
export type Unsubscribe = () => void;

/** Why the backend will not answer this machine any more. */
export interface MachineRefusal {
  readonly code: string;
  readonly message: string;
}

/**
 * Every promise waits out a lost connection and rejects only when the backend
 * refuses; what was sent is sent again after a reconnect, so it may run twice.
 */
export interface Backend {
  /** The server's clock, in ms. Rejects when it cannot be reached. */
  serverTimeMs(): Promise<number>;
  watchSources(onChange: (sources: readonly WatchedSource[]) => void): Unsubscribe;
  /** Ids of the newest live messages captured from this channel (not its threads), newest first, at most 100. */
  recentMessages(channelId: string): Promise<readonly string[]>;
  /** The newest message captured from this channel, deleted or not; null if none ever was. */
  lastMessage(channelId: string): Promise<string | null>;
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
  watchLease(shard: number, onChange: (status: LeaseStatus) => void): Unsubscribe;
  acquireLease(shard: number): Promise<{ readonly epoch: number } | null>;
  beatLease(shard: number, epoch: number): Promise<boolean>;
  releaseLease(shard: number, epoch: number): Promise<void>;
  report(
    surface: "botReceived" | "botAcknowledged",
    samples: readonly ReceiptSample[],
  ): Promise<void>;
  /** The machine token was revoked, has expired or is of the wrong kind: nothing will be answered any more. */
  onRefused(listener: (refusal: MachineRefusal) => void): void;
  close(): Promise<void>;
}
