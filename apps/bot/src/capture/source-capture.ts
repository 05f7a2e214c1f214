/**
 * Everything between a discord.js client and ingest: which channels are sources,
 * what is heard of them, what has to be read again.
 */
import { type APIChannel, type Client, Events, Routes } from "discord.js";
import type { Backend, Unsubscribe, WatchedSource } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import { isTokenRefused } from "../mirror/discord-error.ts";
import { backfill } from "./backfill.ts";
import { Backfiller } from "./backfiller.ts";
import { Capture } from "./capture.ts";
import { EventOutbox } from "./event-outbox.ts";
import { IgnoredMessages } from "./ignored-messages.ts";
import { MessagePlaces } from "./message-places.ts";

export interface SourceCaptureDoors {
  readonly backend: Pick<Backend, "watchSources" | "recentMessages" | "lastMessage" | "ingest">;
  readonly clock: Clock;
  readonly log: Log;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
  /** Discord does not accept the bot's token any more. */
  readonly onTokenRefused: () => void;
}

export class SourceCapture {
  readonly #doors: SourceCaptureDoors;
  readonly #outbox: EventOutbox;
  readonly #ignored = new IgnoredMessages();
  #sources: readonly WatchedSource[] = [];
  #places: MessagePlaces | null = null;
  #backfiller: Backfiller | null = null;
  #unwatch: Unsubscribe = () => {};

  constructor(doors: SourceCaptureDoors) {
    this.#doors = doors;
    this.#outbox = new EventOutbox(doors);
  }

  /** Listens to the client from its first event on. */
  attach(client: Client): void {
    const { log, nowMs } = this.#doors;
    this.#places = new MessagePlaces({
      known: (channelId) => findChannel(client, channelId),
      fetchParent: (channelId) => fetchParent(client, channelId),
    });
    new Capture({
      outbox: this.#outbox,
      places: this.#places,
      ignored: this.#ignored,
      botUserId: () => client.user?.id ?? null,
      nowMs,
      onError: (error) => log("capture.failed", { error: errorText(error) }),
    }).listen(client.ws);
  }

  /** Captures what the backend watches, and reads again what was missed until now. */
  start(client: Client<true>): void {
    const { backend, clock, log } = this.#doors;
    this.#backfiller = new Backfiller({ run: (source) => this.#read(source, client), clock, log });
    this.#unwatch = backend.watchSources((sources) => this.#watch(sources));
    // A new session, not a resumed one: what happened in between was never told.
    client.on(Events.ShardReady, () => {
      for (const source of this.#sources) this.#backfiller?.request(source);
    });
  }

  /** Reads nothing more; resolves when everything captured has been taken. */
  async finish(): Promise<void> {
    this.#unwatch();
    this.#backfiller?.stop();
    await this.#outbox.idle();
  }

  /** Gives up what was not taken: it is read again at the next start. */
  close(): void {
    const events = this.#outbox.close();
    if (events > 0) this.#doors.log("capture.left_behind", { events });
  }

  #watch(sources: readonly WatchedSource[]): void {
    const before = new Set(this.#sources.map(({ channelId }) => channelId));
    const now = new Set(sources.map(({ channelId }) => channelId));
    this.#sources = sources;
    this.#places?.watch(sources);
    for (const channelId of before) {
      if (!now.has(channelId)) this.#backfiller?.forget(channelId);
    }
    for (const source of sources) {
      if (!before.has(source.channelId)) this.#backfiller?.request(source);
    }
  }

  async #read(source: WatchedSource, client: Client<true>): Promise<void> {
    const { backend, nowMs, onTokenRefused } = this.#doors;
    try {
      await backfill(source, {
        rest: client.rest,
        backend,
        outbox: this.#outbox,
        ignored: this.#ignored,
        botUserId: client.user.id,
        nowMs,
      });
    } catch (error) {
      if (isTokenRefused(error)) onTokenRefused();
      throw error;
    }
  }
}

function findChannel(client: Client, channelId: string): { threadOf: string | null } | undefined {
  const channel = client.channels.cache.get(channelId);
  if (channel === undefined) return undefined;
  return { threadOf: channel.isThread() ? channel.parentId : null };
}

async function fetchParent(client: Client, channelId: string): Promise<string | null> {
  const channel = (await client.rest.get(Routes.channel(channelId))) as APIChannel;
  return "thread_metadata" in channel ? (channel.parent_id ?? null) : null;
}
