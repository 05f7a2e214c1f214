/** What one bot has done since it started, for its health endpoint. Sees it at the backend's door. */
import {
  addLatencies,
  EMPTY_HISTOGRAM,
  type LatencyHistogram,
  percentileMs,
} from "@heliograph/domain";
import type { Backend } from "../backend.ts";

export type Surface = Parameters<Backend["report"]>[0];

export interface LatencySummary {
  readonly surface: Surface;
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export class BotStats {
  readonly #leases = new Map<number, boolean>();
  readonly #settled = { applied: 0, retry: 0, failed: 0 };
  readonly #latencies = new Map<Surface, LatencyHistogram>();
  #ingested = 0;

  /** The same backend, watched. */
  observe(backend: Backend): Backend {
    return {
      ...backend,
      ingest: async (events, receivedAtMs) => {
        const results = await backend.ingest(events, receivedAtMs);
        this.#ingested += results.length;
        return results;
      },
      settle: async (shard, epoch, results) => {
        const answer = await backend.settle(shard, epoch, results);
        if (answer === "settled") for (const { outcome } of results) this.#settled[outcome] += 1;
        return answer;
      },
      acquireLease: async (shard) => {
        const lease = await backend.acquireLease(shard);
        this.#leases.set(shard, lease !== null);
        return lease;
      },
      beatLease: async (shard, epoch) => {
        const isHeld = await backend.beatLease(shard, epoch);
        this.#leases.set(shard, isHeld);
        return isHeld;
      },
      releaseLease: async (shard, epoch) => {
        await backend.releaseLease(shard, epoch);
        this.#leases.set(shard, false);
      },
      report: async (surface, samples) => {
        const known = this.#latencies.get(surface) ?? EMPTY_HISTOGRAM;
        const latencies = samples.map(({ sinceReceivedMs }) => Math.max(0, sinceReceivedMs));
        this.#latencies.set(surface, addLatencies(known, latencies));
        await backend.report(surface, samples);
      },
    };
  }

  /** Shards that were ever asked for, and whether they are held. */
  get leases(): readonly (readonly [shard: number, isHeld: boolean])[] {
    return [...this.#leases].sort(([a], [b]) => a - b);
  }

  get settled(): Readonly<Record<"applied" | "retry" | "failed", number>> {
    return this.#settled;
  }

  /** Events that the backend has answered. */
  get ingested(): number {
    return this.#ingested;
  }

  /** From received to seen, of what was reported: some seconds behind, and sampled. */
  get latencies(): readonly LatencySummary[] {
    return [...this.#latencies].map(([surface, histogram]) => ({
      surface,
      count: histogram.count,
      p50: percentileMs(histogram, 50),
      p95: percentileMs(histogram, 95),
      p99: percentileMs(histogram, 99),
    }));
  }
}
