/**
 * Holds statements against what we know and mends what differs, by the same way that webhooks take.
 *
 * [REP1] Nothing is written but events, by `receiveEvent`; everything else follows from them.
 * [REP2] An event that comes later by webhook changes nothing any more.
 */
import { type Provider, type Ref, readPaymentEvent } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findFacts, readGroup } from "../payments/factRows.ts";
import { receiveEvent } from "../payments/receive.ts";
import { findDifference } from "./difference.ts";
import type { Side, Statement } from "./validators.ts";

export const MOST_DIFFS = 200; // kept of a run; the numbers count all of them

/** What came of a batch. */
export interface Repairs {
  readonly compared: number;
  readonly repaired: number;
  readonly failed: number;
}

/** Mends a batch within this transaction. `runId` null: nobody wants to see the differences. */
export async function repairAll(
  ctx: MutationCtx,
  provider: Provider,
  statements: readonly Statement[],
  run: Doc<"reconciliations"> | null,
): Promise<Repairs> {
  let repaired = 0;
  let failed = 0;
  for (const statement of statements) {
    const found = await findMissing(ctx, provider, statement);
    if (found === null) continue;
    const before = await readSide(ctx, provider, found.start);
    const receivedAtMs = Date.now();
    const delivery = {
      provider,
      body: found.body,
      origin: "reconciliation",
      receivedAtMs,
    } as const;
    const { eventId, isNew } = await receiveEvent(ctx, delivery);
    if (!isNew) continue;
    const event = await ctx.db.get("paymentEvents", eventId);
    if (event === null) continue;
    if (event.state === "failed") failed += 1;
    else repaired += 1;
    if (run === null || run.repaired + run.failed + repaired + failed > MOST_DIFFS) continue;
    await keepDiff(ctx, run._id, event, found.start, before);
  }
  return { compared: statements.length, repaired, failed };
}

/** The event that is missing, and a ref of the purchase it is about; null: none is. */
async function findMissing(
  ctx: MutationCtx,
  provider: Provider,
  statement: Statement,
): Promise<{ body: string; start: Ref } | null> {
  if (statement.kind === "object") {
    return await findDifference(ctx, provider, statement, Date.now());
  }
  const read = readPaymentEvent(provider, statement.body, Date.now());
  const start = read.ok && read.event.known ? read.event.about[0] : undefined;
  return start === undefined ? null : { body: statement.body, start };
}

interface Seen {
  readonly side: Side;
  readonly userId: Id<"users"> | null;
}

/** Where the purchase of a ref stands, and its owner's access. */
async function readSide(ctx: MutationCtx, provider: Provider, start: Ref): Promise<Seen> {
  const { rows } = await readGroup(ctx, provider, [start]);
  const id = rows.map(({ purchaseId }) => purchaseId).find((found) => found !== null) ?? null;
  return await sideOf(ctx, id);
}

async function sideOf(ctx: MutationCtx, purchaseId: Id<"purchases"> | null): Promise<Seen> {
  const row = purchaseId === null ? null : await ctx.db.get("purchases", purchaseId);
  if (row === null) return { side: { purchase: null, access: null }, userId: null };
  const { status, terms, userId } = row;
  const purchase = { state: status.state, untilMs: terms.at(-1)?.untilMs ?? null };
  return { side: { purchase, access: await readAccess(ctx, userId) }, userId };
}

async function readAccess(ctx: MutationCtx, userId: Id<"users"> | null): Promise<Side["access"]> {
  if (userId === null) return null;
  const access = await ctx.db
    .query("access")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
  return access === null ? null : { tier: access.tier, untilMs: access.untilMs };
}

async function keepDiff(
  ctx: MutationCtx,
  runId: Id<"reconciliations">,
  event: Doc<"paymentEvents">,
  ref: Ref,
  before: Seen,
): Promise<void> {
  const facts = await findFacts(ctx, event._id);
  const after = await sideOf(ctx, facts?.purchaseId ?? null);
  const userId = after.userId ?? before.userId;
  // Before its purchase was known, somebody's access stood, too: it is not told, because it was not read.
  await ctx.db.insert("reconciliationDiffs", {
    ...{ runId, eventId: event._id, type: event.type, ref, userId },
    ...{ before: before.side, after: after.side, atMs: Date.now() },
  });
}
