/**
 * Which source a channel belongs to: it is one, or it is a thread of one.
 *
 * Threads are usually known from the gateway; one that was archived, or is being
 * made this moment, may not be, and is asked for.
 */
import type { WatchedSource } from "../backend.ts";
import type { MessagePlace } from "./source-event.ts";

/** What a channel is: a thread of another one, or none (null). */
export interface ChannelKind {
  readonly threadOf: string | null;
  readonly name?: string;
}

export interface MessagePlacesOptions {
  /** What is known about a channel; undefined when it was never heard of. */
  readonly known: (channelId: string) => ChannelKind | undefined;
  readonly fetchKind: (channelId: string) => Promise<ChannelKind>;
}

export interface SourcePlace {
  readonly source: WatchedSource;
  readonly place: MessagePlace;
}

export class MessagePlaces {
  readonly #options: MessagePlacesOptions;
  readonly #fetched = new Map<string, Promise<ChannelKind>>(); // by channel id
  #sources = new Map<string, WatchedSource>(); // by channel id
  #guilds = new Set<string>();

  constructor(options: MessagePlacesOptions) {
    this.#options = options;
  }

  watch(sources: readonly WatchedSource[]): void {
    this.#sources = new Map(sources.map((source) => [source.channelId, source]));
    this.#guilds = new Set(sources.map(({ guildId }) => guildId));
  }

  /** The source that watches exactly this channel. */
  sourceOf(channelId: string): WatchedSource | undefined {
    return this.#sources.get(channelId);
  }

  /** Null when it belongs to no source; a promise only when Discord has to be asked. */
  find(
    channelId: string,
    guildId: string | undefined,
  ): SourcePlace | null | Promise<SourcePlace | null> {
    const source = this.#sources.get(channelId);
    if (source !== undefined) return { source, place: { channelId, threadId: null } };
    const known = this.#options.known(channelId);
    if (known !== undefined) return this.#inThread(channelId, known);
    if (guildId === undefined || !this.#guilds.has(guildId)) return null;
    return this.#fetch(channelId).then((kind) => this.#inThread(channelId, kind));
  }

  #inThread(threadId: string, { threadOf, name }: ChannelKind): SourcePlace | null {
    const source = threadOf === null ? undefined : this.#sources.get(threadOf);
    if (source === undefined) return null;
    const named = name === undefined ? {} : { threadName: name };
    return { source, place: { channelId: source.channelId, threadId, ...named } };
  }

  #fetch(channelId: string): Promise<ChannelKind> {
    const known = this.#fetched.get(channelId);
    if (known !== undefined) return known;
    const fetched = this.#options.fetchKind(channelId);
    this.#fetched.set(channelId, fetched);
    fetched.catch(() => this.#fetched.delete(channelId)); // asked again at the next message
    return fetched;
  }
}
