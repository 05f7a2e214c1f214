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
export type WatchedSource = Extract<
  FunctionReturnType<typeof api.sources.watched>,
  { state: "current" }
>["sources"][number];
export type IngestResults = FunctionReturnType<typeof api.ingest.events>["results"];
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
  /** At most 100 ids of messages that are gone; those of no mirror are passed over. */
  noteLost(shard: number, epoch: number, messageIds: readonly string[]): Promise<void>;
  /** The targets that are to be compared with what is wanted. */
  watchChecks(shard: number, onChange: (checks: readonly WantedCheck[]) => void): Unsubscribe;
  /** What is applied in a channel, a page, the newest first. */
  expectedIn(channelId: string, plannedBeforeMs: number): Promise<ExpectedPage>;
  /** Answers which of the strays are to be removed. */
  reportCheck(shard: number, epoch: number, report: CheckReport): Promise<readonly string[]>;
  watchLease(shard: number, onChange: (status: LeaseStatus) => void): Unsubscribe;
  acquireLease(shard: number): Promise<{ readonly epoch: number } | null>;
  beatLease(shard: number, epoch: number): Promise<boolean>;
  releaseLease(shard: number, epoch: number): Promise<void>;
  report(
    surface: "botReceived" | "botDispatched" | "botAcknowledged",
    samples: readonly ReceiptSample[],
  ): Promise<void>;
  /** The machine token was revoked, has expired or is of the wrong kind: nothing will be answered any more. */
  onRefused(listener: (refusal: MachineRefusal) => void): void;
  close(): Promise<void>;
}
