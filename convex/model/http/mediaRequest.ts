/**
 * GET /media/{mediaId}?k=...: a stored picture, for whoever was just given the link.
 * With a bot's machine token in place of `k`, for the bot that posts it into mirrored channels.
 */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { ActionCtx } from "../../_generated/server.js";
import { bearerToken, hashToken } from "../machines/tokens.ts";
import { refuse } from "./answer.ts";

interface Opened {
  readonly storageId: Id<"_storage">;
  readonly contentType: string;
  readonly name: string;
}

const PREFIX = "/media/";
const REFUSED = {
  code: "media_key_refused",
  message: "This link has run out, or is none. Load the feed again: it has the new one.",
};

/** Answers with the bytes, or 403: which of the reasons it is, is nobody's business. */
export async function answerMedia(ctx: ActionCtx, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const mediaId = pathname.slice(PREFIX.length);
  const token = bearerToken(request.headers.get("authorization"));
  const opened =
    token === null
      ? await openByLink(ctx, mediaId, searchParams.get("k") ?? "")
      : await openByToken(ctx, mediaId, token);
  if (opened === null) return refuse(403, REFUSED);
  const blob = await ctx.storage.get(opened.storageId);
  if (blob === null) return refuse(404, { code: "media_gone", message: "The file is gone." });
  return new Response(blob, { headers: headersOf(opened) });
}

async function openByLink(ctx: ActionCtx, mediaId: string, key: string): Promise<Opened | null> {
  const asked = { mediaId, key };
  let answer = await ctx.runQuery(internal.media.open, { ...asked, nowMs: Date.now() });
  if (answer.state === "overdue") {
    await ctx.runMutation(internal.access.expireShard, { shard: answer.shard });
    answer = await ctx.runQuery(internal.media.open, { ...asked, nowMs: Date.now() });
  }
  return answer.state === "open" ? answer : null;
}

async function openByToken(ctx: ActionCtx, mediaId: string, token: string): Promise<Opened | null> {
  const asked = { mediaId, tokenHash: hashToken(token), nowMs: Date.now() };
  const answer = await ctx.runQuery(internal.media.openForBot, asked);
  return answer.state === "open" ? answer : null;
}

/** Pictures are shown in place; everything else is saved. */
function headersOf({ contentType, name }: Opened) {
  const place = contentType.startsWith("image/") ? "inline" : "attachment";
  return {
    "content-type": contentType,
    "content-disposition": `${place}; filename*=UTF-8''${encodeURIComponent(name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=300",
  };
}
