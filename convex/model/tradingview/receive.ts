/**
 * From an alert to a signal, in one transaction: token, repetition, template, ingest.
 *
 * TradingView does not say again what was not heard, so nothing that has a good token is refused for
 * what is in it.
 *
 * [TVE1] An alert that comes again is one signal.
 * [TVE2] An alert whose template does not fit is posted all the same, and the console says so.
 */
import {
  type Alert,
  alertIdentity,
  alertKind,
  alertName,
  alertSentAtMs,
  type PostEvent,
  REPEATED_WITHIN_MS,
  renderAlert,
  shortenText,
} from "@heliograph/domain";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { acceptBatch } from "../ingest/acceptBatch.ts";
import type { Machine } from "../machines/caller.ts";
import { getSource } from "../sources/store.ts";
import { findTemplate } from "./templates.ts";
import type { vAlertRendering } from "./validators.ts";

const AUTHOR_LENGTH = 80;
const KEY_LENGTH = 32; // of a hash in hex: 128 bits are enough not to meet by chance

/** An alert that arrived, and how it was read. */
export interface ReceivedAlert {
  readonly alert: Alert;
  readonly body: string;
  readonly receivedAtMs: number;
}

export interface AlertOutcome {
  readonly status: "accepted" | "duplicate";
  readonly seq?: number;
}

/** Stores an alert. `machine` is bound to the source whose alerts it sends. */
export async function receiveAlert(
  ctx: MutationCtx,
  machine: Machine & { sourceId: Id<"sources"> },
  received: ReceivedAlert,
): Promise<AlertOutcome> {
  const source = await getSource(ctx, machine.sourceId);
  const identity = alertIdentity(received.alert);
  const key = hash(`${source._id}\n${identity.text}`);
  const known = await findLatest(ctx, source._id, key);
  const sinceMs = received.receivedAtMs - (known?.receivedAtMs ?? 0);
  if (known !== null && (identity.isDated || sinceMs < REPEATED_WITHIN_MS)) {
    await ctx.db.patch("alerts", known._id, { repeats: known.repeats + 1 });
    return { status: "duplicate" };
  }
  const messageId = identity.isDated ? `tv-${key}` : `tv-${key}-${received.receivedAtMs}`;
  return await post(ctx, { machine, source, received, key, messageId });
}

interface NewAlert {
  readonly machine: Machine;
  readonly source: Doc<"sources">;
  readonly received: ReceivedAlert;
  readonly key: string;
  readonly messageId: string;
}

async function post(
  ctx: MutationCtx,
  { machine, source, received, key, messageId }: NewAlert,
): Promise<AlertOutcome> {
  const { alert, body, receivedAtMs } = received;
  const template = await findTemplate(ctx, source._id, alertName(alert));
  const { content, missing, usedTemplate } = renderAlert(alert, template);
  const rendering = renderingOf(template !== null, usedTemplate);
  const kind = alertKind(alert);
  const event: PostEvent = {
    type: "create",
    messageId,
    channelId: source.channelId,
    occurredAt: alertSentAtMs(alert, receivedAtMs),
    author: {
      id: "tradingview",
      name: shortenText(alertName(alert) ?? "TradingView", AUTHOR_LENGTH),
    },
    content,
    ...(kind !== undefined && { kind }),
  };
  const row = { sourceId: source._id, key, body, receivedAtMs, messageId, rendering };
  await ctx.db.insert("alerts", { ...row, missing: [...missing], repeats: 0 });
  const [result] = await acceptBatch(ctx, [{ ok: true, event }], { machine, receivedAtMs });
  const status = result?.status === "accepted" ? "accepted" : "duplicate";
  return { status, ...(result?.seq !== undefined && { seq: result.seq }) };
}

function renderingOf(hasTemplate: boolean, usedTemplate: boolean): Infer<typeof vAlertRendering> {
  if (!hasTemplate) return "plain";
  return usedTemplate ? "template" : "fallback";
}

async function findLatest(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  key: string,
): Promise<Doc<"alerts"> | null> {
  return await ctx.db
    .query("alerts")
    .withIndex("by_source_key_received", (q) => q.eq("sourceId", sourceId).eq("key", key))
    .order("desc")
    .first();
}

function hash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, KEY_LENGTH);
}
