/**
 * Our embeds in Discord's spelling and within its limits.
 *
 * [EMB1] At most ten embeds, each text within its limit, all text together within 6,000 units.
 * [EMB2] No embed or field is empty: Discord would refuse the whole message.
 */
import { withoutMentions } from "./mention-firewall.ts";
import type { Embed } from "./source-event.ts";
import { shortenText } from "./text-splitting.ts";

/** An embed as Discord's REST API takes it. */
export interface DiscordEmbed {
  title?: string;
  description?: string;
  url?: string;
  color?: number;
  author?: { name: string; url?: string; icon_url?: string };
  fields?: { name: string; value: string; inline: boolean }[];
  image?: { url: string };
  thumbnail?: { url: string };
  footer?: { text: string };
  timestamp?: string;
}

const MOST_EMBEDS = 10;
const MOST_FIELDS = 25;
const MOST_TEXT = 6000; // over all embeds of a message
const LENGTHS = {
  title: 256,
  description: 4096,
  name: 256,
  value: 1024,
  footer: 2048,
  author: 256,
};
const BLANK = "\u200b"; // what Discord takes for an empty field

/** As many of the embeds as there is room for, followed by a card that says who posted. */
export function toDiscordEmbeds(embeds: readonly Embed[], attribution: string): DiscordEmbed[] {
  const card = { author: { name: attribution || BLANK } };
  const budget = { left: MOST_TEXT - card.author.name.length };
  const shown = embeds
    .slice(0, MOST_EMBEDS - 1)
    .map((embed) => toDiscordEmbed(embed, budget))
    .filter((embed) => Object.keys(embed).some((name) => VISIBLE.has(name)));
  return [...shown, card];
}

const VISIBLE = new Set([
  "title",
  "description",
  "author",
  "fields",
  "image",
  "thumbnail",
  "footer",
]);

interface Budget {
  left: number;
}

function toDiscordEmbed(embed: Embed, budget: Budget): DiscordEmbed {
  const title = spend(embed.title, LENGTHS.title, budget);
  const description = spend(embed.description, LENGTHS.description, budget);
  const authorName = spend(embed.author?.name, LENGTHS.author, budget);
  const fields = toDiscordFields(embed, budget);
  const footer = spend(embed.footer, LENGTHS.footer, budget);
  return {
    ...(title === "" ? {} : { title }),
    ...(description === "" ? {} : { description }),
    ...(authorName === "" ? {} : { author: authorOf(embed, authorName) }),
    ...(fields.length === 0 ? {} : { fields }),
    ...(footer === "" ? {} : { footer: { text: footer } }),
    ...(embed.url === undefined ? {} : { url: embed.url }),
    ...(embed.color === undefined ? {} : { color: embed.color }),
    ...(embed.imageUrl === undefined ? {} : { image: { url: embed.imageUrl } }),
    ...(embed.thumbnailUrl === undefined ? {} : { thumbnail: { url: embed.thumbnailUrl } }),
    ...(embed.timestampMs === undefined
      ? {}
      : { timestamp: new Date(embed.timestampMs).toISOString() }),
  };
}

function authorOf(embed: Embed, name: string): NonNullable<DiscordEmbed["author"]> {
  const { url, iconUrl } = embed.author ?? {};
  return {
    name,
    ...(url === undefined ? {} : { url }),
    ...(iconUrl === undefined ? {} : { icon_url: iconUrl }),
  };
}

function toDiscordFields(embed: Embed, budget: Budget): NonNullable<DiscordEmbed["fields"]> {
  return (embed.fields ?? []).slice(0, MOST_FIELDS).flatMap((field) => {
    if (budget.left < 2) return []; // a name and a value of one unit each
    const name =
      spend(field.name, Math.min(LENGTHS.name, budget.left - 1), budget) || blank(budget);
    const value = spend(field.value, LENGTHS.value, budget) || blank(budget);
    return [{ name, value, inline: field.inline === true }];
  });
}

function blank(budget: Budget): string {
  budget.left -= BLANK.length;
  return BLANK;
}

/** The text without mentions, cut to its limit and to what is left of the sum. */
function spend(text: string | undefined, most: number, budget: Budget): string {
  const spent = cleanText(text ?? "", Math.min(most, budget.left));
  budget.left -= spent.length;
  return spent;
}

function cleanText(text: string, most: number): string {
  return shortenText(withoutMentions(text).trim(), most);
}
