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

export class FirstLooks {
  readonly #looks = new Map<string, Promise<readonly PostedMessage[]>>(); // by channel id
  readonly #inDoubt = new Set<string>(); // mirrors tried here and not applied

  /** The channel, with a first look in place of a fresh one where that is enough. */
  at(work: MirrorWork, channel: DiscordChannel): DiscordChannel {
    if (work.applied !== null || this.#inDoubt.has(work.mirrorId)) return channel;
    return {
      send: (body, options) => channel.send(body, options),
      edit: (messageId, body) => channel.edit(messageId, body),
      remove: (messageId) => channel.remove(messageId),
      newest: () => this.#look(work.target.channelId, channel),
    };
  }

  /** What came of a try. */
  note(work: MirrorWork, isApplied: boolean): void {
    if (isApplied) this.#inDoubt.delete(work.mirrorId);
    else this.#inDoubt.add(work.mirrorId);
  }

  #look(channelId: string, channel: DiscordChannel): Promise<readonly PostedMessage[]> {
    const known = this.#looks.get(channelId);
    if (known !== undefined) return known;
    const look = channel.newest();
    this.#looks.set(channelId, look);
    look.catch(() => this.#looks.delete(channelId)); // a look that failed is taken again
    return look;
  }
}
