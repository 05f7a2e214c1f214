/**
 * Publishing from announcement channels: a copy for each channel that follows,
 * kept in step with the original.
 *
 * [DCROSS1] Published once, a message stands in every following channel, marked as a crosspost.
 * [DCROSS2] An edit reaches the copies; after a delete they say that the original is gone.
 */
import { newMessage } from "../state/new-records.ts";
import type { ChannelRecord, MessageRecord, WebhookRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import type { MessageWrites } from "./message-writes.ts";
import { copyAttachments } from "./uploads.ts";

const CROSSPOSTED = 1 << 0;
const IS_CROSSPOST = 1 << 1;
const SOURCE_DELETED = 1 << 3;
const GONE_TEXT = "[Original Message Deleted]";

export class Crossposts {
  readonly #world: World;
  readonly #messages: MessageWrites;

  constructor(world: World, messages: MessageWrites) {
    this.#world = world;
    this.#messages = messages;
    world.events.listen((event) => {
      if (event.type === "messageUpdated") this.#followEdit(event.message);
      if (event.type === "messagesDeleted") this.#followDeletes(event.channelId, event.messageIds);
    });
  }

  /** Follows `source` into `target`: what is published there appears here. */
  follow(source: ChannelRecord, target: ChannelRecord, creatorId: string): WebhookRecord {
    const guild = this.#world.guilds.get(source.guildId);
    const webhook: WebhookRecord = {
      id: this.#world.snowflakes.next(),
      type: 2,
      token: null,
      guildId: target.guildId,
      channelId: target.id,
      name: `${guild?.name ?? ""} #${source.name}`,
      avatar: null,
      creatorId,
      applicationId: null,
      source: { guildId: source.guildId, channelId: source.id },
    };
    this.#world.webhooks.set(webhook.id, webhook);
    this.#world.events.emit({ type: "webhooksChanged", channelId: target.id });
    return webhook;
  }

  publish(message: MessageRecord): void {
    if ((message.flags & CROSSPOSTED) !== 0) throw refuse.alreadyCrossposted();
    this.#messages.touch(message, { flags: message.flags | CROSSPOSTED });
    for (const webhook of this.#world.webhooks.values())
      if (webhook.source?.channelId === message.channelId) this.#copy(message, webhook);
  }

  #copy(message: MessageRecord, { id, name, channelId }: WebhookRecord): void {
    const { guildId } = this.#world.getChannel(message.channelId);
    this.#messages.append(
      newMessage({
        ...structuredClone(message),
        ...unpinned,
        id: this.#world.snowflakes.next(),
        channelId,
        authorId: id,
        attachments: copyAttachments(this.#world, message.attachments),
        flags: IS_CROSSPOST,
        createdAtMs: this.#world.clock.nowMs(),
        webhook: { webhookId: id, username: name, avatarUrl: null, applicationId: null },
        origin: { guildId, channelId: message.channelId, messageId: message.id },
      }),
    );
  }

  #followEdit(message: MessageRecord): void {
    if ((message.flags & CROSSPOSTED) === 0) return;
    for (const copy of this.#copiesOf(message.channelId, [message.id])) {
      const { content, embeds, editedAtMs } = message;
      if (copy.content === content && copy.editedAtMs === editedAtMs && copy.embeds === embeds)
        continue;
      Object.assign(copy, { content, editedAtMs });
      this.#messages.touch(copy, { embeds });
    }
  }

  #followDeletes(channelId: string, messageIds: readonly string[]): void {
    for (const copy of this.#copiesOf(channelId, messageIds)) {
      copy.content = GONE_TEXT;
      this.#messages.touch(copy, { flags: copy.flags | SOURCE_DELETED, embeds: [] });
    }
  }

  #copiesOf(channelId: string, messageIds: readonly string[]): MessageRecord[] {
    const targets = [...this.#world.webhooks.values()]
      .filter(({ source }) => source?.channelId === channelId)
      .map((webhook) => webhook.channelId);
    return [...new Set(targets)]
      .flatMap((id) => this.#world.log(id).all())
      .filter(({ origin }) => origin !== null && messageIds.includes(origin.messageId));
  }
}

const unpinned = {
  nonce: null,
  pinnedAtMs: null,
  replyToId: null,
  type: 0,
  mentions: { userIds: [], roleIds: [], everyone: false },
};
