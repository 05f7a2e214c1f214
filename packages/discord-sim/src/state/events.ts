/**
 * What happened, told to whoever listens: gateway sessions, the page, the file.
 * Listeners are called in order and at once, before the call that caused the
 * event returns, so nobody can see an answer before its event was handed out.
 */
import type {
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
  RoleRecord,
} from "./records.ts";

export type WorldEvent = GuildEvent | { type: "peopleChanged" };

/** What happens in some guild, and may be told to sessions. */
export type GuildEvent =
  | { type: "messageCreated"; message: MessageRecord }
  | { type: "messageUpdated"; message: MessageRecord }
  | { type: "messagesDeleted"; channelId: string; messageIds: string[]; bulk: boolean }
  | { type: "pinsChanged"; channelId: string; atMs: number | null }
  | {
      type: "pollVoted" | "pollVoteTaken";
      message: MessageRecord;
      userId: string;
      answerId: number;
    }
  | { type: "typingStarted"; channelId: string; userId: string; atMs: number }
  | { type: "guildAdded" | "guildUpdated"; guild: GuildRecord }
  | { type: "channelAdded" | "channelUpdated" | "channelRemoved"; channel: ChannelRecord }
  | { type: "threadAdded" | "threadUpdated" | "threadRemoved"; channel: ChannelRecord }
  | {
      type: "threadMembersChanged";
      channel: ChannelRecord;
      addedIds: string[];
      removedIds: string[];
    }
  | { type: "webhooksChanged"; channelId: string }
  | { type: "roleAdded" | "roleUpdated"; guildId: string; role: RoleRecord }
  | { type: "roleRemoved"; guildId: string; roleId: string }
  | { type: "banAdded" | "banRemoved"; guildId: string; userId: string }
  | { type: "memberAdded" | "memberUpdated"; guildId: string; member: MemberRecord }
  | { type: "memberRemoved"; guildId: string; userId: string };

export type Listener = (event: WorldEvent) => void;

export class Events {
  readonly #listeners = new Set<Listener>();

  /** Returns the way to stop listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: WorldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
