/**
 * Everything between a discord.js client and ingest: which channels are sources,
 * whose turn it is to capture them, what is heard of them, what has to be read again.
 */
import { type APIChannel, type Client, Events, Routes } from "discord.js";
import type { Backend, CaptureReport, Unsubscribe, WatchedSource } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import { isTokenRefused } from "../mirror/discord-error.ts";
import { backfill, forgetThread, type Gap, SNOWFLAKE } from "./backfill.ts";
import { Backfiller } from "./backfiller.ts";
import { Capture } from "./capture.ts";
import { captureFailure } from "./capture-failure.ts";
import { CaptureTurns } from "./capture-turns.ts";
import { EventOutbox } from "./event-outbox.ts";
import { IgnoredMessages } from "./ignored-messages.ts";
import { type ChannelKind, MessagePlaces } from "./message-places.ts";

export interface SourceCaptureDoors {
  readonly backend: Pick<
    Backend,
    | "watchSources"
    | "recentMessages"
    | "capturedThreads"
    | "lastMessage"
    | "ingest"
    | "reportCapture"
  >;
  readonly clock: Clock;
  readonly log: Log;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
  /** Discord does not accept the bot's token any more. */
  readonly onTokenRefused: () => void;
}

const FIRST_LOOK_MS = 60 * 60_000; // a source nobody has captured yet starts with its last hour, not its history
// Whoever held the lease last may have ended with a gap of its own unread: the beats of a lease do not tell.
const LEAST_LOOK_MS = FIRST_LOOK_MS;
const MARGIN_MS = 60_000; // what is read twice does no harm

export class SourceCapture {
  readonly #doors: SourceCaptureDoors;
  readonly #outbox: EventOutbox;
  readonly #turns: CaptureTurns;
  readonly #ignored = new IgnoredMessages();
  #sources: readonly WatchedSource[] = [];
  #places: MessagePlaces | null = null;
  #backfiller: Backfiller | null = null;
  #unwatch: Unsubscribe = () => {};
  readonly #silentSinceMs = new Map<number, number>(); // by shard, for the first list of sources
  #isFirstList = true;
  #heardAtMs: number; // the latest payload of the gateway

