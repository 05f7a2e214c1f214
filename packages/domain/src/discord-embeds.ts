/**
 * Our embeds in Discord's spelling and within its limits, spread over as many
 * messages as they need.
 *
 * [EMB1] A message has at most ten embeds, each text within its limit, all text together within 6,000 units.
 * [EMB2] No embed or field is empty: Discord would refuse the whole message.
 * [EMB3] What has no room in one message stands in the next: no embed is left out.
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

/**
 * The embeds by message, in order, at least one group; each leaves room for one more embed with
 * `cardLength` units of text.
 */
export function packEmbeds(embeds: readonly Embed[], cardLength: number): DiscordEmbed[][] {
  const room = MOST_TEXT - Math.max(cardLength, PART_CARD_LENGTH);
  const groups: DiscordEmbed[][] = [[]];
  let left = room;
  for (const embed of embeds) {
    const budget = { left: room };
    const shown = toDiscordEmbed(embed, budget);
    if (!Object.keys(shown).some((name) => VISIBLE.has(name))) continue;
    const length = room - budget.left;
    const group = groups.at(-1);
    if (group !== undefined && group.length < MOST_EMBEDS - 1 && length <= left) {
      group.push(shown);
      left -= length;
      continue;
    }
    groups.push([shown]);
    left = room - length;
  }
  return groups;
}

const PART_CARD_LENGTH = 60; // a feed, a number, and which message of how many

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
