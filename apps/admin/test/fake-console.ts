/** The console's functions for the stand-in deployment, over data a test may change. */
import { FakeFeeds } from "@heliograph/live-client/test/fake-feeds";
import { FakeConvexError, type FakeFunctions } from "@heliograph/live-client/test/sync-session";

export const OWN_MACHINE = "machine-console";

/** Everything the console can ask about; `ended` turns every query into revoked. */
export class FakeConsole {
  readonly feeds = new FakeFeeds();
  ended = false;
  sources = [source("source-1", "Momentum Desk")];
  routes: Array<Record<string, unknown>> = [];
  templates: Array<Record<string, unknown>> = [];
  machines = [machine(OWN_MACHINE, "console", "npm start"), machine("machine-bot", "bot", "Bot 1")];
  mirrors: Array<Record<string, unknown>> = [];
  queues: Array<Record<string, unknown>> = [];

  /** Queries and mutations by path. */
  functions(): FakeFunctions {
    return {
      queries: {
        "account:signInMethods": () => ({ discord: true }),
        "live:signals": this.#current(({ limit }) => ({
          signals: this.#signals().slice(0, Number(limit)),
        })),
        "live:rate": this.#current(() => ({ minutes: [] })),
        "receipts:summary": this.#current(({ window }) => ({ surfaces: surfaces(window) })),
        "sources:list": this.#current(() => ({ sources: this.sources })),
        "capture:health": this.#current(() => ({ sources: this.sources.map(healthOf) })),
        "tradingview:templates": this.#current(() => ({ templates: this.templates })),
        "tradingview:recent": this.#current(() => ({ alerts: [] })),
        "routes:list": this.#current(() => ({ routes: this.routes })),
        "mirrors:queues": this.#current(() => ({ targets: this.queues, isMore: false })),
        "drift:list": this.#current(() => ({ checks: [], drift: 0 })),
        "machines:list": this.#current(() => ({ machines: this.machines })),
        "leases:list": this.#current(() => ({ leases: [] })),
        "bots:list": this.#current(() => ({ bots: [BOT] })),
        "bots:guilds": this.#current(() => ({ guilds: [] })),
        "doctor:round": this.#current(() => ({ examined: 1, patients: [PATIENT] })),
        "silence:list": this.#current(() => ({ watches: [WATCH] })),
        "silence:badge": this.#current(() => ({ silent: 1 })),
      },
      mutations: {
        "receipts:reportConsole": () => ({ state: "recorded" }),
        "sources:create": (args) => this.#createSource(args),
        "tradingview:save": (args) => this.#saveTemplate(args),
        "routes:create": (args) =>
          void this.routes.push({
            ...{ routeId: "route-1", pingRoleId: null, shard: 0, paused: false },
            ...args,
          }),
        "routes:change": ({ routeId: _, ...args }) =>
          void Object.assign(this.routes[0] ?? {}, args),
        "routes:pause": ({ paused }) => void Object.assign(this.routes[0] ?? {}, { paused }),
        "mirrors:retry": () => this.#retry(),
        "routes:remove": () => this.#removeRoutes(),
        "machines:revoke": ({ machineId }) => this.#revoke(machineId),
      },
    };
  }

  #current(fields: (args: Record<string, unknown>) => Record<string, unknown>) {
    return (args: Record<string, unknown>) =>
      this.ended ? { state: "revoked" } : { state: "current", ...fields(args) };
  }

  #signals() {
    return this.feeds
      .of("pro")
      .toReversed()
      .map((signal) => ({ ...signal, sourceId: "source-1", mirrors: this.mirrors, media: [] }));
  }

  #createSource(args: Record<string, unknown>) {
    if (this.sources.some(({ name }) => name === args.name)) {
      throw new FakeConvexError({ code: "name_taken", message: "Another source has this name." });
    }
    this.sources = [...this.sources, source("source-2", String(args.name))];
    return "source-2";
  }

  #saveTemplate(args: Record<string, unknown>) {
    this.templates = [{ templateId: "template-1", updatedAtMs: Date.now(), ...args }];
    return "template-1";
  }

  #retry() {
    this.queues = [];
    return 1;
  }

  #removeRoutes() {
    this.routes = [];
    return null;
  }

  #revoke(machineId: unknown) {
    this.machines = this.machines.map((known) =>
      known.machineId === machineId ? { ...known, state: "revoked", endedAtMs: Date.now() } : known,
    );
    if (machineId === OWN_MACHINE) this.ended = true;
    return null;
  }
}

const BOT = {
  holder: "host:4711",
  botUserId: "700000000000000001",
  botName: "Heliograph",
  workerShards: [0],
  intents: ["messageContent"],
  shardCount: 2,
  gatewayShards: [
    { shardId: 0, state: "ready" },
    { shardId: 1, state: "away" },
  ],
  state: "online",
  code: null,
  sinceMs: Date.now() - 3_600_000,
  heardAtMs: Date.now(),
  pingMs: 42,
};

const PATIENT = {
  kind: "source",
  id: "source-1",
  name: "Momentum Desk",
  guildId: "90001",
  channelId: "91001",
  findings: [
    {
      code: "missing_permission",
      severity: "error",
      message: "The bot lacks View Channel in #calls.",
      fix: "In Discord: #calls > Edit Channel > Permissions > Advanced > Heliograph: set View Channel to the green tick.",
    },
  ],
};

const WATCH = {
  watchId: "watch-1",
  sourceId: "source-1",
  routeId: null,
  name: "Momentum Desk",
  sourceName: "Momentum Desk",
  rule: { kind: "learned" },
  state: "silent",
  sinceMs: Date.now(),
  lastAtMs: Date.now() - 7_200_000,
  boundMs: 3_600_000,
  toldAtMs: Date.now(),
};

/** A JWT as the site gives it out, unsigned: the stand-in does not verify. */
export function fakeJwt(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const nowSeconds = Math.floor(Date.now() / 1000);
  return `${part({ alg: "ES256" })}.${part({ sub: OWN_MACHINE, iat: nowSeconds, exp: nowSeconds + 600 })}.x`;
}

function source(sourceId: string, name: string) {
  return {
    sourceId,
    name,
    guildId: "90001",
    channelId: "91001",
    minTier: "pro",
    allowBots: false,
    allowedAuthors: [],
  };
}

function healthOf({ sourceId, name, channelId }: ReturnType<typeof source>) {
  const lastGap = { cause: "session", fromMs: 0, untilMs: 90_000, recovered: 3 };
  const message = "The bot cannot see this channel.";
  const bot = {
    state: "failing",
    code: "missing_access",
    message,
    reportedAtMs: 0,
    lastGap,
    gaps: 1,
  };
  return { sourceId, name, channelId, counts: null, bot, endpoints: [] };
}

function machine(machineId: string, kind: string, name: string) {
  const times = { createdAtMs: Date.now(), expiresAtMs: null, lastUsedAtMs: null, shownTo: null };
  return { machineId, kind, name, state: "active", endedAtMs: null as number | null, ...times };
}

function surfaces(window: unknown) {
  const p95 = window === "hour" ? 72 : 143;
  const series = [{ atMs: Date.now() - 60_000, p95, count: 9 }];
  const empty = { count: 0, p50: null, p95: null, p99: null, series: [] };
  return [
    { surface: "web", count: 9, p50: 41, p95, p99: 180, series },
    { surface: "botDispatched", ...empty },
    { surface: "botAcknowledged", ...empty },
  ];
}
