/** A Discord channel in memory that knows nonces, as Discord does within minutes. */
import { DiscordAPIError } from "discord.js";
import {
  type DiscordChannel,
  type SendOptions,
  type SentMessage,
  textOf,
} from "../src/mirror/discord-channel.ts";
import type { MessageBody, PostedMessage } from "../src/mirror/mirror-parts.ts";

export const BOT_USER_ID = "900";

interface Standing extends PostedMessage {
  readonly authorId: string;
  readonly body: MessageBody;
  readonly options: SendOptions | null;
}

export class MemoryChannel implements DiscordChannel {
  readonly threadId = null;
  readonly messages: Standing[] = [];
  readonly calls: string[] = [];
  /** What the next calls do instead of answering; a send is carried out all the same. */
  failure: Error | null = null;
  #nextId = 1;

  async send(body: MessageBody, options: SendOptions): Promise<SentMessage> {
    this.calls.push("send");
    const repeated = this.messages.find((message) => message.options?.nonce === options.nonce);
    const message = repeated ?? this.#post(body, options);
    if (this.failure !== null) throw this.failure;
    return { id: message.id, showsBody: message.body.content === body.content };
  }

  async edit(id: string, body: MessageBody): Promise<void> {
    this.calls.push(`edit ${id}`);
    if (this.failure !== null) throw this.failure;
    const index = this.#indexOf(id);
    const message = this.messages[index];
    if (message !== undefined) this.messages[index] = { ...message, ...seen(body), body };
  }

  async remove(id: string): Promise<void> {
    this.calls.push(`remove ${id}`);
    if (this.failure !== null) throw this.failure;
    this.messages.splice(this.#indexOf(id), 1);
  }

  async newest(): Promise<readonly PostedMessage[]> {
    this.calls.push("newest");
    return this.messages.filter(({ authorId }) => authorId === BOT_USER_ID);
  }

  get texts(): string[] {
    return this.messages.map(({ body }) => body.content);
  }

  /** Discord forgets nonces after some minutes. */
  forgetNonces(): void {
    for (const [index, message] of this.messages.entries())
      this.messages[index] = { ...message, options: null };
  }

  #post(body: MessageBody, options: SendOptions): Standing {
    const id = String(this.#nextId++);
    const message = { id, authorId: BOT_USER_ID, ...seen(body), body, options };
    this.messages.push(message);
    return message;
  }

  #indexOf(id: string): number {
    const index = this.messages.findIndex((message) => message.id === id);
    if (index < 0) throw apiError(10_008, 404, "Unknown Message");
    return index;
  }
}

export function apiError(code: number, status: number, message: string): DiscordAPIError {
  const nothing = { body: undefined, files: undefined };
  return new DiscordAPIError({ code, message }, code, status, "POST", "url", nothing);
}

function seen(body: MessageBody): Pick<PostedMessage, "card" | "text"> {
  return { card: body.embeds.at(-1)?.author?.name ?? null, text: textOf(body) };
}
