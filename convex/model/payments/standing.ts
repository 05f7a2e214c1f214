/**
 * Where an event stands. The only writer of `openEvents`, and of the state of an event after its insert.
 *
 * [DESK5] An event is among the open ones exactly while it is failed or waiting, so that the desk counts without
 *         reading a body. Applying an event puts it right whatever was there: a rebuild puts all right.
 */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import type { EventState } from "./validators.ts";

/** Where an event stands after it was applied, or why it is not. */
export interface Standing {
  readonly state: EventState;
  readonly cause: string | null;
}

/** Where an event stands from its insert until it is applied for the first time, and never again. */
export const STORED = { state: "waiting", cause: "stored" } as const;

type Event = Pick<Doc<"paymentEvents">, "_id" | "receivedAtMs" | "cause">;

/** Nothing is kept about an event that was only stored: no facts, no refs, no place among the open ones. */
export function isOnlyStored({ cause }: Pick<Event, "cause">): boolean {
  return cause === STORED.cause;
}

/** Writes where the event stands. `attempts`: how often in a row it has failed; none: 0, and no detail. */
export async function putStanding(
  ctx: MutationCtx,
  event: Event,
  standing: Standing & { readonly detail?: string; readonly attempts?: number },
): Promise<void> {
  const { state, cause, detail = null, attempts = 0 } = standing;
  await ctx.db.patch("paymentEvents", event._id, { state, cause, detail, attempts });
  await keepOpen(ctx, event, standing);
}

/** The event became part of a purchase. Safe to repeat. */
export async function markApplied(ctx: MutationCtx, eventId: Id<"paymentEvents">): Promise<void> {
  const applied = { state: "applied", cause: null, detail: null, attempts: 0 } as const;
  await ctx.db.patch("paymentEvents", eventId, applied);
  const row = await findOpen(ctx, eventId);
  if (row !== null) await ctx.db.delete("openEvents", row._id);
}

/** Brings the list of open events up to where the event stands. Safe to repeat. */
export async function keepOpen(
  ctx: MutationCtx,
  event: Event,
  { state, cause }: Standing,
): Promise<void> {
  const { _id: eventId, receivedAtMs } = event;
  const row = isOnlyStored(event) ? null : await findOpen(ctx, eventId);
  if (state !== "failed" && state !== "waiting") {
    if (row !== null) await ctx.db.delete("openEvents", row._id);
  } else if (row === null) {
    await ctx.db.insert("openEvents", { eventId, state, cause, receivedAtMs });
  } else if (row.state !== state || row.cause !== cause) {
    await ctx.db.patch("openEvents", row._id, { state, cause });
  }
}

async function findOpen(
  ctx: MutationCtx,
  eventId: Id<"paymentEvents">,
): Promise<Doc<"openEvents"> | null> {
  return await ctx.db
    .query("openEvents")
    .withIndex("by_eventId", (q) => q.eq("eventId", eventId))
    .unique();
}
