/**
 * Serves uploads at the URLs that messages name.
 *
 * Files come from strangers: only images, sound and film are shown in place, and
 * whatever it is, the browser may neither guess its type nor run it.
 */
import { Hono } from "hono";
import type { World } from "../state/world.ts";

const SHOWN_IN_PLACE = /^(image\/(png|jpeg|gif|webp|avif)|video\/|audio\/)/;

export function attachmentRoutes(world: World): Hono {
  return new Hono().get("/attachments/:channel/:attachment/:filename", (c) => {
    const { channel, attachment } = c.req.param();
    const record = world
      .log(channel)
      .all()
      .flatMap((message) => message.attachments)
      .find(({ id }) => id === attachment);
    const data = world.files.get(attachment);
    if (record === undefined || data === undefined)
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
