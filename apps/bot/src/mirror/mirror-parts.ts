/**
 * What the messages of one mirror look like, and how to recognise them in a
 * channel. Pure.
 *
 * Every message ends with a card that names its feed and number:
 *
 *   Pro #12 (1/2)               before the last message of a long post
 *   Mara · calls · Pro #12      the last, or only, message
 *
 * Customers see a gap at a glance, and a worker that takes over after a crash
 * recognises what has been posted already. Feed and number are unique, so in one
 * target no two signals share a card.
 */
import { type EventAttachment, type MirrorPart, renderMirror } from "@heliograph/domain";
import type { MirrorWork } from "../backend.ts";

/** A file to post with a message, as discord.js takes it. */
export interface MirrorFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: Buffer;
}

/** Body of one message, ready for Discord's REST API, and the files that go with it. */
export type MessageBody = Omit<MirrorPart, "files"> & { readonly files?: readonly MirrorFile[] };

/** A message that stands in a channel, as far as recognising needs it. */
export interface PostedMessage {
  readonly id: string;
  readonly authorId: string;
  /** Author line of its last embed, where the card is; null without one. */
  readonly card: string | null;
}

const MOST_EMBEDS = 10; // Discord's limit
const MOST_NAME = 100; // two names and the place stay within the 256 of an author line
const MOST_DESCRIPTION = 1_000;
const FEED_LABELS = { basic: "Basic", advanced: "Advanced", pro: "Pro" } as const;

/** The messages of a mirror that is wanted, in order. Throws when it is to be deleted. */
export function mirrorBodies(work: MirrorWork, purpose: "create" | "edit"): MessageBody[] {
  const { message } = work;
  if (message === null) throw new Error(`mirror ${work.mirrorId} is to be deleted, not shown`);
  const authorName = message.authorName?.slice(0, MOST_NAME) ?? null;
  const sourceName = `${message.sourceName.slice(0, MOST_NAME)} · ${placeOf(work)}`;
  const parts = renderMirror({ ...message, authorName, sourceName }, purpose);
  return parts.map(({ files, ...body }, index) =>
    index === parts.length - 1
      ? { ...body, embeds: withFiles(body.embeds, files) }
      : { ...body, embeds: [{ author: { name: partCard(work, index, parts.length) } }] },
  );
}

/** Ids of all messages in the channel that belong to this mirror, whatever part of it they show, in their order. */
export function recognise(
  work: MirrorWork,
  posted: readonly PostedMessage[],
  botUserId: string,
): string[] {
  const place = placeOf(work);
  const isOfMirror = ({ authorId, card }: PostedMessage) =>
    authorId === botUserId &&
    card !== null &&
    (card === place || card.endsWith(` · ${place}`) || card.startsWith(`${place} (`));
  return posted.filter(isOfMirror).map(({ id }) => id);
}

function partCard(work: MirrorWork, index: number, count: number): string {
  return `${placeOf(work)} (${index + 1}/${count})`;
}

function placeOf({ feed, seq }: Pick<MirrorWork, "feed" | "seq">): string {
  return `${FEED_LABELS[feed]} #${seq}`;
}

/** Files stand above the card, which stays last: what a post quotes cannot pass for it. */
function withFiles(
  embeds: MessageBody["embeds"],
  files: readonly EventAttachment[],
): MessageBody["embeds"] {
  const others = [...embeds.slice(0, -1), ...fileEmbeds(files)];
  return [...others.slice(0, MOST_EMBEDS - 1), ...embeds.slice(-1)];
}

/** Images are shown; other files are named, their bytes stay at the source. */
function fileEmbeds(files: readonly EventAttachment[]): MessageBody["embeds"] {
  const images = files.filter(({ contentType }) => contentType?.startsWith("image/") === true);
  const others = files.filter((file) => !images.includes(file));
  const shown = images.map(({ url }) => ({ image: { url } }));
  if (others.length === 0) return shown;
  const names = `Attached: ${others.map(({ name }) => name).join(", ")}`;
  return [{ description: names.slice(0, MOST_DESCRIPTION) }, ...shown];
}
