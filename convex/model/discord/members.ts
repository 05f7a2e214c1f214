/**
 * Who is a member of which server, and who is to be added. The only writer of `discordMembers`.
 *
 *   joining   none -> due -> none, with a presence
 *                      |---> waiting -> due      (by a function scheduled for then)
 *                      `---> refused             (until the person, or an operator, has acted)
 *
 * A row is there for every server that the person's tier opens, and stays when the tier does not any more:
 * nobody is removed from a server, only roles go.
 *
 * [JOIN1] Who has access and is linked is a member of the servers of their tier, or a code says why not.
 * [JOIN2] Who left is not added again unless they ask for it.
 * [JOIN3] What is heard late changes nothing: the newest word about a membership counts.
 * [JOIN7] What nobody told while the bot was away is found when it is back.
 */
import { askedDelayMs, retryDelayMs } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { findLink, findLinkOfAccount } from "./find.ts";
import { guildsOpenTo, listGuilds, MOST_GUILDS } from "./guilds.ts";
import type { SeenMembers } from "./listMembers.ts";
import { type JoinResult, type MemberEvent, type Presence, vPresence } from "./validators.ts";

type Member = Doc<"discordMembers">;

/** A page of those who are known in a server. */
export const vMemberPage = v.object({
  members: v.array(v.object({ discordId: v.string(), presence: vPresence })),
  cursor: v.union(v.string(), v.null()), // null: there are no more
});

const MOST_MEMBERS = MOST_GUILDS * 2; // servers that were taken from the list may still have theirs
const FRESH = { presence: "unknown", joining: "due", code: null, attempt: 0 } as const;
const IDLE = { joining: "none", code: null, attempt: 0 } as const;

/** Decides anew which servers the person is to be added to, and begins it. Safe to repeat. */
export async function settleJoins(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const link = await findLink(ctx, userId);
  if (link === null) return;
  const [access, rows, guilds] = await Promise.all([
    findAccess(ctx, userId),
    membersOf(ctx, userId),
    listGuilds(ctx),
  ]);
  const open = guildsOpenTo(guilds, access?.tier ?? null);
  for (const row of rows) {
    const isOpen = open.some(({ guildId }) => guildId === row.guildId);
    if (!isOpen && row.joining !== "none") await ctx.db.patch("discordMembers", row._id, IDLE);
  }
  const { discordId } = link;
  const nowMs = Date.now();
  let isDue = false;
  for (const { guildId } of open) {
    const row = rows.find((known) => known.guildId === guildId);
    const begins = row === undefined || (row.presence === "unknown" && row.joining === "none");
    if (!begins) continue;
    isDue = true;
    const fresh = { ...FRESH, presenceAtMs: nowMs, dueAtMs: nowMs };
    if (row !== undefined) await ctx.db.patch("discordMembers", row._id, fresh);
    else await ctx.db.insert("discordMembers", { userId, discordId, guildId, ...fresh });
  }
  if (isDue) await ctx.scheduler.runAfter(0, internal.discordJoins.run, { userId });
}

/** The person's rows, at most two for each server. */
export async function membersOf(ctx: Pick<QueryCtx, "db">, userId: Id<"users">): Promise<Member[]> {
  return await ctx.db
    .query("discordMembers")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_MEMBERS);
}

/** What a person had to cure may be cured: it is tried again at the next settling. */
export async function reopenRefused(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  await reopen(ctx, userId, ({ joining }) => joining === "refused" || joining === "waiting");
}

/** A server was set anew: what an operator can cure may be cured, for one person. */
export async function reopenServer(
  ctx: MutationCtx,
  userId: Id<"users">,
  guildId: string,
): Promise<void> {
  await reopen(ctx, userId, ({ presence, joining, code, ...row }) => {
    const mayBeCured = joining === "waiting" || code === "bot_not_configured";
    return row.guildId === guildId && (mayBeCured || presence === "absent");
  });
}

/** The person asks to be added again where they are not. */
export async function reopenAll(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  await reopen(ctx, userId, ({ presence, joining }) => {
    return presence === "left" || presence === "absent" || joining !== "none";
  });
}

