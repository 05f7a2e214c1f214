/**
 * Listens to the source channels through the gateway and hands every post, edit
 * and deletion to the outbox. Which channels are sources is pushed by the backend.
 *
 * Raw gateway payloads are used, not discord.js' cached messages: an edit or a
 * deletion of a message that is not in the cache is as good as any other.
 */
import {
  type APIMessage,
  type Client,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
} from "discord.js";
import type { WatchedSource } from "../backend.ts";
import type { EventOutbox } from "./event-outbox.ts";
import {
  createEvent,
  deleteEvent,
  isPost,
  type MessagePlace,
  updateEvent,
} from "./source-event.ts";

export interface CaptureOptions {
  readonly client: Client;
  readonly outbox: Pick<EventOutbox, "add">;
  /** Server time, in ms. */
  readonly nowMs: () => number;
}

export class Capture {
  readonly #options: CaptureOptions;
  #sources = new Map<string, WatchedSource>(); // by channel id

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.client.ws.on(GatewayDispatchEvents.MessageCreate, (data: APIMessage) =>
      this.#created(data),
    );
    this.#options.client.ws.on(GatewayDispatchEvents.MessageUpdate, (data: APIMessage) =>
      this.#updated(data),
    );
    this.#options.client.ws.on(GatewayDispatchEvents.MessageDelete, (data: Deleted) =>
      this.#deleted(data.channel_id, [data.id]),
    );
    this.#options.client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, (data: DeletedBulk) =>
      this.#deleted(data.channel_id, data.ids),
    );
  }

  watch(sources: readonly WatchedSource[]): void {
    this.#sources = new Map(sources.map((source) => [source.channelId, source]));
  }

  #created(message: APIMessage): void {
    const place = this.#placeOf(message.channel_id);
    if (place === null || !this.#isCaptured(message, place)) return;
    this.#options.outbox.add(createEvent(message, place), this.#options.nowMs());
  }

  #updated(message: APIMessage): void {
    const place = this.#placeOf(message.channel_id);
    if (place === null || !this.#isCaptured(message, place)) return;
    this.#options.outbox.add(updateEvent(message, place), this.#options.nowMs());
  }

  #deleted(channelId: string, messageIds: readonly string[]): void {
    const place = this.#placeOf(channelId);
    if (place === null) return;
    const nowMs = this.#options.nowMs();
    for (const messageId of messageIds)
      this.#options.outbox.add(deleteEvent(messageId, place, nowMs), nowMs);
  }

  #isCaptured(message: APIMessage, { channelId }: MessagePlace): boolean {
    // An update of a partial message lacks its author: nothing can be said about it.
    if (message.author === undefined || !isPost(message)) return false;
    const isOwn = message.author.id === this.#options.client.user?.id;
    const allowed = this.#sources.get(channelId)?.allowBots === true || message.author.bot !== true;
    return allowed && !isOwn;
  }

  #placeOf(channelId: string): MessagePlace | null {
    if (this.#sources.has(channelId)) return { channelId, threadId: null };
    const channel = this.#options.client.channels.cache.get(channelId);
    if (channel === undefined || !channel.isThread() || channel.parentId === null) return null;
    return this.#sources.has(channel.parentId)
      ? { channelId: channel.parentId, threadId: channelId }
      : null;
  }
}

type Deleted = Extract<GatewayDispatchPayload, { t: "MESSAGE_DELETE" }>["d"];
type DeletedBulk = Extract<GatewayDispatchPayload, { t: "MESSAGE_DELETE_BULK" }>["d"];
