/** Puts the rooms together behind one port: REST, gateway, files, /sim, page. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { attachmentRoutes } from "./cdn/attachment-routes.ts";
import { type Clock, systemClock } from "./clock.ts";
import { FaultScript } from "./faults/fault-script.ts";
import { Faults } from "./faults/faults.ts";
import { Gateway } from "./gateway/gateway.ts";
import { MessageWrites } from "./messages/message-writes.ts";
import { Grants } from "./oauth/grants.ts";
import { authorizeRoutes, tokenRoutes } from "./oauth/oauth-routes.ts";
import { liveEvents } from "./page/live-events.ts";
import { pageRoutes } from "./page/page-routes.ts";
import { PersonActions } from "./people/person-actions.ts";
import { simRoutes } from "./people/sim-routes.ts";
import type { Limit } from "./ratelimits/fixed-window.ts";
import type { RouteLimits } from "./ratelimits/route-limits.ts";
import { createApi } from "./rest/api.ts";
import { RequestLog } from "./rest/request-log.ts";
import { GuildWrites } from "./state/guild-writes.ts";
import { applySeed, type Seed } from "./state/seed.ts";
import { StateFile } from "./state/state-file.ts";
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
  /** Told of bugs in the simulator; by default they go to stderr. */
  reportBug?: (error: Error) => void;
};

const HEARTBEAT_INTERVAL_MS = 41_250; // what Discord tells

/** Resolves once the port answers. */
export async function startServer(options: DiscordSimOptions) {
  const world = new World(options.clock ?? systemClock);
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

function furnish(world: World, options: DiscordSimOptions) {
  let url = "";
  const baseUrl = () => url;
  const messages = new MessageWrites(world);
  const guilds = new GuildWrites(world);
  const people = new PersonActions(world, messages);
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS;
  const gateway = new Gateway({ world, baseUrl, heartbeatIntervalMs });
  const script = new FaultScript();
  const faults = new Faults(script, gateway);
  const requests = new RequestLog();
  const grants = new Grants(world.clock, options.seed?.applications ?? []);
  const api = createApi({
    signIn: tokenRoutes(world, grants),
    parts: { world, messages, guilds, gateway, baseUrl },
    faults: script,
    requests,
    routeLimits: options.routeLimits ?? {},
    globalLimit: options.globalLimit,
    reportBug:
      options.reportBug ?? ((error) => process.stderr.write(`discord-sim: ${error.stack}\n`)),
  });
  const app = new Hono()
    .route("/api/v10", api)
    .route("/api", api)
    .route("/", liveEvents(world, baseUrl))
    .route("/sim", simRoutes({ world, people, guilds, faults, requests, baseUrl }))
    .route("/", authorizeRoutes(world, grants))
    .route("/", attachmentRoutes(world))
    .route("/", pageRoutes());
  const server = createAdaptorServer({ fetch: app.fetch });
  server.on("upgrade", (request, socket, head) => gateway.upgrade(request, socket, head));
  return {
    world,
    messages,
    guilds,
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
