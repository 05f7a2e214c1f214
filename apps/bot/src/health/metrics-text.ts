/** Metrics in Prometheus' text format. */
import type { BotHealth } from "./bot-health.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "summary";
  readonly help: string;
  readonly samples: (health: BotHealth) => readonly Sample[];
}

const METRICS: readonly Metric[] = [
  {
    name: "heliograph_bot_gateway_ready",
    type: "gauge",
    help: "1 while every gateway shard of this process is ready.",
    samples: ({ gatewayReady }) => [[{}, Number(gatewayReady)]],
  },
  {
    name: "heliograph_bot_gateway_ping_milliseconds",
    type: "gauge",
    help: "Last heartbeat to Discord and back.",
    samples: ({ gatewayPingMs }) => (gatewayPingMs === null ? [] : [[{}, gatewayPingMs]]),
  },
  {
    name: "heliograph_bot_backend_connected",
    type: "gauge",
    help: "1 while the line to the backend is open.",
    samples: ({ backendConnected }) => [[{}, Number(backendConnected)]],
  },
  {
    name: "heliograph_bot_lease_held",
    type: "gauge",
    help: "1 for each worker shard that this process acts on.",
    samples: ({ leases }) => leases.map(([shard, held]) => [{ shard: `${shard}` }, Number(held)]),
  },
  {
    name: "heliograph_bot_mirrors_settled_total",
    type: "counter",
    help: "Pieces of mirror work settled, by outcome.",
    samples: ({ settled }) =>
      Object.entries(settled).map(([outcome, count]) => [{ outcome }, count]),
  },
  {
    name: "heliograph_bot_events_ingested_total",
    type: "counter",
    help: "Captured events that the backend has answered.",
    samples: ({ ingested }) => [[{}, ingested]],
  },
  {
    name: "heliograph_bot_latency_milliseconds",
    type: "summary",
    help: "From received to seen, by surface; sampled, reported every 30 s.",
    samples: ({ latencies }) =>
      latencies.flatMap(({ surface, p50, p95, p99 }) =>
        (
          [
            ["0.5", p50],
            ["0.95", p95],
            ["0.99", p99],
          ] as const
        ).flatMap(([quantile, value]) =>
          value === null ? [] : [[{ surface, quantile }, value] as const],
        ),
      ),
  },
];

export function metricsText(bots: readonly BotHealth[]): string {
  return METRICS.map(({ name, type, help, samples }) => {
    const lines = bots.flatMap((health) =>
      samples(health).map(([labels, value]) => {
        return `${name}{${labelText({ bot: health.bot, ...labels })}} ${value}\n`;
      }),
    );
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  }).join("");
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, "_")}"`)
    .join(",");
}
