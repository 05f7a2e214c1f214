/**
 * Puts the bot together: Discord's gateway and REST on one side, the backend on
 * the other, capture, mirroring and roles between them.
 *
 *   gateway, back-fill -> SourceCapture -> backend -> MirrorShard -> Discord
 *   members, roles     -> ServerEvents  -> backend -> RoleWorker  -> Discord
 */
import { type Client, Status } from "discord.js";
import type { Backend } from "./backend.ts";
import { SourceCapture } from "./capture/source-capture.ts";
import { type Clock, pause } from "./clock.ts";
import type { BotConfig } from "./config.ts";
import { connectDiscord } from "./discord/connect-discord.ts";
import { DiscordRefusal, refusal } from "./discord/discord-refusal.ts";
import type { BotHealth } from "./health/bot-health.ts";
import { BotStats } from "./health/bot-stats.ts";
import { errorText, type Log } from "./log.ts";
import { renewLinks } from "./media/renew-links.ts";
import { MemberWatch } from "./members/member-watch.ts";
import { discordChannel } from "./mirror/discord-channel.ts";
import { MediaCache } from "./mirror/media-cache.ts";
import { MirrorShard } from "./mirror/mirror-shard.ts";
import type { WorkerLease } from "./mirror/mirror-worker.ts";
import { Catalogue } from "./presence/catalogue.ts";
import { Presence } from "./presence/presence.ts";
import { TargetTester } from "./presence/target-tester.ts";
import { DispatchWatch } from "./receipts/dispatch-watch.ts";
import { ReceiptBook } from "./receipts/receipt-book.ts";
import { DriftSweeper } from "./roles/drift-sweeper.ts";
import { Pace, ROLE_CALLS_PER_SECOND } from "./roles/pace.ts";
import { roleServer } from "./roles/role-server.ts";
import { RoleWorker } from "./roles/role-worker.ts";
import { ServerEvents } from "./roles/server-events.ts";
import { ServerClock } from "./server-clock.ts";

const FINISH_MS = 5_000; // what a stop gives each of its steps at most

export interface BotDoors {
  readonly config: BotConfig;
  readonly backend: Backend;
  readonly clock: Clock;
  /** From 0 to below 1, evenly. */
  readonly random: () => number;
  readonly log: Log;
}

export interface Bot {
  /** How it is now. */
  health(): BotHealth;
  /** Resolves if Discord ends it for good; the caller then stops it. */
  readonly refused: Promise<DiscordRefusal>;
  /** Finishes what was begun, for some seconds at most, gives its leases back and disconnects. */
  stop(): Promise<void>;
}

/**
 * Resolves when the gateway is ready and the leases are being asked for; waits
 * for the backend and Discord while they cannot be reached. Rejects with
 * DiscordRefusal.
 */
export async function startBot(doors: BotDoors): Promise<Bot> {
  const { config, clock, random, log } = doors;
  const stats = new BotStats();
  const backend = stats.observe(doors.backend);
  const failed = (event: string) => (error: unknown) => log(event, { error: errorText(error) });
  const { promise: refused, resolve: refuse } = Promise.withResolvers<DiscordRefusal>();
  const onTokenRefused = () => refuse(refusal("bad_token"));
  const serverClock = new ServerClock({
    clock,
    askServerMs: () => backend.serverTimeMs(),
    onError: failed("backend.unreachable"),
  });
  await serverClock.start(); // first: the time of a deletion is ours, and a wrong one is refused
  const nowMs = () => serverClock.nowMs();
  const receipts = new ReceiptBook({
    clock,
    serverNowMs: nowMs,
    random,
    report: (surface, samples) => backend.report(surface, samples),
    onError: failed("receipts.not_reported"),
  });
  const dispatches = new DispatchWatch((stamps) => receipts.note("botDispatched", stamps));
  const capture = new SourceCapture({ backend, clock, log, nowMs, onTokenRefused });
  const members = new MemberWatch({ backend, clock, log, nowMs });
  const onError = failed("presence.failed");
  const presence = new Presence({ backend, clock, workerShards: config.shards, onError });
  const catalogue = new Catalogue({ backend, clock, onError });
  const prepare = (connecting: Client) => {
    capture.attach(connecting);
    members.attach(connecting);
    presence.attach(connecting);
    catalogue.attach(connecting);
  };
  const inTime = async (work: Promise<unknown>) => {
    await Promise.race([work.catch(failed("bot.stop_failed")), pause(clock, FINISH_MS)]);
  };
  const tellRefused = async (reason: unknown) => {
    if (reason instanceof DiscordRefusal) {
      await inTime(backend.refused(config.shards, reason.code));
    }
  };
  refused.then(tellRefused).catch(onError);
  const { makeRequest } = dispatches;
  const discord = { config, clock, log, prepare, makeRequest, onRefused: refuse };
  const client = await connectDiscord(discord).catch(async (error: unknown) => {
    dispatches.stop();
    await tellRefused(error);
    throw error;
  });
  log("discord.ready", { user: client.user.tag, guilds: client.guilds.cache.size });
  capture.start(client);
  presence.start(client);
  const tester = new TargetTester({
    backend,
    rest: client.rest,
    botUserId: client.user.id,
    onError: failed("test.failed"),
  });
  tester.start();
  const openChannel = (channelId: string, signal: AbortSignal) =>
    discordChannel(client.rest, channelId, signal);
  const loadMedia = new MediaCache((mediaId) => backend.media(mediaId)).load;
  const stopRenewing = renewLinks({ backend, clock, log, rest: client.rest });
  const pace = new Pace(clock, ROLE_CALLS_PER_SECOND);
  const openServer = (guildId: string, signal: AbortSignal) =>
    roleServer(client, guildId, { signal, turn: () => pace.turn(signal) });
  const others = [
    (lease: WorkerLease) =>
      new RoleWorker({ backend, clock, log, openServer, onTokenRefused }, lease),
    (lease: WorkerLease) => new DriftSweeper({ backend, log, openServer }, lease),
    (lease: WorkerLease) => new ServerEvents({ backend, clock, log, client }, lease),
  ];
  const watchWork: Backend["watchWork"] = (shard, lane, onChange) =>
    backend.watchWork(shard, lane, (rows) => {
      dispatches.expect(rows);
      onChange(rows);
    });
  const mirroring = {
    backend: { ...backend, watchWork },
    clock,
    log,
    receipts,
    openChannel,
    loadMedia,
    onTokenRefused,
    capture,
    others,
  };
  const shards = config.shards.map(
    (shard) => new MirrorShard(shard, { ...mirroring, botUserId: client.user.id }),
  );
  for (const shard of shards) shard.start();

  return {
    refused,
    health: () => ({
      bot: config.holder,
      gatewayReady: client.ws.shards.every(({ status }) => status === Status.Ready),
      gatewayPingMs: client.ws.ping < 0 ? null : Math.round(client.ws.ping),
      backendConnected: backend.isConnected(),
      leases: stats.leases,
      settled: stats.settled,
      ingested: stats.ingested,
      latencies: stats.latencies,
    }),
    async stop() {
      stopRenewing();
      await inTime(Promise.all(shards.map((shard) => shard.stop(FINISH_MS / 2))));
      tester.stop();
      catalogue.stop();
      await inTime(presence.stop());
      await inTime(client.destroy());
      await inTime(capture.finish());
      await inTime(members.finish());
      capture.close();
      members.close();
      await inTime(receipts.flush());
      serverClock.stop();
      dispatches.stop();
      await inTime(backend.close());
    },
  };
}
