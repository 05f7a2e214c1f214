/**
 * Which files of a post are to be copied, and by which address they are known.
 *
 * Discord signs its links anew whenever it hands them out, so the signature is no part of what names
 * a file: the address without it is.
 *
 * [WMED1] A file keeps its address for as long as its post stands, however often its link is signed anew.
 */
import type { Embed, EventAttachment } from "../source-event.ts";

/** A file that is to be copied: `link` is where it can be had, `address` is what it is known by. */
export interface WantedMedium {
  readonly address: string;
  readonly link: string;
  readonly name: string;
}

/** Most files of one post: 10 attachments and the two pictures of 10 embeds. */
export const MOST_MEDIA = 30;

const SIGNATURE = ["ex", "is", "hm"] as const;
const MAYBE_SEEN = /^(image\/|video\/|application\/octet-stream$)/i; // the last says: whatever it is
const EMBED_NAME = "picture";

/** The address of a file, which its signature is no part of. */
export function mediaAddress(link: string): string {
  if (!SIGNATURE.every((name) => link.includes(`${name}=`)) || !URL.canParse(link)) return link;
  const url = new URL(link);
  if (!SIGNATURE.every((name) => url.searchParams.has(name))) return link;
  for (const name of SIGNATURE) url.searchParams.delete(name);
  return url.href.replace(/[?&=]+$/, "");
}

/** Whether an attachment is copied: unless its source says that it is no picture and no film, its bytes decide. */
export function isCopied({ contentType }: Pick<EventAttachment, "contentType">): boolean {
  return contentType === undefined || MAYBE_SEEN.test(contentType);
}

/** What is to be copied of a post, each file once. */
export function wantedMedia(post: {
  readonly attachments: readonly EventAttachment[];
  readonly embeds: readonly Embed[];
}): WantedMedium[] {
  const files = post.attachments.filter(isCopied).map(({ url, name }) => ({ link: url, name }));
  const pictures = post.embeds
    .flatMap(({ imageUrl, thumbnailUrl }) => [imageUrl, thumbnailUrl])
    .flatMap((link) => (link === undefined ? [] : [{ link, name: EMBED_NAME }]));
  const wanted = new Map<string, WantedMedium>();
  for (const { link, name } of [...files, ...pictures]) {
    const address = mediaAddress(link);
    if (!wanted.has(address)) wanted.set(address, { address, link, name });
  }
  return [...wanted.values()].slice(0, MOST_MEDIA);
}

/** When a signed link runs out, in ms; null for one that is not signed. */
export function linkEndsAtMs(link: string): number | null {
  if (mediaAddress(link) === link) return null;
  const seconds = Number.parseInt(new URL(link).searchParams.get("ex") ?? "", 16);
  return Number.isSafeInteger(seconds) ? seconds * 1_000 : null;
}
