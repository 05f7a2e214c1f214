/**
 * Files in place of links: what the backend has copied is posted with the message, so that a mirror shows
 * it for good. A file that is still to come, or too large for the target, stays a link until then.
 *
 * Wraps a channel: what is sent through it looks the same, with `attachment://` where a link was.
 */
import { type EventAttachment, extensionOf, mediaAddress } from "@heliograph/domain";
import type { MirrorWork } from "../backend.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import type { MessageBody, MirrorFile } from "./mirror-parts.ts";

/** The bytes of a medium; null when it is gone. Rejects when the backend cannot be reached. */
export type LoadMedia = (mediaId: string) => Promise<Buffer | null>;

type Copy = NonNullable<MirrorWork["message"]>["media"][number];

const MOST_FILES = 10; // Discord's limits: of a message, of each file, and of a request
const MOST_FILE_BYTES = 10 * 1024 * 1024;
const MOST_REQUEST_BYTES = 24 * 1024 * 1024;

/** The channel, in which the work's messages carry their files. */
export function withFiles(
  work: MirrorWork,
  channel: DiscordChannel,
  load: LoadMedia,
): DiscordChannel {
  const { message } = work;
  if (message === null || message.media.length === 0) return channel;
  const filled = async (body: MessageBody) => {
    const isLast = body.embeds.at(-1)?.author?.name.endsWith(`#${work.seq}`) === true;
    const others = isLast ? message.attachments.filter((file) => !isImage(file)) : [];
    return await fillBody(body, others, new Files(load, message.media));
  };
  return {
    get threadId() {
      return channel.threadId;
    },
    send: async (body, options) => await channel.send(await filled(body), options),
    edit: async (messageId, body) => await channel.edit(messageId, await filled(body)),
    remove: (messageId) => channel.remove(messageId),
    newest: (sinceMs) => channel.newest(sinceMs),
  };
}

/** The pictures its embeds show, and with the last message the files that no embed shows. */
async function fillBody(
  body: MessageBody,
  attachments: readonly { readonly url: string }[],
  files: Files,
): Promise<MessageBody> {
  const embeds: MessageBody["embeds"][number][] = [];
  for (const embed of body.embeds) {
    const image = embed.image && { url: await files.shown(embed.image.url) };
    const thumbnail = embed.thumbnail && { url: await files.shown(embed.thumbnail.url) };
    embeds.push({ ...embed, ...(image && { image }), ...(thumbnail && { thumbnail }) });
  }
  for (const { url } of attachments) await files.shown(url);
  return files.list.length === 0 ? body : { ...body, embeds, files: files.list };
}

/** An embed shows it, in whichever message that is. */
function isImage({ contentType }: EventAttachment): boolean {
  return contentType?.startsWith("image/") === true;
}

/** The files of one message, each once, within Discord's limits. */
class Files {
  readonly list: MirrorFile[] = [];
  readonly #load: LoadMedia;
  readonly #copies: readonly Copy[];
  readonly #links = new Map<string, string>(); // by address
  #left = MOST_REQUEST_BYTES;

  constructor(load: LoadMedia, copies: readonly Copy[]) {
    this.#load = load;
    this.#copies = copies;
  }

  /** What an embed points at to show that file: the uploaded one, or the link as it is. */
  async shown(link: string): Promise<string> {
    const address = mediaAddress(link);
    const copy = this.#copies.find((found) => found.address === address);
    if (copy === undefined) return link;
    const known = this.#links.get(address) ?? (await this.#upload(copy)) ?? link;
    this.#links.set(address, known);
    return known;
  }

  async #upload({ mediaId, contentType }: Copy): Promise<string | null> {
    if (this.list.length === MOST_FILES) return null;
    const data = await this.#load(mediaId);
    if (data === null) return null;
    if (data.byteLength > Math.min(MOST_FILE_BYTES, this.#left)) return null;
    this.#left -= data.byteLength;
    const name = `file-${this.list.length + 1}.${extensionOf(contentType)}`;
    this.list.push({ name, contentType, data });
    return `attachment://${name}`;
  }
}
