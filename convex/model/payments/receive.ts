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
  type PaymentEvent,
  type Provider,
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
import { addFacts, type Group, readGroup, writeFacts } from "./factRows.ts";
import { failureOf, paymentFailure } from "./failures.ts";
import { foreignCause } from "./origin.ts";
import { holdsSettling } from "./rebuildState.ts";
import { settleGroup } from "./settle.ts";
import { isOnlyStored, keepOpen, putStanding, STORED, type Standing } from "./standing.ts";
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
    ...STORED,
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
  eventId: Id<"paymentEvents">,
  cause: TimelineCause,
): Promise<Standing> {
  const [event, isHeld] = await Promise.all([
    ctx.db.get("paymentEvents", eventId),
    holdsSettling(ctx),
  ]);
  if (event === null) throw new Error(`payment event ${eventId} is gone`);
  const standing = isHeld
    ? ({ state: "waiting", cause: "rebuilding" } as const)
    : await standingAfter(ctx, event, cause);
  const { state, attempts } = event;
  if (state !== standing.state || event.cause !== standing.cause || attempts !== 0) {
    await putStanding(ctx, event, standing);
  } else {
    await keepOpen(ctx, event, standing);
  }
  return standing;
}

/** Keeps what an event says of a purchase; answers where it stands if it speaks of none, else null. */
export async function readInto(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
): Promise<Standing | null> {
  const read = readStored(event);
  if ("standing" in read) return read.standing;
  await writeFacts(ctx, event._id, read.said);
  return null;
}

/** What an event says of a purchase, or where it stands if it speaks of none. */
function readStored({
  provider,
  body,
  receivedAtMs,
}: Doc<"paymentEvents">): { standing: Standing } | { said: PaymentEvent } {
  const read = readPaymentEvent(provider, body, receivedAtMs);
  if (!read.ok) throw paymentFailure("unreadable", `${read.code}: ${read.message}`);
  const { event } = read;
  const foreign = foreignCause(provider, body, event.isTest);
  if (foreign !== null) return { standing: { state: "ignored", cause: foreign } };
  if (!event.known) return { standing: { state: "ignored", cause: "unknown_type" } };
  if (event.about.length === 0) return { standing: { state: "ignored", cause: "no_effect" } };
  if (event.about.every((ref) => ref.startsWith("customer:"))) {
    return { standing: { state: "ignored", cause: "customer_only" } };
  }
  return { said: event };
}

async function standingAfter(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
  cause: TimelineCause,
): Promise<Standing> {
  const read = readStored(event);
  if ("standing" in read) return read.standing;
  const { said } = read;
  const group = await groupWith(ctx, event, said);
  const settling = { cause, applying: event._id };
  const purchaseId = await settleGroup(ctx, event.provider, group, settling);
  if (purchaseId !== null) return { state: "applied", cause: null };
  const isMoney = said.facts.some(({ kind }) => !["link", "buyer", "warning"].includes(kind));
  return { state: "waiting", cause: isMoney ? "no_purchase" : "no_purchase_yet" };
}

/** Keeps what the event says; answers all that was said about the same purchase. */
async function groupWith(
  ctx: MutationCtx,
  event: Doc<"paymentEvents">,
  said: PaymentEvent,
): Promise<Group> {
  if (isOnlyStored(event)) return await addFacts(ctx, event._id, said);
  await writeFacts(ctx, event._id, said);
  return await readGroup(ctx, event.provider, said.about);
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
