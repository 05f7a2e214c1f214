/** The files of a message: attachments, and stickers, which are pictures too. Pure. */
import { type EventAttachment, INGEST_LIMITS } from "@heliograph/domain";
import { type APIAttachment, type APIStickerItem, StickerFormatType } from "discord.js";

/** What holds files: a message, or the snapshot of a forwarded one. */
export interface WithFiles {
  readonly attachments: readonly APIAttachment[];
  readonly sticker_items?: readonly APIStickerItem[];
}

const MOST = INGEST_LIMITS.attachments;

/** Attachments first, then stickers, as many as ingest takes. */
export function filesOf({
  attachments,
  sticker_items: stickers = [],
}: WithFiles): EventAttachment[] {
  const pictures = stickers.filter(({ format_type }) => format_type !== StickerFormatType.Lottie);
  return [...attachments.map(attachment), ...pictures.map(stickerPicture)].slice(0, MOST);
}

/** Stickers that are drawings in code, and no picture anybody else can show, by their names. */
export function drawnStickers({ sticker_items: stickers = [] }: Partial<WithFiles>): string[] {
  return stickers
    .filter(({ format_type }) => format_type === StickerFormatType.Lottie)
    .map(({ name }) => name);
}

function attachment(file: APIAttachment): EventAttachment {
  return {
    id: file.id,
    name: file.filename.slice(-INGEST_LIMITS.attachmentNameLength), // the end says what it is
    url: file.url,
    size: file.size,
    ...(file.content_type !== undefined && { contentType: file.content_type }),
    ...(typeof file.width === "number" &&
      typeof file.height === "number" && { width: file.width, height: file.height }),
  };
}

function stickerPicture({ id, name, format_type }: APIStickerItem): EventAttachment {
  const isGif = format_type === StickerFormatType.GIF;
  const [host, ending] = isGif ? ["media.discordapp.net", "gif"] : ["cdn.discordapp.com", "png"];
  return {
    id,
    name: `${name}.${ending}`,
    url: `https://${host}/stickers/${id}.${ending}`,
    contentType: `image/${ending}`,
  };
}
