/** Puts the rooms together behind one port: REST, gateway, files, /sim, page. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { attachmentRoutes } from "./cdn/attachment-routes.ts";
import { AdjustableClock, type Clock } from "./clock.ts";
import { FaultScript } from "./faults/fault-script.ts";
import { Faults } from "./faults/faults.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { SessionStartOptions } from "./gateway/session-starts.ts";
import { Crossposts } from "./messages/crossposts.ts";
import { MessageWrites } from "./messages/message-writes.ts";
import { PollWrites } from "./messages/poll-writes.ts";
import { consentPage } from "./oauth/consent-page.ts";
import { OAuth } from "./oauth/oauth.ts";
import { liveEvents } from "./page/live-events.ts";
import { pageRoutes } from "./page/page-routes.ts";
import { PersonActions } from "./people/person-actions.ts";
import { simRoutes } from "./people/sim-routes.ts";
import type { Limit } from "./ratelimits/fixed-window.ts";
import {
  INVALID_REQUEST_LIMIT,
  type InvalidRequestLimit,
  InvalidRequests,
} from "./ratelimits/invalid-requests.ts";
import type { RouteLimits } from "./ratelimits/route-limits.ts";
import { createApi } from "./rest/api.ts";
import { RequestLog } from "./rest/request-log.ts";
import { GuildWrites } from "./state/guild-writes.ts";
import { MemberWrites } from "./state/member-writes.ts";
import { applySeed, type Seed } from "./state/seed.ts";
import { StateFile } from "./state/state-file.ts";
import { ThreadWrites } from "./state/thread-writes.ts";
import { WebhookWrites } from "./state/webhook-writes.ts";
import { World } from "./state/world.ts";

export type DiscordSimOptions = {
  /** 0, the default, takes a free one. */
  port?: number;
  /** 127.0.0.1 unless given. */
  host?: string;
  /** What exists; added to what the state file brings. */
  seed?: Seed;
  /** JSON file that keeps everything between starts. */
  stateFile?: string;
  clock?: Clock;
  heartbeatIntervalMs?: number;
  /** Other rate limits, by route as `POST /channels/:id/messages`. */
  routeLimits?: RouteLimits;
  globalLimit?: Limit;
  /** Posts of all webhooks of a channel together; 30 a minute unless given. */
  webhookChannelLimit?: Limit;
  /** 401, 403 and 429 answers until everything is refused; 10,000 in 10 minutes unless given. */
  invalidRequestLimit?: InvalidRequestLimit;
  /** Session starts per bot and day (1,000), how many at once (1), and the pause between two (none; Discord has 5,000 ms). */
  sessionStarts?: Partial<SessionStartOptions>;
  /** 2,500 unless given. */
  maxGuildsPerShard?: number;
  /** Told of bugs in the simulator; by default they go to stderr. */
  reportBug?: (error: Error) => void;
};

const HEARTBEAT_INTERVAL_MS = 41_250; // what Discord tells
const SESSION_STARTS = { sessionStarts: 1_000, maxConcurrency: 1, identifyPauseMs: 0 };
const MAX_GUILDS_PER_SHARD = 2_500;

/** Resolves once the port answers. */
export async function startServer(options: DiscordSimOptions) {
  const world = new World(options.clock ?? new AdjustableClock());
  const file =
    options.stateFile === undefined ? undefined : new StateFile(world, options.stateFile);
  await file?.load();
  applySeed(world, options.seed ?? {});
  file?.watch();
  const rooms = furnish(world, options);
  const port = await rooms.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  return {
    ...rooms,
    port,
    /** Ends sockets and requests, then saves what is left to save. */
    async close(): Promise<void> {
      await rooms.stop();
      await file?.close();
    },
  };
}

function createGateway(world: World, baseUrl: () => string, options: DiscordSimOptions): Gateway {
  return new Gateway({
    world,
    baseUrl,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS,
    starts: { ...SESSION_STARTS, ...options.sessionStarts },
    maxGuildsPerShard: options.maxGuildsPerShard ?? MAX_GUILDS_PER_SHARD,
  });
}

function furnish(world: World, options: DiscordSimOptions) {
  let url = "";
  const baseUrl = () => url;
  const threads = new ThreadWrites(world); // first: a thread wakes before its message is told
  const messages = new MessageWrites(world);
  const polls = new PollWrites(world, messages);
  const crossposts = new Crossposts(world, messages);
  const guilds = new GuildWrites(world);
  const members = new MemberWrites(world);
  const webhooks = new WebhookWrites(world);
  const oauth = new OAuth(world);
  const gateway = createGateway(world, baseUrl, options);
  const script = new FaultScript();
  const invalid = new InvalidRequests(
    world.clock,
    options.invalidRequestLimit ?? INVALID_REQUEST_LIMIT,
  );
  const faults = new Faults({ script, gateway, invalid });
  const requests = new RequestLog();
  const writes = { messages, polls, crossposts, threads, guilds, members, webhooks, oauth };
  const people = new PersonActions(world, messages);
  const api = createApi({
    parts: { world, ...writes, gateway, baseUrl },
    faults: script,
    requests,
    limits: {
      routes: options.routeLimits ?? {},
      global: options.globalLimit,
      webhookChannel: options.webhookChannelLimit,
      invalid,
    },
    reportBug:
      options.reportBug ?? ((error) => process.stderr.write(`discord-sim: ${error.stack}\n`)),
  });
  const sim = simRoutes({ ...writes, world, people, faults, requests, gateway, baseUrl });
  const app = new Hono()
    .route("/", consentPage(world, oauth)) // before the API: it has an address under /api, too
    .route("/api/v10", api)
    .route("/api", api)
    .route("/", liveEvents(world, baseUrl))
    .route("/sim", sim)
    .route("/_sim", sim) // the name that simulators of other services have, too
    .route("/", attachmentRoutes(world))
    .route("/", pageRoutes());
  const server = createAdaptorServer({ fetch: app.fetch });
  server.on("upgrade", (request, socket, head) => gateway.upgrade(request, socket, head));
  return {
    world,
    ...writes,
    people,
    gateway,
    faults,
    requests,
    baseUrl,
    /** The port that answers. */
    async listen(port: number, host: string): Promise<number> {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, resolve);
      });
      const address = server.address() as AddressInfo; // a TCP server that listens has one
      url = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
      return address.port;
    },
    async stop(): Promise<void> {
      gateway.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
