/**
 * Renders a signal into the messages a bot posts in a mirror channel: bodies for
 * Discord's REST API, within its limits.
 *
 * One signal is one message, or several if its text is longer than Discord takes.
 * Cards and files go with the last one, so that they stand below all text.
 *
 * [MIR1] Nobody is pinged but the route's role, once, when the signal is first posted.
 * [MIR2] `allowed_mentions` is explicit on every body, on create and on edit.
 * [MIR3] Every body is within Discord's limits and not empty.
 * [MIR4] The whole text of the signal is there, in order.
 * [MIR5] A create and an edit of the same signal have the same text, so an edit moves nothing.
 * [MIR6] The last embed of the last body is a card whose author line ends as the source's name does.
 */
import { type DiscordEmbed, toDiscordEmbeds } from "./discord-embeds.ts";
import { withoutMentions } from "./mention-firewall.ts";
import type { Embed, EventAttachment } from "./source-event.ts";
import { shortenStart, shortenText, splitText } from "./text-splitting.ts";

/** What a mirror shows of a signal; `MirrorWork.message` of the backend is one. */
export interface MirrorMessage {
  readonly content: string;
  readonly embeds: readonly Embed[];
  readonly attachments: readonly EventAttachment[];
  readonly authorName: string | null;
  readonly sourceName: string;
  /** The role of the target server to ping on the first post, or null. */
  readonly pingRoleId: string | null;
}

/** Discord's own words, ready for JSON. */
export interface AllowedMentions {
  readonly parse: readonly never[];
  readonly roles: readonly string[];
  readonly users: readonly never[];
  readonly replied_user: false;
}

/** One message to post or edit. `files` are to be uploaded with it; the rest is the body. */
export interface MirrorPart {
  readonly content: string;
  readonly embeds: readonly DiscordEmbed[];
  readonly allowed_mentions: AllowedMentions;
  readonly files: readonly EventAttachment[];
}

/** Units of text in one Discord message. */
export const DISCORD_CONTENT_LENGTH = 2000;
const DISCORD_FILES = 10;
const CARD_LENGTH = 256; // what Discord allows an embed's author line
const CARD_AUTHOR_LENGTH = 80; // leaves the source room for its own name and whatever follows it
const CARD_DOT = " · ";
const ROLE_ID = /^\d{5,25}$/;

/** The messages of a signal, in order, at least one. `create` for a first post, `edit` for any later one. */
export function renderMirror(message: MirrorMessage, purpose: "create" | "edit"): MirrorPart[] {
  const roleId = ROLE_ID.test(message.pingRoleId ?? "") ? message.pingRoleId : null;
  const ping = roleId === null ? "" : `<@&${roleId}>\n`;
  const texts = splitText(ping + withoutMentions(message.content).trim(), DISCORD_CONTENT_LENGTH);
  const contents = texts.length === 0 ? [""] : texts;
  return contents.map((content, index) => {
    const isPinging = purpose === "create" && index === 0 && roleId !== null;
    const isLast = index === contents.length - 1;
    return {
      content,
      embeds: isLast ? toDiscordEmbeds(message.embeds, attributionOf(message)) : [],
      allowed_mentions: allowOnly(isPinging ? [roleId] : []),
      files: isLast ? message.attachments.slice(0, DISCORD_FILES) : [],
    };
  });
}

function allowOnly(roles: readonly string[]): AllowedMentions {
  return { parse: [], roles, users: [], replied_user: false };
}

/**
 * Who wrote it and where, as a small card: the post itself keeps the analyst's words
 * only. If it is too long, the end of the source's name is what stays.
 */
function attributionOf({ authorName, sourceName }: MirrorMessage): string {
  const author = shortenText(withoutMentions(authorName ?? "").trim(), CARD_AUTHOR_LENGTH);
  const room = CARD_LENGTH - (author === "" ? 0 : author.length + CARD_DOT.length);
  const source = shortenStart(withoutMentions(sourceName).trim(), room);
  return author === "" ? source : author + CARD_DOT + source;
}
