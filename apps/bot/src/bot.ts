/**
 * Puts the bot together: Discord's gateway and REST on one side, the backend on
 * the other, capture and mirroring between them.
 *
 *   gateway, back-fill -> SourceCapture -> backend -> MirrorShard -> Discord
 */
import type { Backend } from "./backend.ts";
import { SourceCapture } from "./capture/source-capture.ts";
import { type Clock, pause } from "./clock.ts";
import type { BotConfig } from "./config.ts";
import { CallBudget } from "./discord/call-budget.ts";
import { connectDiscord, onceRest } from "./discord/connect-discord.ts";
import { type DiscordRefusal, refusal } from "./discord/discord-refusal.ts";
import { errorText, type Log } from "./log.ts";
import { MirrorShard } from "./mirror/mirror-shard.ts";
import { Removals } from "./mirror/removals.ts";
import { WebhookBook } from "./mirror/webhook-book.ts";
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
  const { config, backend, clock, random, log, onReceipt } = doors;
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
  const capture = new SourceCapture({ backend, clock, log, nowMs, onTokenRefused });
  const prepare = capture.attach.bind(capture);
  const budget = new CallBudget(clock);
  const client = await connectDiscord({ config, clock, log, budget, prepare, onRefused: refuse });
  log("discord.ready", { user: client.user.tag, guilds: client.guilds.cache.size });
  capture.start(client);
  const removals = new Removals({
    clock,
    tell: (messageIds) => Promise.all(shards.map((shard) => shard.noteRemoved(messageIds))),
    onError: failed("mirror.removal_not_noted"),
  });
  const calls = {
    rest: client.rest,
    once: onceRest(client),
    webhooks: new WebhookBook(client.rest, client.user.id),
    botUserId: client.user.id,
    onRemoving: (messageId: string) => removals.noteOurs(messageId),
  };
  const mirroring = { backend, clock, log, receipts, calls, nowMs, onTokenRefused };
  const shards = config.shards.map((shard) => new MirrorShard(shard, mirroring));
  removals.listen(client.ws);
  for (const shard of shards) shard.start();

  const inTime = async (work: Promise<unknown>) => {
    await Promise.race([work.catch(failed("bot.stop_failed")), pause(clock, FINISH_MS)]);
  };
  return {
    refused,
    async stop() {
      await inTime(Promise.all(shards.map((shard) => shard.stop(FINISH_MS / 2))));
      removals.stop();
      await inTime(client.destroy());
      await inTime(capture.finish());
      capture.close();
      await inTime(receipts.flush());
      serverClock.stop();
      await inTime(backend.close());
    },
  };
}
