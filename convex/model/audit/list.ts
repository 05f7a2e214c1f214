/** The audit log as staff read it: the newest first, all of it or about one thing. */
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { vStaffActor } from "../people/validators.ts";

const PAGE_ROWS = 50;

export const vDeed = v.object({
  deedId: v.id("auditLog"),
  atMs: v.number(),
  actor: vStaffActor,
  actorName: v.string(), // an e-mail, a console's name, or the command line
  action: v.string(),
  subject: v.string(),
  subjectName: v.union(v.string(), v.null()), // where the subject is a person, a machine or an invitation
  detail: v.union(v.string(), v.null()),
});

/** A page; go on with its cursor. */
export async function listDeeds(
  ctx: QueryCtx,
  subject: string | null,
  cursor: string | null,
): Promise<{ deeds: Infer<typeof vDeed>[]; cursor: string | null }> {
  const rows =
    subject === null
      ? ctx.db.query("auditLog").withIndex("by_atMs")
      : ctx.db.query("auditLog").withIndex("by_subject_atMs", (q) => q.eq("subject", subject));
  const page = await rows.order("desc").paginate({ cursor, numItems: PAGE_ROWS });
  const deeds = await Promise.all(page.page.map(async (row) => await deedOf(ctx, row)));
  return { deeds, cursor: page.isDone ? null : page.continueCursor };
}

async function deedOf(ctx: QueryCtx, row: Doc<"auditLog">): Promise<Infer<typeof vDeed>> {
  const { _id, atMs, actor, action, subject, detail } = row;
  const actorName = await nameOfActor(ctx, actor);
  const subjectName = await nameOfSubject(ctx, subject);
  return { deedId: _id, atMs, actor, actorName, action, subject, subjectName, detail };
}

async function nameOfActor(ctx: QueryCtx, actor: Doc<"auditLog">["actor"]): Promise<string> {
  switch (actor.kind) {
    case "commandLine":
      return "the command line";
    case "console":
      return (await nameOfSubject(ctx, actor.machineId)) ?? "a console that is gone";
    case "person":
      return (await nameOfSubject(ctx, actor.userId)) ?? "somebody who left";
    default:
      return actor satisfies never;
  }
}

async function nameOfSubject(ctx: QueryCtx, subject: string): Promise<string | null> {
  const userId = ctx.db.normalizeId("users", subject);
  if (userId !== null) {
    const user = await ctx.db.get("users", userId);
    return user?.email ?? user?.name ?? null;
  }
  const machineId = ctx.db.normalizeId("machineTokens", subject);
  if (machineId !== null) return (await ctx.db.get("machineTokens", machineId))?.name ?? null;
  const invitationId = ctx.db.normalizeId("invitations", subject);
  if (invitationId === null) return null;
  return (await ctx.db.get("invitations", invitationId))?.email ?? null;
}