/** Records what an attempt found. Safe to repeat; a row that changed meanwhile is left alone. */
export async function settleResult(
  ctx: MutationCtx,
  { memberId, outcome }: JoinResult,
): Promise<void> {
  const row = await ctx.db.get("discordMembers", memberId);
  if (row === null || row.joining !== "due") return;
  const nowMs = Date.now();
  switch (outcome.kind) {
    case "in":
      return await setPresence(ctx, row, outcome.isPending ? "pending" : "member", nowMs);
    case "absent":
      return await setPresence(ctx, row, "absent", nowMs);
    case "refused": {
      const refused = { joining: "refused", code: outcome.code } as const;
      return await ctx.db.patch("discordMembers", memberId, refused);
    }
    case "retry":
      return await retryLater(ctx, row, outcome, nowMs);
    default:
      outcome satisfies never;
  }
}

/** Takes down what the bot heard; what is older than what is known, or about a stranger, changes nothing. */
export async function hearMember(ctx: MutationCtx, event: MemberEvent): Promise<void> {
  const { discordId, guildId, presence } = event;
  const link = await findLinkOfAccount(ctx, discordId);
  if (link === null) return;
  const atMs = Math.min(event.atMs, Date.now());
  const row = await ctx.db
    .query("discordMembers")
    .withIndex("by_discordId_guildId", (q) => q.eq("discordId", discordId).eq("guildId", guildId))
    .unique();
  if (row !== null && row.presenceAtMs <= atMs) await setPresence(ctx, row, presence, atMs);
}

/** What nobody told of people, by what Discord lists; the time is that of the list. */
export function missedEvents(
  known: Infer<typeof vMemberPage>["members"],
  { guildId, seen, atMs }: { guildId: string; seen: SeenMembers; atMs: number },
): MemberEvent[] {
  return known.flatMap(({ discordId, presence }) => {
    const listed = seen.get(discordId);
    const found = listed === undefined ? "left" : listed.isPending ? "pending" : "member";
    const isGone = found === "left" && (presence === "absent" || presence === "left");
    const isNews = presence !== "unknown" && presence !== found && !isGone;
    return isNews ? [{ guildId, discordId, presence: found, atMs }] : [];
  });
}

/** Forgets a person's memberships. Safe to repeat. */
export async function forgetMembers(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  for (const { _id } of await membersOf(ctx, userId)) await ctx.db.delete("discordMembers", _id);
}

/** In a merge: they go along with the link. */
export async function moveMembers(
  ctx: MutationCtx,
  from: Id<"users">,
  into: Id<"users">,
): Promise<void> {
  for (const { _id } of await membersOf(ctx, from)) {
    await ctx.db.patch("discordMembers", _id, { userId: into });
  }
}

async function reopen(
  ctx: MutationCtx,
  userId: Id<"users">,
  isMeant: (row: Member) => boolean,
): Promise<void> {
  for (const row of (await membersOf(ctx, userId)).filter(isMeant)) {
    await ctx.db.patch("discordMembers", row._id, { ...IDLE, presence: "unknown" });
  }
}

async function setPresence(
  ctx: MutationCtx,
  row: Member,
  presence: Presence,
  presenceAtMs: number,
): Promise<void> {
  await ctx.db.patch("discordMembers", row._id, { ...IDLE, presence, presenceAtMs });
}

async function retryLater(
  ctx: MutationCtx,
  row: Member,
  { code, afterMs }: Extract<JoinResult["outcome"], { kind: "retry" }>,
  nowMs: number,
): Promise<void> {
  const attempt = row.attempt + 1;
  const waitMs = afterMs === null ? retryDelayMs(attempt) : askedDelayMs(afterMs);
  const dueAtMs = nowMs + waitMs;
  const waiting = { joining: "waiting", code, attempt, dueAtMs } as const;
  await ctx.db.patch("discordMembers", row._id, waiting);
  await ctx.scheduler.runAt(dueAtMs, internal.discordJoins.wake, { memberId: row._id, dueAtMs });
}
