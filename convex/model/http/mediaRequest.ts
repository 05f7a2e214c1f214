/** GET /media/{mediaId}?k=...: a stored picture, for whoever was just given the link. */
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import { refuse } from "./answer.ts";

const PREFIX = "/media/";
const REFUSED = {
  code: "media_key_refused",
  message: "This link has run out, or is none. Load the feed again: it has the new one.",
};

/** Answers with the bytes, or 401: which of the reasons it is, is nobody's business. */
export async function answerMedia(ctx: ActionCtx, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const asked = { mediaId: pathname.slice(PREFIX.length), key: searchParams.get("k") ?? "" };
  let answer = await ctx.runQuery(internal.media.open, { ...asked, nowMs: Date.now() });
  if (answer.state === "overdue") {
    await ctx.runMutation(internal.access.expireShard, { shard: answer.shard });
    answer = await ctx.runQuery(internal.media.open, { ...asked, nowMs: Date.now() });
  }
  if (answer.state !== "open") return refuse(401, REFUSED);
  const blob = await ctx.storage.get(answer.storageId);
  if (blob === null) return refuse(404, { code: "media_gone", message: "The file is gone." });
  return new Response(blob, { headers: headersOf(answer) });
}

function headersOf({ contentType, name }: { contentType: string; name: string }) {
  return {
    "content-type": contentType,
    "content-disposition": `inline; filename*=UTF-8''${encodeURIComponent(name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=300",
  };
}
