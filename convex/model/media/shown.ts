/**
 * A signal's files as a reader is shown them: a copy behind the paywall, or word that it is still coming.
 *
 * [SHOW1] A reader is never sent to where the source keeps a picture or film, but for history that came
 *         without copies; other files are links to their source.
 */
import { isCopied, mediaAddress } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { vFeedAttachment, vFeedEmbed } from "../signals/validators.ts";
import type { vShownMedium } from "./validators.ts";

type ShownMedium = Infer<typeof vShownMedium>;
type Signal = Pick<Doc<"signals">, "media">;

/** The address of a medium for this reader; null for a reader who cannot be given one. */
export type LinkOf = ((mediaId: Id<"media">) => string) | null;

export function showAttachment(
  signal: Signal,
  { url: link, ...file }: Doc<"signals">["attachments"][number],
  linkOf: LinkOf,
): Infer<typeof vFeedAttachment> {
  const shown = isCopied(file) ? show(signal, link, linkOf) : atSource(link);
  const contentType = entryOf(signal, link)?.contentType ?? file.contentType;
  return { ...file, ...(contentType !== undefined && { contentType }), ...shown };
}

export function showEmbed(
  signal: Signal,
  { imageUrl, thumbnailUrl, ...embed }: Doc<"signals">["embeds"][number],
  linkOf: LinkOf,
): Infer<typeof vFeedEmbed> {
  return {
    ...embed,
    ...(imageUrl !== undefined && { image: show(signal, imageUrl, linkOf) }),
    ...(thumbnailUrl !== undefined && { thumbnail: show(signal, thumbnailUrl, linkOf) }),
  };
}

function show(signal: Signal, link: string, linkOf: LinkOf): ShownMedium {
  if (signal.media === undefined) return atSource(link);
  const entry = entryOf(signal, link);
  if (entry === undefined) return { state: "coming" };
  if (entry.mediaId === null || linkOf === null) return { state: "missing" };
  const { width, height } = entry;
  return {
    state: "ready",
    url: linkOf(entry.mediaId),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  };
}

function atSource(link: string): ShownMedium {
  return { state: "ready", url: link };
}

function entryOf({ media }: Signal, link: string) {
  const address = mediaAddress(link);
  return media?.find((entry) => entry.address === address);
}
