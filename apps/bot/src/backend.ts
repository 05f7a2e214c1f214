/**
 * What the bot needs of the backend, as an interface: the real one is
 * `convex-backend.ts`, tests give a small one of their own.
 */
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api.js";

export type WorkAnswer = FunctionReturnType<typeof api.mirrors.work>;
export type MirrorWork = Extract<WorkAnswer, { state: "current" }>["rows"][number];
export type SettleResult = FunctionArgs<typeof api.mirrors.settle>["results"][number];
export type WatchedSource = Extract<
  FunctionReturnType<typeof api.sources.watched>,
  { state: "current" }
>["sources"][number];
export type SourceEvents = FunctionArgs<typeof api.ingest.events>["events"];
export type IngestResults = FunctionReturnType<typeof api.ingest.events>["results"];
export type ReceiptSample = FunctionArgs<typeof api.receipts.report>["samples"][number];
export type LeaseStatus = Extract<
  FunctionReturnType<typeof api.leases.status>,
  { state: "current" }
>;
export type Lane = "priority" | "normal";

/** How a subscription ends. */
export type Unsubscribe = () => void;

export interface Backend {
  watchSources(onChange: (sources: readonly WatchedSource[]) => void): Unsubscribe;
  /** Ids of the newest live messages captured from this channel (not its threads), newest first, at most 100. */
  recentMessages(channelId: string): Promise<readonly string[]>;
  /** Resent by the client until the backend has answered, also across reconnects. */
  ingest(events: SourceEvents, receivedAtMs: number): Promise<IngestResults>;
  watchWork(
    shard: number,
    lane: Lane,
    onChange: (rows: readonly MirrorWork[]) => void,
  ): Unsubscribe;
  settle(
    shard: number,
    epoch: number,
    results: readonly SettleResult[],
  ): Promise<"settled" | "leaseLost">;
  watchLease(shard: number, onChange: (status: LeaseStatus) => void): Unsubscribe;
  acquireLease(shard: number): Promise<{ readonly epoch: number } | null>;
  beatLease(shard: number, epoch: number): Promise<boolean>;
  releaseLease(shard: number, epoch: number): Promise<void>;
  report(
    surface: "botReceived" | "botAcknowledged",
    samples: readonly ReceiptSample[],
  ): Promise<void>;
  /** The backend has revoked this machine: nothing will be answered any more. */
  onRevoked(listener: () => void): void;
  close(): Promise<void>;
}
