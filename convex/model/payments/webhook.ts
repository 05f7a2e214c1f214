/**
 * POST /webhooks/{stripe|whop|sellapp}: a delivery is checked, one mutation stores and applies it, and the
 * answer is one fixed word. Whoever is not the provider learns nothing; the operator finds the reason on
 * the failure desk.
 *
 *   503 not_configured   no secret is set: the provider tries again later, so nothing is lost by then
 *   413 too_large        by the declared length, before anything is read; else by the real one
 *   401 refused          unsigned, wrongly signed, or at another time
 *   400 unreadable       authentic, but no event: not JSON, or a thin event without its object
 *   200 received         stored, whatever became of its application: that is ours to repair
 *   500 not_stored       not stored: the provider tries again
 *
 * [HOOK1] Nothing is stored and nothing changes before the signature over the raw bytes was checked.
 * [HOOK2] Every refusal has its status and a fixed word, and is counted with its cause for the operator.
 * [HOOK3] An authentic event is acknowledged once it is stored, also when its application failed.
 * [HOOK4] Events of another account and of test mode are kept, ignored, and grant nothing.
 */
import type { Provider } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import { diagnose } from "./diagnosis.ts";
import { webhookSecrets } from "./settings.ts";
import { clockFault, isSignedWith, readClaim } from "./signatures.ts";

export const MOST_BODY_BYTES = 900 * 1024; // with its columns it must fit into a document of 1 MiB

type Word = "received" | "refused" | "too_large" | "unreadable" | "not_configured" | "not_stored";

const STATUS: Record<Word, number> = {
  received: 200,
  unreadable: 400,
  refused: 401,
  too_large: 413,
  not_stored: 500,
  not_configured: 503,
};

interface Refusal {
  readonly word: Word;
  readonly cause: string;
}

/** Answers a delivery of that provider. */
export async function answerWebhook(
  ctx: ActionCtx,
  provider: Provider,
  request: Request,
): Promise<Response> {
  const receivedAtMs = Date.now();
  const read = await readDelivery(provider, request, receivedAtMs);
  if ("word" in read) {
    await ctx.runMutation(internal.payments.refuse, { provider, cause: read.cause });
    return say(read.word);
  }
  const event = { provider, body: read.body, origin: "webhook", receivedAtMs } as const;
  try {
    await ctx.runMutation(internal.payments.receive, event);
  } catch {
    // The answer is all that is said: an error here may carry parts of what was sent.
    return say("not_stored");
  }
  return say("received");
}

async function readDelivery(
  provider: Provider,
  request: Request,
  nowMs: number,
): Promise<{ body: string } | Refusal> {
  const secrets = webhookSecrets(provider);
  if (secrets.length === 0) return { word: "not_configured", cause: "no_secret" };
  const tooLarge: Refusal = { word: "too_large", cause: "too_large" };
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BODY_BYTES) return tooLarge;
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MOST_BODY_BYTES) return tooLarge;
  const body = decode(bytes);
  if (body === null) return { word: "unreadable", cause: "not_utf8" };
  const claim = readClaim(provider, request.headers);
  if (typeof claim === "string") return { word: "refused", cause: claim };
  const isOurs = await isSignedWith(claim, body, secrets);
  if (!isOurs || clockFault(claim, nowMs) !== null) {
    return { word: "refused", cause: await diagnose(provider, claim, body, nowMs) };
  }
  const fault = shapeFault(body);
  return fault === null ? { body } : { word: "unreadable", cause: fault };
}

/** What makes an authentic body no event at all. Everything else is stored, to be read by a later version. */
function shapeFault(body: string): "not_json" | "thin_event" | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "not_json";
    return "object" in value && value.object === "v2.core.event" ? "thin_event" : null;
  } catch {
    return "not_json";
  }
}

/** The text whose UTF-8 is exactly these bytes; null if they are none. */
function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function say(word: Word): Response {
  const headers = { "content-type": "text/plain", "cache-control": "no-store" };
  return new Response(word, { status: STATUS[word], headers });
}
