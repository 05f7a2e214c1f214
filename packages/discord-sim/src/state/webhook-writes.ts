/** Webhooks: made, changed, removed. Each tells its channels that their webhooks have changed. */
import { randomBytes } from "node:crypto";
import type { ChannelRecord, WebhookRecord } from "./records.ts";
import type { World } from "./world.ts";

const TOKEN_BYTES = 51; // 68 characters, as Discord's are

export class WebhookWrites {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  add(
    channel: ChannelRecord,
    wish: Pick<WebhookRecord, "name" | "avatar" | "creatorId" | "applicationId">,
  ): WebhookRecord {
    const webhook: WebhookRecord = {
      ...wish,
      id: this.#world.snowflakes.next(),
      type: 1,
      token: randomBytes(TOKEN_BYTES).toString("base64url"),
      guildId: channel.guildId,
      channelId: channel.id,
      source: null,
    };
    this.#world.webhooks.set(webhook.id, webhook);
    this.#tell(channel.id);
    return webhook;
  }

  change(
    webhook: WebhookRecord,
    change: Partial<Pick<WebhookRecord, "name" | "avatar" | "channelId">>,
  ): void {
    const before = webhook.channelId;
    Object.assign(webhook, change);
    for (const channelId of new Set([before, webhook.channelId])) this.#tell(channelId);
  }

  remove(webhook: WebhookRecord): void {
    this.#world.webhooks.delete(webhook.id);
    this.#tell(webhook.channelId);
  }

  #tell(channelId: string): void {
    this.#world.events.emit({ type: "webhooksChanged", channelId });
  }
}
