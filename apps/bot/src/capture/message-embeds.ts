/** Turns Discord's embeds into ours. Pure. What ingest would not take is left out, so that the rest arrives. */
import { type Embed, INGEST_LIMITS } from "@heliograph/domain";
import type { APIEmbed } from "discord.js";

/** The embeds that have something to show, as many as ingest takes. */
export function embedsOf(sources: readonly APIEmbed[]): Embed[] {
  return sources
    .map(embed)
    .filter((made) => Object.keys(made).length > 0)
    .slice(0, INGEST_LIMITS.embeds);
}

function embed(source: APIEmbed): Embed {
  const timestampMs = Date.parse(source.timestamp ?? "");
  const url = webAddress(source.url);
  const author = authorOf(source);
  const imageUrl = pictureUrl(source.image);
  const thumbnailUrl = pictureUrl(source.thumbnail);
  return {
    ...(source.title !== undefined && { title: source.title }),
    ...(source.description !== undefined && { description: source.description }),
    ...(url !== undefined && { url }),
    ...(source.color !== undefined && { color: source.color }),
    ...(author !== undefined && { author }),
    ...(source.fields !== undefined && {
      fields: source.fields.map(({ name, value, inline }) => ({
        name,
        value,
        ...(inline !== undefined && { inline }),
      })),
    }),
    ...(imageUrl !== undefined && { imageUrl }),
    ...(thumbnailUrl !== undefined && { thumbnailUrl }),
    ...(source.footer?.text !== undefined && { footer: source.footer.text }),
    ...(!Number.isNaN(timestampMs) && { timestampMs }),
  };
}

function authorOf({ author }: APIEmbed): NonNullable<Embed["author"]> | undefined {
  if (author === undefined || (author.name ?? "").trim() === "") return undefined;
  const url = webAddress(author.url);
  const iconUrl = webAddress(author.icon_url);
  return {
    name: author.name,
    ...(url !== undefined && { url }),
    ...(iconUrl !== undefined && { iconUrl }),
  };
}

/** By way of Discord, which has the picture: where it came from may be anywhere. */
function pictureUrl(
  picture: { readonly url: string; readonly proxy_url?: string } | undefined,
): string | undefined {
  return webAddress(picture?.proxy_url ?? picture?.url);
}

function webAddress(url: string | undefined): string | undefined {
  const isOne = url !== undefined && /^https?:\/\/[^\s/?#]\S*$/i.test(url);
  return isOne && url.length <= INGEST_LIMITS.urlLength ? url : undefined;
}
