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

export type WorldEvent =
  | { type: "messageCreated"; message: MessageRecord }
  | { type: "messageUpdated"; message: MessageRecord }
  | { type: "messagesDeleted"; channelId: string; messageIds: string[]; bulk: boolean }
  | { type: "typingStarted"; channelId: string; userId: string; atMs: number }
  | { type: "guildAdded"; guild: GuildRecord }
  | { type: "channelAdded" | "channelUpdated"; channel: ChannelRecord }
  | { type: "roleAdded" | "roleUpdated"; guildId: string; role: RoleRecord }
  | { type: "roleRemoved"; guildId: string; roleId: string }
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