  constructor(doors: SourceCaptureDoors) {
    this.#doors = doors;
    this.#heardAtMs = doors.nowMs();
    this.#outbox = new EventOutbox(doors);
    this.#turns = new CaptureTurns({
      outbox: this.#outbox,
      shardOf: (channelId) => this.#places?.sourceOf(channelId)?.shard,
    });
  }

  /** Listens to the client from its first event on. */
  attach(client: Client): void {
    const { log, nowMs } = this.#doors;
    const onError = (error: unknown) => log("capture.failed", { error: errorText(error) });
    this.#places = new MessagePlaces({
      known: (channelId) => findChannel(client, channelId),
      fetchKind: (channelId) => fetchChannel(client, channelId),
    });
    this.#places.watch(this.#sources);
    client.on(Events.Raw, () => {
      this.#heardAtMs = nowMs();
    });
    new Capture({
      outbox: this.#turns,
      places: this.#places,
      ignored: this.#ignored,
      botUserId: () => client.user?.id ?? null,
      nowMs,
      onThreadGone: (source, threadId) => {
        forgetThread(source, threadId, { ...this.#doors, outbox: this.#turns }).catch(onError);
      },
      onError,
    }).listen(client.ws);
  }

  /** Captures what the backend watches, and reads again what was missed until now. */
  start(client: Client<true>): void {
    const { backend, clock, log } = this.#doors;
    this.#backfiller = new Backfiller({ run: (gap) => this.#read(gap, client), clock, log });
    this.#unwatch = backend.watchSources((sources) => this.#watch(sources));
    this.#followSessions(client);
  }

  /** This process captures the sources of the shard from now on; nobody did for that long (null: ever). */
  held(shard: number, silentMs: number | null): void {
    this.#turns.held(shard);
    const sinceMs = this.#doors.nowMs() - Math.max(silentMs ?? 0, LEAST_LOOK_MS) - MARGIN_MS;
    for (const source of this.#sources) {
      if (source.shard === shard) this.#request({ source, sinceMs, cause: "start" });
    }
    this.#silentSinceMs.set(shard, sinceMs);
  }

  /** Another process does. */
  lost(shard: number): void {
    this.#turns.lost(shard);
    for (const source of this.#sources) {
      if (source.shard === shard) this.#backfiller?.forget(source.channelId);
    }
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

  #followSessions(client: Client<true>): void {
    let brokenAtMs: number | null = null;
    client.on(Events.ShardReconnecting, () => {
      brokenAtMs ??= this.#heardAtMs;
    });
    client.on(Events.ShardResume, () => {
      brokenAtMs = null; // everything in between was told
    });
    // A new session, not a resumed one: what happened in between was never told.
    client.on(Events.ShardReady, () => {
      const sinceMs = (brokenAtMs ?? this.#doors.nowMs() - FIRST_LOOK_MS) - MARGIN_MS;
      brokenAtMs = null;
      for (const source of this.#sources) this.#request({ source, sinceMs, cause: "session" });
    });
  }

  #watch(sources: readonly WatchedSource[]): void {
    const before = new Map(this.#sources.map(({ channelId, shard }) => [channelId, shard]));
    const now = new Map(sources.map(({ channelId, shard }) => [channelId, shard]));
    this.#sources = sources;
    this.#places?.watch(sources);
    for (const [channelId, shard] of before) {
      if (now.get(channelId) !== shard) this.#backfiller?.forget(channelId);
    }
    for (const source of sources) {
      if (before.get(source.channelId) !== source.shard) this.#request(this.#gapOfNew(source));
    }
    this.#isFirstList = false;
  }

  /** A source of the first list was captured before this process began; one that comes later is new, at least to its shard. */
  #gapOfNew(source: WatchedSource): Gap {
    const silentSinceMs = this.#isFirstList ? this.#silentSinceMs.get(source.shard) : undefined;
    if (silentSinceMs !== undefined) return { source, sinceMs: silentSinceMs, cause: "start" };
    return { source, sinceMs: this.#doors.nowMs() - FIRST_LOOK_MS, cause: "added" };
  }

  /** A source that only posts over HTTP may have any channel id, and Discord knows nothing of it. */
  #request(gap: Gap): void {
    const { shard, channelId } = gap.source;
    if (this.#turns.isHeld(shard) && SNOWFLAKE.test(channelId)) this.#backfiller?.request(gap);
  }

  async #read(gap: Gap, client: Client<true>): Promise<void> {
    const { backend, nowMs, onTokenRefused } = this.#doors;
    const { channelId } = gap.source;
    const untilMs = nowMs();
    try {
      const recovered = await backfill(gap, {
        rest: client.rest,
        backend,
        outbox: this.#turns,
        ignored: this.#ignored,
        botUserId: client.user.id,
        nowMs,
      });
      const read = { cause: gap.cause, fromMs: gap.sinceMs, untilMs, recovered };
      this.#report({ channelId, state: "listening", code: null, message: null, gap: read });
    } catch (error) {
      if (isTokenRefused(error)) onTokenRefused();
      this.#report({ channelId, state: "failing", ...captureFailure(error), gap: null });
      throw error;
    }
  }

  /** The operator's view of it: capturing does not wait for it. */
  #report(report: CaptureReport): void {
    const { backend, log } = this.#doors;
    backend.reportCapture(report).catch((error: unknown) => {
      log("capture.not_reported", { channelId: report.channelId, error: errorText(error) });
    });
  }
}

function findChannel(client: Client, channelId: string): ChannelKind | undefined {
  const channel = client.channels.cache.get(channelId);
  if (channel === undefined) return undefined;
  return channel.isThread()
    ? { threadOf: channel.parentId, name: channel.name }
    : { threadOf: null };
}

async function fetchChannel(client: Client, channelId: string): Promise<ChannelKind> {
  const channel = (await client.rest.get(Routes.channel(channelId))) as APIChannel;
  if (!("thread_metadata" in channel)) return { threadOf: null };
  return { threadOf: channel.parent_id ?? null, ...(channel.name && { name: channel.name }) };
}
