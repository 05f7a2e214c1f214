/**
 * Listens to the source channels through the gateway and hands every post, edit
 * and deletion to the outbox. Which channels are sources is pushed by the backend.
 *
 * Raw gateway payloads are used, not discord.js' cached messages: an edit or a
 * deletion of a message that is not in the cache is as good as any other.
 */
import { type APIMessage, GatewayDispatchEvents, MessageFlags } from "discord.js";
import type { WatchedSource } from "../backend.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { IgnoredMessages } from "./ignored-messages.ts";
import type { MessagePlaces, SourcePlace } from "./message-places.ts";
import {
  createEvent,
  deleteEvent,
  hasBody,
  isCaptured,
  postedAtMs,
  updateEvents,
} from "./source-event.ts";

const PREVIEW_MS = 60 * 60_000; // a link preview comes within minutes; later it is a pin of an old message

/** A discord.js client's `ws`, which emits every dispatch under its name, across reconnects. */
export interface Dispatches {
  on(event: string, listener: (payload: unknown) => void): unknown;
}

export interface CaptureOptions {
  readonly outbox: Pick<EventOutbox, "add">;
  readonly places: MessagePlaces;
  readonly ignored: IgnoredMessages;
  /** Null until Discord is ready. */
  readonly botUserId: () => string | null;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
  /** A thread of the source is gone, and what was posted in it. */
  readonly onThreadGone: (source: WatchedSource, threadId: string) => void;
  readonly onError: (error: unknown) => void;
}

type GuildMessage = APIMessage & { guild_id?: string };
type Deleted = { id: string; channel_id: string; guild_id?: string };
type DeletedBulk = { ids: string[]; channel_id: string; guild_id?: string };
type DeletedThread = { id: string; parent_id?: string };

export class Capture {
  readonly #options: CaptureOptions;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  listen(dispatches: Dispatches): void {
    // What the payload of a dispatch is, Discord's documentation says.
    dispatches.on(GatewayDispatchEvents.MessageCreate, (payload) => {
      const message = payload as GuildMessage;
      this.#at(message, (found) => this.#created(message, found));
    });
    dispatches.on(GatewayDispatchEvents.MessageUpdate, (payload) => {
      const message = payload as GuildMessage;
      this.#at(message, (found) => this.#updated(message, found));
    });
    dispatches.on(GatewayDispatchEvents.MessageDelete, (payload) => {
      const deleted = payload as Deleted;
      this.#at(deleted, (found) => this.#deleted([deleted.id], found));
    });
    dispatches.on(GatewayDispatchEvents.MessageDeleteBulk, (payload) => {
      const deleted = payload as DeletedBulk;
      this.#at(deleted, (found) => this.#deleted(deleted.ids, found));
    });
    dispatches.on(GatewayDispatchEvents.ThreadDelete, (payload) => {
      const { id, parent_id: parentId = "" } = payload as DeletedThread;
      const source = this.#options.places.sourceOf(parentId);
      if (source !== undefined) this.#options.onThreadGone(source, id);
    });
  }

  /** Acts at once where the place is known; a payload nobody foresaw must not end the process. */
  #at(
    { channel_id, guild_id }: { channel_id: string; guild_id?: string },
    act: (found: SourcePlace) => void,
  ): void {
    const actIfFound = (found: SourcePlace | null) => {
      if (found !== null) act(found);
    };
    try {
      const found = this.#options.places.find(channel_id, guild_id);
      if (found instanceof Promise) found.then(actIfFound).catch(this.#options.onError);
      else actIfFound(found);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #created(message: APIMessage, { source, place }: SourcePlace): void {
    const { outbox, ignored, nowMs } = this.#options;
    if (isCaptured(message, source, this.#botUserId()) && hasBody(message))
      outbox.add(createEvent(message, place), nowMs(), "live");
    else ignored.add(message.id);
  }

  #updated(message: APIMessage, found: SourcePlace): void {
    const { outbox, ignored, nowMs } = this.#options;
    const { source, place } = found;
    if (!isCaptured(message, source, this.#botUserId())) return;
    if (ignored.has(message.id)) {
      // It had nothing to show, as the answer to a command that a bot is still working at.
      if (!hasBody(message)) return;
      ignored.remove(message.id);
      this.#created(message, found);
    }
    if (isTooLate(message, nowMs())) return;
    for (const event of updateEvents(message, place, nowMs())) outbox.add(event, nowMs(), "live");
  }

  #deleted(messageIds: readonly string[], { place }: SourcePlace): void {
    const { outbox, ignored, nowMs } = this.#options;
    for (const messageId of messageIds) {
      if (!ignored.has(messageId))
        outbox.add(deleteEvent(messageId, place, nowMs()), nowMs(), "live");
    }
  }

  #botUserId(): string {
    return this.#options.botUserId() ?? "";
  }
}

/** Whether it is a pin of an old message, rather than news of a recent one: it may never have been captured. */
function isTooLate({ id, edited_timestamp, flags }: APIMessage, nowMs: number): boolean {
  const isGone = flags !== undefined && (flags & MessageFlags.SourceMessageDeleted) !== 0;
  return edited_timestamp === null && !isGone && nowMs - postedAtMs(id) > PREVIEW_MS;
}
