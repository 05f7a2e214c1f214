/**
 * What an account takes with it: everything stored about the person, in pages of plain rows. What providers
 * sent verbatim stays here; the purchases that follow from it are in.
 */
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findLink } from "../discord/find.ts";
import { membersOf } from "../discord/members.ts";
import { rowsOf } from "../roles/want.ts";
import { readStopsOf } from "../stops/list.ts";
import { findStaffRole, type Person } from "./caller.ts";
import { invitationsTo, mailsTo, pendingChanges } from "./exportPending.ts";
import { listSessions } from "./sessions.ts";
import type { ExportSection } from "./validators.ts";

const PAGE_ROWS = 200;

export interface ExportPage {
  readonly rows: readonly object[];
  readonly cursor: string | null; // null: the section is complete
}

/** A page of a section; go on with its cursor. */
export async function readExport(
  ctx: QueryCtx,
  person: Person,
  section: ExportSection,
  cursor: string | null,
): Promise<ExportPage> {
  const { userId } = person;
  switch (section) {
    case "account":
      return whole([await accountRow(ctx, person)]);
    case "sessions":
      return whole(await listSessions(ctx, userId, person.sessionId));
    case "identities":
      return await paged(ctx, section, userId, cursor);
    case "grants":
      return await paged(ctx, section, userId, cursor);
    case "discord":
      return whole(await discordRows(ctx, userId));
    case "discordRoles":
      return whole(await rowsOf(ctx, userId));
    case "stops":
      return whole(await readStopsOf(ctx, userId));
    case "purchases":
    case "accessTimeline":
    case "checkouts":
      return await pagedByTime(ctx, section, userId, cursor);
    case "invitations":
      return whole(await invitationsTo(ctx, userId));
    case "pendingChanges":
      return whole(await pendingChanges(ctx, userId));
    case "mails":
      return whole(await mailsTo(ctx, userId));
    case "deeds":
    case "deedsAbout":
      return await pagedDeeds(ctx, section, userId, cursor);
    default:
      return section satisfies never;
  }
}

async function accountRow(ctx: QueryCtx, { user, userId }: Person): Promise<object> {
  const { name = null, email = null, image = null, emailVerificationTime = null } = user;
  const role = await findStaffRole(ctx, userId);
  const createdAtMs = user._creationTime;
  return {
    userId,
    name,
    email,
    emailVerifiedAtMs: emailVerificationTime,
    image,
    role,
    createdAtMs,
  };
}

/** The linked account, then its servers; tokens stay here. */
async function discordRows(ctx: QueryCtx, userId: Id<"users">): Promise<object[]> {
  const link = await findLink(ctx, userId);
  return link === null ? [] : [link, ...(await membersOf(ctx, userId))];
}

async function paged(
  ctx: QueryCtx,
  table: "identities" | "grants",
  userId: Id<"users">,
  cursor: string | null,
): Promise<ExportPage> {
  const page = await ctx.db
    .query(table)
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .paginate({ cursor, numItems: PAGE_ROWS });
  return { rows: page.page, cursor: page.isDone ? null : page.continueCursor };
}

async function pagedByTime(
  ctx: QueryCtx,
  table: "purchases" | "accessTimeline" | "checkouts",
  userId: Id<"users">,
  cursor: string | null,
): Promise<ExportPage> {
  const page = await rowsByTime(ctx, table, userId).paginate({ cursor, numItems: PAGE_ROWS });
  return { rows: page.page, cursor: page.isDone ? null : page.continueCursor };
}

function rowsByTime(
  ctx: QueryCtx,
  table: "purchases" | "accessTimeline" | "checkouts",
  userId: Id<"users">,
) {
  switch (table) {
    case "purchases":
      return ctx.db.query(table).withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId));
    case "accessTimeline":
      return ctx.db.query(table).withIndex("by_userId_atMs", (q) => q.eq("userId", userId));
    case "checkouts":
      return ctx.db.query(table).withIndex("by_userId_startedAtMs", (q) => q.eq("userId", userId));
    default:
      return table satisfies never;
  }
}

/** Without whom or what their deeds were about, and without who did what was done to them: that may be others. */
async function pagedDeeds(
  ctx: QueryCtx,
  section: "deeds" | "deedsAbout",
  userId: Id<"users">,
  cursor: string | null,
): Promise<ExportPage> {
  const log = ctx.db.query("auditLog");
  const rows =
    section === "deeds"
      ? log.withIndex("by_actor_atMs", (q) => q.eq("actor", { kind: "person", userId }))
      : log.withIndex("by_subject_atMs", (q) => q.eq("subject", userId));
  const page = await rows.paginate({ cursor, numItems: PAGE_ROWS });
  const deeds = page.page.map(({ atMs, action, detail }) =>
    section === "deeds" ? { atMs, action } : { atMs, action, detail },
  );
  return { rows: deeds, cursor: page.isDone ? null : page.continueCursor };
}

function whole(rows: readonly object[]): ExportPage {
  return { rows, cursor: null };
}
