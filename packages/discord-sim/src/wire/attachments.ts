/**
 * Links to files as a reader gets them: always fresh, from the address the
 * simulator has now, so they survive a start on another port.
 */
import type { APIAttachment } from "discord-api-types/v10";
import { LINK_TTL_MS, signPath } from "../cdn/signed-links.ts";
import type { AttachmentRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

export type LinkMaker = { world: World; baseUrl: string };

export function attachmentUrl(
  { world, baseUrl }: LinkMaker,
  channelId: string,
  { id, filename }: Pick<AttachmentRecord, "id" | "filename">,
): string {
  return signedUrl(
    { world, baseUrl },
    `/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`,
  );
}

/** A link of our own, signed anew; undefined when it leads elsewhere. */
export function refreshedUrl(maker: LinkMaker, url: string): string | undefined {
  const path = /^https?:\/\/[^/]+(\/attachments\/\d+\/\d+\/[^?#]+)/.exec(url)?.[1];
  if (path === undefined || !url.startsWith(`${maker.baseUrl}/`)) return undefined;
  return signedUrl(maker, path);
}

export function attachmentToWire(
  maker: LinkMaker,
  channelId: string,
  attachment: AttachmentRecord,
): APIAttachment {
  const url = attachmentUrl(maker, channelId, attachment);
  return {
    id: attachment.id,
    filename: attachment.filename,
    size: attachment.bytes,
    content_type: attachment.contentType,
    url,
    proxy_url: url,
    ...(attachment.description !== null && { description: attachment.description }),
    ...(attachment.widthPx !== null && { width: attachment.widthPx, height: attachment.heightPx }),
  };
}

function signedUrl({ world, baseUrl }: LinkMaker, path: string): string {
  const nowMs = world.clock.nowMs();
  return baseUrl + signPath(path, { secret: world.linkSecret, nowMs, ttlMs: LINK_TTL_MS });
}
