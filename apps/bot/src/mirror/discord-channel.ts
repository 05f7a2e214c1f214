/**
 * What mirroring does in a target, whatever kind of target it is: see
 * `bot-channel.ts`, `webhook-channel.ts` and `forum-channel.ts`. Nothing here decides.
 */
import { type APIMessage, type RawFile, type REST, Routes } from "discord.js";
import type { MessageBody, PostedMessage } from "./mirror-parts.ts";

export interface SendOptions {
  /** At most 25 characters. Within minutes Discord answers a bot's repeat with the first message. */
  readonly nonce: string;
  readonly replyToMessageId: string | null;
}

export interface SentMessage {
  readonly id: string;
  /** False when Discord answered with a message that an earlier send with this nonce posted. */
  readonly showsBody: boolean;
}

export interface DiscordChannel {
  /** The forum post that holds the mirror; null elsewhere, and as long as there is none. */
  readonly threadId: string | null;
  send(body: MessageBody, options: SendOptions): Promise<SentMessage>;
  edit(messageId: string, body: MessageBody): Promise<void>;
  remove(messageId: string): Promise<void>;
  /** Our own messages there since then, as far as a few pages go, oldest first. */
  newest(sinceMs: number): Promise<readonly PostedMessage[]>;
}

/** What the calls of this process have in common. */
export interface DiscordCalls {
  readonly rest: REST;
  /** The same, but what fails is never sent again by itself: for posts that have no nonce. */
  readonly once: REST;
  readonly botUserId: string;
  /** Told before a message is removed, so that its end is not taken for somebody else's deed. */
  readonly onRemoving: (messageId: string) => void;
}

/** A request that posts a message with its files. */
export function toPost({ files = [], ...body }: MessageBody): { body: object; files: RawFile[] } {
  return { body, files: [...files] };
}

/** A request that edits a message: what is listed is what stays, the files sent along in place of those that stood there. */
export function toEdit({ files = [], ...body }: MessageBody): { body: object; files: RawFile[] } {
  const attachments = files.map(({ name }, id) => ({ id, filename: name }));
  return { body: { ...body, attachments }, files: [...files] };
}

const PAGE = 100; // Discord's largest
const MOST_PAGES = 5;
const DISCORD_EPOCH_MS = 1_420_070_400_000;
const CLOCKS_DIFFER_MS = 60_000;

/** The messages of a channel since then, the newest 500 at most, oldest first. */
export async function readMessages(
  rest: REST,
  channelId: string,
  { sinceMs, signal }: { sinceMs: number; signal: AbortSignal },
): Promise<APIMessage[]> {
  const found: APIMessage[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const oldest = found.at(-1)?.id;
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(oldest !== undefined && { before: oldest }),
    });
    const path = Routes.channelMessages(channelId);
    const messages = (await rest.get(path, { query, signal })) as APIMessage[];
    found.push(...messages);
    const last = messages.at(-1);
    if (last === undefined || messages.length < PAGE) break;
    if (BigInt(last.id) < snowflakeAt(sinceMs - CLOCKS_DIFFER_MS)) break;
  }
  return found.reverse();
}

/** The least id of a message that was posted at that time. */
export function snowflakeAt(atMs: number): bigint {
  return BigInt(Math.max(0, Math.floor(atMs) - DISCORD_EPOCH_MS)) << 22n;
}

/** What recognising needs of a message. */
export function toPosted(message: APIMessage): PostedMessage {
  return {
    id: message.id,
    card: message.embeds.at(-1)?.author?.name ?? null,
    text: textOf(message),
  };
}

interface Texts {
  readonly content: string;
  readonly embeds: readonly {
    title?: string;
    description?: string;
    author?: { name: string };
    fields?: readonly { name: string; value: string }[];
  }[];
}

/** All a reader reads, without the space that Discord trims. */
export function textOf({ content, embeds }: Texts): string {
  const cards = embeds.flatMap(({ title, description, author, fields = [] }) => [
    title,
    description,
    author?.name,
    ...fields.flatMap(({ name, value }) => [name, value]),
  ]);
  return JSON.stringify([content, ...cards].map((text) => text?.trim() ?? ""));
}
