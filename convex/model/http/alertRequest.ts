/**
 * POST /ingest/tradingview/{token}: an alert read, one mutation, the answer.
 *
 * TradingView cancels a request after 3 s and does not send it again, so the answer never waits:
 * a mutation that takes longer goes on by itself.
 *
 * [TVQ1] Every alert is answered within half a second.
 * [TVQ2] Every refusal has its status and a stable code, and stores nothing. The token is in no answer and no log.
 * [TVQ3] The body decides what it is, whatever its content type.
 */
import { bodyOf, isAllowedAddress, readAddresses, readAlert } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { hashToken } from "../machines/tokens.ts";
import { answer, refuse } from "./answer.ts";
import { refuseSender, refuseToken } from "./senderRefusals.ts";

export const ALERT_PREFIX = "/ingest/tradingview/";

const ANSWER_MS = 400; // of the promised 500
const MOST_BYTES = 64 * 1024; // TradingView's messages have a few thousand characters

const STRANGER = {
  code: "address_not_allowed",
  message:
    "Alerts are taken from TradingView's addresses only; HELIOGRAPH_TRADINGVIEW_ADDRESSES lists others.",
};
const TOO_LARGE = { code: "body_too_large", message: "Send at most 64 KiB." };
const EMPTY = { code: "empty_alert", message: "Write a message into the alert: it came empty." };
const SLOW = { code: "body_too_slow", message: "The body did not arrive in time." };

/** Answers an alert. */
export async function answerAlert(ctx: ActionCtx, request: Request): Promise<Response> {
  const receivedAtMs = Date.now();
  if (!isFromAllowedAddress(request)) return refuse(403, STRANGER);
  const tokenHash = hashToken(new URL(request.url).pathname.slice(ALERT_PREFIX.length));
  const deadline = startDeadline(ANSWER_MS);
  try {
    const text = await Promise.race([readText(request), deadline.over]);
    if (text === "late") return refuse(408, SLOW);
    const alert = text === null ? null : readAlert(text);
    if (alert === null) {
      const refused = await refuseToken(ctx, tokenHash, "tradingview");
      return refused ?? (text === null ? refuse(413, TOO_LARGE) : refuse(400, EMPTY));
    }
    const args = { tokenHash, body: bodyOf(alert), receivedAtMs };
    const stored = ctx.runMutation(internal.tradingview.receive, args);
    const outcome = await Promise.race([stored, deadline.over]);
    if (outcome === "late") return answer(202, { status: "pending" });
    if (outcome.state === "refused") return refuseSender(outcome, "tradingview");
    const { status, seq } = outcome;
    return answer(200, { status, ...(seq !== undefined && { seq }) });
  } finally {
    deadline.clear();
  }
}

function isFromAllowedAddress(request: Request): boolean {
  const addresses = readAddresses(findEnvironment("HELIOGRAPH_TRADINGVIEW_ADDRESSES"));
  const proxies = Number(findEnvironment("HELIOGRAPH_PROXIES") ?? 1);
  return isAllowedAddress(request.headers.get("x-forwarded-for"), addresses, proxies);
}

/** The body as text, or null when it is too large. */
async function readText(request: Request): Promise<string | null> {
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BYTES) return null;
  const bytes = await request.arrayBuffer();
  return bytes.byteLength > MOST_BYTES ? null : new TextDecoder().decode(bytes);
}

function startDeadline(ms: number): { over: Promise<"late">; clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), ms);
  return { over: promise, clear: () => clearTimeout(timer) };
}
