/**
 * POST /ingest/v1/events: the request read, one mutation, the answer.
 *
 * What costs nothing is looked at first: header, content type, declared length.
 * A body that cannot be read is refused only to the holder of a good token; to
 * everybody else the token is what is wrong. A large body is not even read before
 * the token was looked at, so strangers cost next to nothing.
 *
 * [REQ1] Every refusal has its status and a stable code, and stores nothing.
 * [REQ3] A large body is read only for the holder of a source's token.
 * [REQ2] A request that was read is one mutation: token, limit, fold, seqs, mirrors.
 */
import { INGEST_LIMITS } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import type { ReadItem } from "../ingest/acceptBatch.ts";
import { readBatch } from "../ingest/read.ts";
import { bearerToken, hashToken } from "../machines/tokens.ts";
import { answer, refuse } from "./answer.ts";
import { refuseSender, refuseToken } from "./senderRefusals.ts";
import { tokenRefusal } from "./tokenRefusals.ts";

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

type ReadBody = { readonly items: ReadItem[] } | { readonly refusal: Refusal };

const LARGE_BYTES = 64 * 1024; // dozens of posts: a source that sends more waits for one more query

/** Answers an ingest request. */
export async function answerIngest(ctx: ActionCtx, request: Request): Promise<Response> {
  const receivedAtMs = Date.now();
  const token = bearerToken(request.headers.get("authorization"));
  if (token === null) return refuse(401, tokenRefusal("missing_token"));
  const tokenHash = hashToken(token);
  if (mayBeLarge(request)) {
    const refused = await refuseToken(ctx, tokenHash, "source");
    if (refused !== null) return refused;
  }
  const body = await readBody(request, receivedAtMs);
  if ("refusal" in body) {
    const { status, ...refusal } = body.refusal;
    return (await refuseToken(ctx, tokenHash, "source")) ?? refuse(status, refusal);
  }
  const args = { tokenHash, items: body.items, receivedAtMs };
  const outcome = await ctx.runMutation(internal.ingest.accept, args);
  if (outcome.state === "refused") return refuseSender(outcome, "source");
  return answer(200, { results: outcome.results });
}

async function readBody(request: Request, nowMs: number): Promise<ReadBody> {
  if (!isJson(request.headers.get("content-type"))) {
    const message = "Send the events with Content-Type: application/json.";
    return { refusal: { status: 415, code: "unsupported_media_type", message } };
  }
  const tooLarge = { status: 413, code: "body_too_large", message: "Send at most 1 MiB at once." };
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > INGEST_LIMITS.bodyBytes) return { refusal: tooLarge };
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > INGEST_LIMITS.bodyBytes) return { refusal: tooLarge };
  const json = parseJson(bytes);
  if (!json.ok) return { refusal: { status: 400, code: "bad_json", message: json.message } };
  return readEvents(json.value, nowMs);
}

function readEvents(value: unknown, nowMs: number): ReadBody {
  const isObject = typeof value === "object" && value !== null && "events" in value;
  const batch = readBatch(isObject ? value.events : undefined, nowMs);
  if (batch.ok) return { items: batch.items };
  const status = batch.code === "batch_too_large" ? 413 : 400;
  return { refusal: { status, code: batch.code, message: batch.message } };
}

function mayBeLarge(request: Request): boolean {
  const declared = request.headers.get("content-length");
  return declared === null || !(Number(declared) <= LARGE_BYTES);
}

function isJson(contentType: string | null): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function parseJson(
  bytes: ArrayBuffer,
): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, message: "The body is not JSON in UTF-8." };
  }
}
