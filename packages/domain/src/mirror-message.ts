/**
 * Renders a signal into the messages of a mirror: bodies for Discord's REST API,
 * within its limits.
 *
 * One signal is one message, or several if its text or its cards are more than
 * Discord takes. Each ends with a small card that names feed and number:
 *
 *   Pro #12 (1/2)               before the last message of a long post
 *   Mara · calls · Pro #12      the last, or only, message
 *
 * Customers see a gap at a glance, and a worker that takes over after a crash
 * recognises what has been posted already.
 *
 * [MIR1] Nobody is pinged but the route's role, once, when the signal is first posted.
 * [MIR2] `allowed_mentions` is explicit on every body, on create and on edit.
 * [MIR3] Every body is within Discord's limits and not empty.
 * [MIR4] The whole text of the signal and all its cards are there, in order.
 * [MIR5] A create and an edit of the same signal have the same text, so an edit moves nothing.
 * [MIR6] The last embed of every body is a card; that of the last body ends as the mark does.
 * [MIR7] Under a webhook the analyst's name is the message's own, so the card leaves it out, and a line says what is answered.
 */
import { type DiscordEmbed, packEmbeds } from "./discord-embeds.ts";
import { withoutMentions } from "./mention-firewall.ts";
import { splitMarkdown } from "./mirroring/markdown-splitting.ts";
import type { MirrorMode } from "./mirroring/route-rules.ts";
import type { Embed, EventAttachment } from "./source-event.ts";
import { shortenStart, shortenText } from "./text-splitting.ts";
import { FEEDS, type Feed } from "./tiers.ts";

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

/** How the messages of a mirror are made. */
export interface MirrorForm {
  /** `create` for a first post, `edit` for any later one. */
  readonly purpose: "create" | "edit";
  readonly mode: MirrorMode;
  /** What tells this signal from every other in its channel: `markOf`. */
  readonly mark: string;
  /** Address of the message that is answered, where Discord itself cannot say so. */
  readonly replyUrl?: string | undefined;
}

/** Discord's own words, ready for JSON. */
export interface AllowedMentions {
  readonly parse: readonly never[];
  readonly roles: readonly string[];
  readonly users: readonly never[];
  readonly replied_user: false;
}

/** Body of one message to post or edit. */
export interface MirrorPart {
  readonly content: string;
  readonly embeds: readonly DiscordEmbed[];
  readonly allowed_mentions: AllowedMentions;
}

/** Units of text in one Discord message. */
export const DISCORD_CONTENT_LENGTH = 2000;
const CARD_LENGTH = 256; // what Discord allows an embed's author line
const CARD_NAME_LENGTH = 80; // two names and the mark stay within that
const CARD_DOT = " · ";
const BLANK = "\u200b"; // what Discord takes for nothing
const FILE_NAMES_LENGTH = 1000;
const FEED_LABELS: Readonly<Record<Feed, string>> = {
  basic: "Basic",
  advanced: "Advanced",
  pro: "Pro",
};
const ROLE_ID = /^\d{5,25}$/;

/** The place of a signal in its feed as a mirror names it, as in `Pro #12`. */
export function markOf({ feed, seq }: { readonly feed: Feed; readonly seq: number }): string {
  return `${FEED_LABELS[feed]} #${seq}`;
}

/** The place a card names, or null if it is none of ours. */
export function readMark(card: string): { feed: Feed; seq: number } | null {
  const [, label, seq] = /(?:^| · )(\w+) #(-?\d{1,15})(?: \(\d+\/\d+\))?$/.exec(card) ?? [];
  const feed = FEEDS.find((one) => FEED_LABELS[one] === label);
  return feed === undefined ? null : { feed, seq: Number(seq) };
}

/** Whether a message with this card, the author line of its last embed, belongs to the signal of this mark. */
export function bearsMark(card: string, mark: string): boolean {
  return card === mark || card.endsWith(CARD_DOT + mark) || card.startsWith(`${mark} (`);
}

/** The messages of a signal, in order, at least one. */
export function renderMirror(message: MirrorMessage, form: MirrorForm): MirrorPart[] {
  const roleId = ROLE_ID.test(message.pingRoleId ?? "") ? message.pingRoleId : null;
  const lead = (roleId === null ? "" : `<@&${roleId}>\n`) + replyLine(form);
  const text = lead + withoutMentions(message.content).trim();
  const texts = splitMarkdown(text, DISCORD_CONTENT_LENGTH);
  const card = attributionOf(message, form);
  const groups = packEmbeds([...message.embeds, ...fileEmbeds(message.attachments)], card.length);
  const count = Math.max(1, texts.length) + groups.length - 1;
  const firstCards = Math.max(0, texts.length - 1); // cards stand below all text
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const name = isLast ? card : `${form.mark} (${index + 1}/${count})`;
    const isPinging = form.purpose === "create" && index === 0 && roleId !== null;
    return {
      content: texts[index] ?? "",
      embeds: [...(groups[index - firstCards] ?? []), { author: { name } }],
      allowed_mentions: allowOnly(isPinging ? [roleId] : []),
    };
  });
}

/**
 * The analyst as a webhook may show them: 1 to 80 units, without the words that
 * Discord keeps for itself.
 */
export function webhookName({
  authorName,
  sourceName,
}: Pick<MirrorMessage, "authorName" | "sourceName">): string {
  const plain = (text: string) => withoutMentions(text).trim();
  const name = plain(authorName ?? "") || plain(sourceName) || BLANK;
  const allowed = name.replace(/(disc)(?=ord)|(cly)(?=de)/gi, `$&${BLANK}`);
  return shortenText(allowed, CARD_NAME_LENGTH);
}

function allowOnly(roles: readonly string[]): AllowedMentions {
  return { parse: [], roles, users: [], replied_user: false };
}

function replyLine({ mode, replyUrl }: MirrorForm): string {
  return mode === "webhook" && replyUrl !== undefined ? `-# ↪ ${replyUrl}\n` : "";
}

/**
 * Who wrote it and where, as a small card: the post itself keeps the analyst's words
 * only. If a name is too long its end goes; the mark always stays.
 */
function attributionOf({ authorName, sourceName }: MirrorMessage, form: MirrorForm): string {
  const author = form.mode === "webhook" ? "" : cardName(authorName ?? "");
  const names = [author, cardName(sourceName), form.mark].filter((name) => name !== "");
  return shortenStart(names.join(CARD_DOT), CARD_LENGTH) || BLANK;
}

function cardName(name: string): string {
  return shortenText(withoutMentions(name).trim(), CARD_NAME_LENGTH);
}

/** Images are shown; other files are named, their bytes stay at the source. */
function fileEmbeds(files: readonly EventAttachment[]): Embed[] {
  const images = files.filter(({ contentType }) => contentType?.startsWith("image/") === true);
  const others = files.filter((file) => !images.includes(file));
  const shown = images.map(({ url }) => ({ imageUrl: url }));
  if (others.length === 0) return shown;
  const names = `Attached: ${others.map(({ name }) => name).join(", ")}`;
  return [{ description: shortenText(names, FILE_NAMES_LENGTH) }, ...shown];
}
