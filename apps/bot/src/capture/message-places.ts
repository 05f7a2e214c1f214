/**
 * Which source a channel belongs to: it is one, or it is a thread of one.
 *
 * Threads are usually known from the gateway; one that was archived, or is being
 * made this moment, may not be, and is asked for.
 */
import type { WatchedSource } from "../backend.ts";
import type { MessagePlace } from "./source-event.ts";

/** What is known about a channel; undefined when it was never heard of. */
export type ParentLookup = (channelId: string) => { readonly threadOf: string | null } | undefined;

export interface MessagePlacesOptions {
  readonly known: ParentLookup;
  /** The channel that this one is a thread of; null when it is none. */
  readonly fetchParent: (channelId: string) => Promise<string | null>;
}

export interface SourcePlace {
  readonly source: WatchedSource;
  readonly place: MessagePlace;
}

export class MessagePlaces {
  readonly #options: MessagePlacesOptions;
  readonly #fetched = new Map<string, Promise<string | null>>(); // channel id -> parent
  #sources = new Map<string, WatchedSource>(); // by channel id
  #guilds = new Set<string>();

  constructor(options: MessagePlacesOptions) {
    this.#options = options;
  }

  watch(sources: readonly WatchedSource[]): void {
    this.#sources = new Map(sources.map((source) => [source.channelId, source]));
    this.#guilds = new Set(sources.map(({ guildId }) => guildId));
  }

  /** Null when it belongs to no source; a promise only when Discord has to be asked. */
  find(
    channelId: string,
    guildId: string | undefined,
  ): SourcePlace | null | Promise<SourcePlace | null> {
    const source = this.#sources.get(channelId);
    if (source !== undefined) return { source, place: { channelId, threadId: null } };
    const known = this.#options.known(channelId);
    if (known !== undefined) return this.#inThread(channelId, known.threadOf);
    if (guildId === undefined || !this.#guilds.has(guildId)) return null;
    return this.#fetch(channelId).then((parentId) => this.#inThread(channelId, parentId));
  }

  #inThread(threadId: string, parentId: string | null): SourcePlace | null {
    const source = parentId === null ? undefined : this.#sources.get(parentId);
    if (source === undefined) return null;
    return { source, place: { channelId: source.channelId, threadId } };
  }

  #fetch(channelId: string): Promise<string | null> {
    const known = this.#fetched.get(channelId);
    if (known !== undefined) return known;
    const fetched = this.#options.fetchParent(channelId);
    this.#fetched.set(channelId, fetched);
    fetched.catch(() => this.#fetched.delete(channelId)); // asked again at the next message
    return fetched;
  }
}
