/**
 * One event, stored once and applied.
 *
 *   insert (provider, key) -> nested mutation: facts, links, purchase, access
 *                                |-- throws: its writes are gone, the event stays, `failed`, tried again
 *
 * [RECV1] An event that comes twice, also at the same moment, is one row with one effect.
 * [RECV2] What cannot be applied stays, with its cause, and is tried again with growing waits.
 * [RECV3] What changes neither money nor access is kept as ignored.
 * [RECV4] What speaks of a purchase nobody has told of waits, and is applied with the event that tells.
 */
import {
  MAX_ATTEMPTS,
  type Provider,
  type Ref,
  readPaymentEvent,
  retryDelayMs,
} from "@heliograph/domain";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import type { TimelineCause } from "../access/validators.ts";
import { lookUpAfter } from "../reconcile/lookUp.ts";
import { writeFacts } from "./factRows.ts";
import { failureOf, paymentFailure } from "./failures.ts";
import { foreignCause } from "./origin.ts";
import { holdsSettling } from "./rebuildState.ts";
import { settlePurchase } from "./settle.ts";
import { keepOpen, putStanding, type Standing } from "./standing.ts";
import type { EventOrigin } from "./validators.ts";

export interface Delivery {
  readonly provider: Provider;
  readonly body: string;
  readonly origin: EventOrigin;
  readonly receivedAtMs: number;
}

/** Stores and applies an event. Safe to repeat. */
export async function receiveEvent(
  ctx: MutationCtx,
  delivery: Delivery,
): Promise<{ eventId: Id<"paymentEvents">; isNew: boolean }> {
  const { provider, body, origin, receivedAtMs } = delivery;
  const read = readPaymentEvent(provider, body, receivedAtMs);
  const key = read.ok ? read.event.eventKey : `unreadable:${hashOf(body)}`;
  const known = await ctx.db
    .query("paymentEvents")
    .withIndex("by_provider_key", (q) => q.eq("provider", provider).eq("key", key))
    .unique();
  if (known !== null) return { eventId: known._id, isNew: false };
  const eventId = await ctx.db.insert("paymentEvents", {
    provider,
    key,
    type: read.ok ? read.event.type : "unreadable",
    body,
    origin,
    occurredAtMs: (read.ok ? read.event.occurredAtMs : null) ?? receivedAtMs,
    receivedAtMs,
    state: "waiting",
    cause: "stored",
    detail: null,
    attempts: 0,
  });
  await tryEvent(ctx, eventId, { kind: "event", eventId });
  if (origin === "webhook" && read.ok) await lookUpAfter(ctx, provider, body);
  return { eventId, isNew: true };
}

/** Applies an event in a transaction of its own inside this one; a failure is kept on the event. */
export async function tryEvent(
  ctx: MutationCtx,
  eventId: Id<"paymentEvents">,
  cause: TimelineCause,
): Promise<boolean> {
  try {
    await ctx.runMutation(internal.payments.apply, { eventId, cause });
    return true;
  } catch (error) {
    await keepFailure(ctx, eventId, error);
    return false;
  }
}

/** Applies an event, or throws. */
export async function applyEvent(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
  cause: TimelineCause,
): Promise<Standing> {
  const standing = await standingAfter(ctx, event, cause);
  const { state, attempts } = event;
  if (state !== standing.state || event.cause !== standing.cause || attempts !== 0) {
    await putStanding(ctx, event, standing);
  } else {
    await keepOpen(ctx, event, standing);
  }
  return standing;
}

/** What an event is worth by itself: null if it speaks of a purchase. Keeps what it says. */
export async function readInto(
  ctx: MutationCtx,
  { _id, provider, body, receivedAtMs }: Doc<"paymentEvents">,
): Promise<{ standing: Standing } | { start: Ref; isMoney: boolean }> {
  const read = readPaymentEvent(provider, body, receivedAtMs);
  if (!read.ok) throw paymentFailure("unreadable", `${read.code}: ${read.message}`);
  const { event } = read;
  const [start] = event.about;
  const foreign = foreignCause(provider, body, event.isTest);
  if (foreign !== null) return { standing: { state: "ignored", cause: foreign } };
  if (!event.known) return { standing: { state: "ignored", cause: "unknown_type" } };
  if (start === undefined) return { standing: { state: "ignored", cause: "no_effect" } };
  if (event.about.every((ref) => ref.startsWith("customer:"))) {
    return { standing: { state: "ignored", cause: "customer_only" } };
  }
  await writeFacts(ctx, _id, event);
  const isMoney = event.facts.some(({ kind }) => !["link", "buyer", "warning"].includes(kind));
  return { start, isMoney };
}

async function standingAfter(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
  cause: TimelineCause,
): Promise<Standing> {
  if (await holdsSettling(ctx)) return { state: "waiting", cause: "rebuilding" };
  const said = await readInto(ctx, event);
  if ("standing" in said) return said.standing;
  const purchaseId = await settlePurchase(ctx, event.provider, said.start, { cause });
  if (purchaseId !== null) return { state: "applied", cause: null };
  return { state: "waiting", cause: said.isMoney ? "no_purchase" : "no_purchase_yet" };
}

async function keepFailure(ctx: MutationCtx, eventId: Id<"paymentEvents">, error: unknown) {
  const event = await ctx.db.get("paymentEvents", eventId);
  if (event === null) return;
  const { cause, detail, isLasting } = failureOf(error);
  const attempts = event.attempts + 1;
  await putStanding(ctx, event, { state: "failed", cause, detail, attempts });
  if (isLasting || attempts >= MAX_ATTEMPTS) return;
  await ctx.scheduler.runAfter(retryDelayMs(attempts), internal.payments.retry, {
    eventId,
    attempts,
  });
}

function hashOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
