/**
 * Serves uploads at the URLs that messages name, while the link lives.
 *
 * Files come from strangers: only images, sound and film are shown in place, and
 * whatever it is, the browser may neither guess its type nor run it.
 */
import { Hono } from "hono";
import type { World } from "../state/world.ts";
import { isLinkAlive } from "./signed-links.ts";

const SHOWN_IN_PLACE = /^(image\/(png|jpeg|gif|webp|avif)|video\/|audio\/)/;

export function attachmentRoutes(world: World): Hono {
  return new Hono().get("/attachments/:channel/:attachment/:filename", (c) => {
    const { channel, attachment } = c.req.param();
    const link = { secret: world.linkSecret, nowMs: world.clock.nowMs() };
    const path = new URL(c.req.url).pathname;
    const record = world
      .log(channel)
      .all()
      .flatMap(({ attachments, forward }) => [
        ...attachments,
        ...(forward?.snapshot.attachments ?? []),
      ])
      .find(({ id }) => id === attachment);
    const data = world.files.get(attachment);
    if (!isLinkAlive(path, c.req.query(), link) || record === undefined || data === undefined)
      return c.text("This content is no longer available.", 404);
    const place = SHOWN_IN_PLACE.test(record.contentType) ? "inline" : "attachment";
    return c.body(data, 200, {
      "Content-Type": record.contentType,
      "Content-Disposition": `${place}; filename*=UTF-8''${encodeURIComponent(record.filename)}`,
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "private, max-age=3600",
    });
  });
}
