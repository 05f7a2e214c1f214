/**
 * Puts the bot together: Discord's gateway and REST on one side, the backend on
 * the other, capture and mirroring between them.
 */
import { Client, Events, GatewayIntentBits, Partials } from "discord.js";
import type { Backend, WatchedSource } from "./backend.ts";
import { backfill } from "./capture/backfill.ts";
import { Capture } from "./capture/capture.ts";
import { EventOutbox } from "./capture/event-outbox.ts";
import type { Clock } from "./clock.ts";
import type { BotConfig } from "./config.ts";
import { LeaseKeeper } from "./lease/lease-keeper.ts";
import { errorText, type Log } from "./log.ts";
import { discordChannel } from "./mirror/discord-channel.ts";
import { MirrorWorker } from "./mirror/mirror-worker.ts";
import { SampledReceiptBook } from "./receipts/receipt-book.ts";
import { ServerClock } from "./server-clock.ts";

export interface BotDoors {
  readonly config: BotConfig;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Bot {
  /** Finishes what was begun, gives its leases back and disconnects. */
  stop(): Promise<void>;
}

/** Resolves when the gateway is ready and the leases are being asked for. Rejects when Discord refuses the token. */
export async function startBot({ config, backend, clock, log }: BotDoors): Promise<Bot> {
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    partials: [Partials.Message, Partials.Channel],
    rest: { api: config.discordApiUrl },
  });
  const serverClock = new ServerClock(config.siteUrl, clock);
  const onError = (event: string) => (error: unknown) => log(event, { error: errorText(error) });
  await serverClock.start(onError("clock.not_estimated"));
  const receipts = new SampledReceiptBook({
    clock,
    offsetMs: () => serverClock.offsetMs,
    report: backend.report,
    onError: onError("receipts.not_reported"),
  });
  const outbox = new EventOutbox({ backend, clock, log });
  const capture = new Capture({ client, outbox, nowMs: () => serverClock.nowMs() });
  capture.start();
  client.on(Events.Error, onError("discord.error"));

  const botUserId = await login(client, config.discordToken);
  log("discord.ready", { user: client.user?.tag, guilds: client.guilds.cache.size });

  const readMissed = (sources: readonly WatchedSource[]) => {
    for (const source of sources) {
      const options = {
        rest: client.rest,
        backend,
        outbox,
        botUserId,
        nowMs: () => serverClock.nowMs(),
      };
      backfill(source, options).catch(onError("capture.backfill_failed"));
    }
  };
  let sources: readonly WatchedSource[] = [];
  const unwatch = backend.watchSources((watched) => {
    const before = new Set(sources.map((source) => source.channelId));
    sources = watched;
    capture.watch(watched);
    readMissed(watched.filter((source) => !before.has(source.channelId)));
  });
  // A new session (not a resumed one) means that events were lost in between.
  client.on(Events.ShardReady, () => readMissed(sources));

  const workers = new Map<number, MirrorWorker>();
  const stopping = new Set<Promise<void>>();
  const stopWorker = (shard: number) => {
    const worker = workers.get(shard);
    workers.delete(shard);
    if (worker === undefined) return;
    const stopped = worker.stop().finally(() => stopping.delete(stopped));
    stopping.add(stopped);
  };
  const keepers = config.shards.map((shard) => {
    const keeper = new LeaseKeeper(
      shard,
      backend,
      clock,
      {
        held: (epoch) => {
          log("lease.held", { shard, epoch });
          const worker = new MirrorWorker({
            shard,
            epoch,
            backend,
            clock,
            log,
            receipts,
            botUserId,
            channel: discordChannel(client.rest),
            onLeaseLost: () => keeper.drop(),
          });
          workers.set(shard, worker);
          worker.start();
        },
        lost: () => {
          log("lease.lost", { shard });
          stopWorker(shard);
        },
      },
      onError("lease.failed"),
    );
    keeper.start();
    return keeper;
  });

  return {
    async stop() {
      unwatch();
      for (const shard of [...workers.keys()]) stopWorker(shard);
      await Promise.all(stopping);
      await Promise.all(keepers.map((keeper) => keeper.stop()));
      await outbox.idle();
      await receipts.flush().catch(onError("receipts.not_reported"));
      serverClock.stop();
      await client.destroy();
      await backend.close();
    },
  };
}

async function login(client: Client, token: string): Promise<string> {
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  await client.login(token);
  await ready;
  const user = client.user;
  if (user === null) throw new Error("Discord reported ready without a user");
  return user.id;
}
