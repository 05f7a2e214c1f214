/**
 * The bot's own webhook of each target channel: found there, or made. Its token is
 * kept in memory only; Discord shows it to the application that made the webhook.
 */
import { type APIWebhook, type REST, Routes } from "discord.js";

export interface Webhook {
  readonly id: string;
  readonly token: string;
}

const NAME = "Heliograph";

export class WebhookBook {
  readonly #rest: REST;
  readonly #applicationId: string;
  readonly #known = new Map<string, Promise<Webhook>>(); // by channel id

  constructor(rest: REST, applicationId: string) {
    this.#rest = rest;
    this.#applicationId = applicationId;
  }

  /** The webhook of the channel. Rejects as Discord refuses: without the right to manage webhooks, or with no room for one more. */
  async of(channelId: string, signal: AbortSignal): Promise<Webhook> {
    const known = this.#known.get(channelId);
    if (known !== undefined) return await known;
    const found = this.#findOrMake(channelId, signal);
    this.#known.set(channelId, found);
    found.catch(() => this.#known.delete(channelId));
    return await found;
  }

  /** It does not work any more: the next caller looks for another. */
  forget(channelId: string): void {
    this.#known.delete(channelId);
  }

  async #findOrMake(channelId: string, signal: AbortSignal): Promise<Webhook> {
    const path = Routes.channelWebhooks(channelId);
    const all = (await this.#rest.get(path, { signal })) as APIWebhook[];
    for (const { id, token, application_id } of all) {
      if (application_id === this.#applicationId && token !== undefined) return { id, token };
    }
    const made = (await this.#rest.post(path, { signal, body: { name: NAME } })) as APIWebhook;
    if (made.token === undefined) throw new Error(`webhook ${made.id} has no token`);
    return { id: made.id, token: made.token };
  }
}
