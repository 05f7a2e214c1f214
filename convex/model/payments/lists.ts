/** Pages of payment events and of purchases that lead nowhere. */
import type { Provider } from "@heliograph/domain";
import { type Infer, type Validator, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import {
  type PurchaseSummary,
  summaryOfEvent,
  summaryOfPurchase,
  type vEventSummary,
} from "./summaries.ts";
import type { EventState, PurchaseProblem } from "./validators.ts";

const PAGE_ROWS = 25; // bodies are read with their rows

/** A page and where the next begins. */
export function vPageOf<Row extends Validator<unknown, "required", string>>(row: Row) {
  return { rows: v.array(row), nextCursor: v.union(v.string(), v.null()) };
}

/** Newest first. */
export async function readEventPage(
  ctx: Pick<QueryCtx, "db">,
  filter: {
    provider: Provider | null;
    eventState: EventState | null;
    cause: string | null;
    cursor: string | null;
  },
): Promise<{ rows: Infer<typeof vEventSummary>[]; nextCursor: string | null }> {
  const { page, isDone, continueCursor } = await logOf(ctx, filter)
    .order("desc")
    .paginate({ cursor: filter.cursor, numItems: PAGE_ROWS });
  return { rows: page.map(summaryOfEvent), nextCursor: isDone ? null : continueCursor };
}

function logOf(
  ctx: Pick<QueryCtx, "db">,
  { provider, eventState, cause }: Parameters<typeof readEventPage>[1],
) {
  const log = ctx.db.query("paymentEvents");
  if (eventState !== null && cause !== null) {
    return log.withIndex("by_state_cause_receivedAtMs", (q) =>
      q.eq("state", eventState).eq("cause", cause),
    );
  }
  if (provider !== null && eventState !== null) {
    return log.withIndex("by_provider_state_receivedAtMs", (q) =>
      q.eq("provider", provider).eq("state", eventState),
    );
  }
  if (provider !== null) {
    return log.withIndex("by_provider_receivedAtMs", (q) => q.eq("provider", provider));
  }
  if (eventState !== null) {
    return log.withIndex("by_state_receivedAtMs", (q) => q.eq("state", eventState));
  }
  return log.withIndex("by_receivedAtMs");
}

/** Oldest first. */
export async function readProblemPage(
  ctx: Pick<QueryCtx, "db">,
  problem: PurchaseProblem,
  cursor: string | null,
): Promise<{ rows: PurchaseSummary[]; nextCursor: string | null }> {
  const { page, isDone, continueCursor } = await ctx.db
    .query("purchases")
    .withIndex("by_problem_updatedAtMs", (q) => q.eq("problem", problem))
    .paginate({ cursor, numItems: PAGE_ROWS });
  const rows = await Promise.all(
    page.map(async (row: Doc<"purchases">) => await summaryOfPurchase(ctx, row)),
  );
  return { rows, nextCursor: isDone ? null : continueCursor };
}
