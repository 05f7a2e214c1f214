/**
 * Puts the bot together: Discord's gateway and REST on one side, the backend on
 * the other, capture, mirroring and roles between them.
 *
 *   gateway, back-fill -> Listeners -> backend -> LeaseWork -> Discord
 */
import { Status } from "discord.js";
import type { Backend } from "./backend.ts";
import { type Clock, pause } from "./clock.ts";
import type { BotConfig } from "./config.ts";
import { CallBudget } from "./discord/call-budget.ts";
import { connectDiscord } from "./discord/connect-discord.ts";
import { DiscordRefusal, refusal } from "./discord/discord-refusal.ts";
import type { BotHealth } from "./health/bot-health.ts";
import { BotStats } from "./health/bot-stats.ts";
import { LeaseWork } from "./lease-work.ts";
import { Listeners } from "./listeners.ts";
import { errorText, type Log } from "./log.ts";
import { ReceiptBook, type ReceiptSurface, type Stamps } from "./receipts/receipt-book.ts";
import { ServerClock } from "./server-clock.ts";

const FINISH_MS = 5_000; // what a stop gives each of its steps at most

export interface BotDoors {
  readonly config: BotConfig;
  readonly backend: Backend;
  readonly clock: Clock;
  /** From 0 to below 1, evenly. */
  readonly random: () => number;
  readonly log: Log;
  /** Hears of every step of a first post as it happens, for measurements. */
  readonly onReceipt?: (surface: ReceiptSurface, stamps: Stamps) => void;
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
  const { config, clock, random, log, onReceipt } = doors;
  const { shards } = config;
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
    ...(onReceipt !== undefined && { onNote: onReceipt }),
  });
  const inTime = async (work: Promise<unknown>) => {
    await Promise.race([work.catch(failed("bot.stop_failed")), pause(clock, FINISH_MS)]);
  };
  const tellRefused = async (reason: unknown) => {
    if (reason instanceof DiscordRefusal) await inTime(backend.refused(shards, reason.code));
  };
  refused.then(tellRefused).catch(failed("presence.failed"));
  const shared = { backend, clock, log, shards, nowMs, onTokenRefused };
  const listeners = new Listeners(shared);
  const client = await connectDiscord({
    config,
    clock,
    log,
    budget: new CallBudget(clock),
    prepare: (connecting) => listeners.attach(connecting),
    onRefused: refuse,
  }).catch(async (error: unknown) => {
    await tellRefused(error);
    throw error;
  });
  log("discord.ready", { user: client.user.tag, guilds: client.guilds.cache.size });
  listeners.start(client);
  const work = new LeaseWork(client, { ...shared, receipts, capture: listeners.capture });
  work.start();

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
      listeners.rest();
      await inTime(work.stop(FINISH_MS / 2));
      await inTime(listeners.leave());
      await inTime(client.destroy());
      await inTime(listeners.finish());
      listeners.close();
      await inTime(receipts.flush());
      serverClock.stop();
      await inTime(backend.close());
    },
  };
}
