/**
 * What stood in each target when this worker came to it, read once.
 *
 * A backlog that an earlier holder left is full of mirrors that it may have
 * posted without saying so. Whatever it posted stands in the channel by now, so
 * one look serves them all: Discord allows a few reads a second, and a look for
 * each would hold the backlog up for minutes. A mirror that this worker itself
 * has tried in vain is in doubt since then, and needs a look of its own.
 */
import type { MirrorWork } from "../backend.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import type { PostedMessage } from "./mirror-parts.ts";

interface Look {
  /** How far back it goes. */
  readonly sinceMs: number;
  readonly found: Promise<readonly PostedMessage[]>;
}

export class FirstLooks {
  readonly #looks = new Map<string, Look>(); // by mode and channel id
  readonly #inDoubt = new Set<string>(); // mirrors tried here and not applied

  /** The channel, with a first look in place of a fresh one where that is enough. */
  at(work: MirrorWork, channel: DiscordChannel): DiscordChannel {
    const isForum = work.place.kind === "forum"; // each signal has a place of its own
    if (work.applied !== null || isForum || this.#inDoubt.has(work.mirrorId)) return channel;
    return {
      threadId: channel.threadId,
      send: (body, options) => channel.send(body, options),
      edit: (messageId, body) => channel.edit(messageId, body),
      remove: (messageId) => channel.remove(messageId),
      newest: (sinceMs) => this.#look(work, channel, sinceMs),
    };
  }

  /** What came of a try. */
  note(work: MirrorWork, isApplied: boolean): void {
    if (isApplied) this.#inDoubt.delete(work.mirrorId);
    else this.#inDoubt.add(work.mirrorId);
  }

  async #look(
    { target, mode }: MirrorWork,
    channel: DiscordChannel,
    sinceMs: number,
  ): Promise<readonly PostedMessage[]> {
    const key = `${mode} ${target.channelId}`;
    const known = this.#looks.get(key);
    if (known !== undefined && known.sinceMs <= sinceMs) return await known.found;
    const look = { sinceMs, found: channel.newest(sinceMs) };
    this.#looks.set(key, look);
    look.found.catch(() => this.#looks.delete(key)); // a look that failed is taken again
    return await look.found;
  }
}
