/** How one bot is. */
export interface BotHealth {
  readonly bot: string;
  readonly gatewayReady: boolean;
  readonly gatewayPingMs: number | null;
  readonly backendConnected: boolean;
  readonly leases: readonly (readonly [shard: number, isHeld: boolean])[];
  readonly settled: Readonly<Record<"applied" | "retry" | "failed", number>>;
  readonly ingested: number;
  readonly latencies: readonly {
    readonly surface: string;
    readonly count: number;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  }[];
}
