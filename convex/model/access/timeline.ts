/** The history of a person's access, newest first, a page at a time. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { vFeed } from "../signals/validators.ts";
import { tellCause, tellReason, vToldCause, vToldReason } from "./told.ts";

const PAGE_ENTRIES = 50;

const change = {
  atMs: v.number(),
  tier: v.union(vFeed, v.null()), // null: none from then on
  untilMs: v.union(v.number(), v.null()),
};

/** An entry as staff read it. */
export const vTimelineEntry = v.object({
  entryId: v.id("accessTimeline"),
  ...change,
  cause: vToldCause,
  because: v.array(vToldReason),
});

/** An entry as the person reads it: without ids and without what staff noted. */
export const vOwnTimelineEntry = v.object({ ...change, kind: vToldCause.fields.kind });

/** A page of a list; `cursor` null: there is no more. */
interface Page<Entry> {
  readonly entries: Entry[];
  readonly cursor: string | null;
}

/** A page with causes told. */
export async function readTimeline(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  cursor: string | null,
): Promise<Page<Infer<typeof vTimelineEntry>>> {
  const { rows, cursor: next } = await readPage(ctx, userId, cursor);
  const entries = await Promise.all(
    rows.map(async ({ _id, atMs, tier, untilMs, cause, because }) => ({
      entryId: _id,
      atMs,
      tier,
      untilMs,
      cause: await tellCause(ctx, cause),
      because: await Promise.all(because.map((reason) => tellReason(ctx, reason))),
    })),
  );
  return { entries, cursor: next };
}

/** A page for the person themselves. */
export async function readOwnTimeline(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  cursor: string | null,
): Promise<Page<Infer<typeof vOwnTimelineEntry>>> {
  const { rows, cursor: next } = await readPage(ctx, userId, cursor);
  const entries = rows.map(({ atMs, tier, untilMs, cause }) => {
    return { atMs, tier, untilMs, kind: cause.kind };
  });
  return { entries, cursor: next };
}

async function readPage(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  cursor: string | null,
): Promise<{ rows: Doc<"accessTimeline">[]; cursor: string | null }> {
  const found = await ctx.db
    .query("accessTimeline")
    .withIndex("by_userId_atMs", (q) => q.eq("userId", userId))
    .order("desc")
    .paginate({ numItems: PAGE_ENTRIES, cursor });
  return { rows: found.page, cursor: found.isDone ? null : found.continueCursor };
}
