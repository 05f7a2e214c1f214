/**
 * Wanted roles: what each Discord account is to hold in each server that has mappings. The wish changes in the
 * transaction that changes access, an identity or a mapping; nobody calls Discord here.
 *
 * [MROL1] What an account is to hold follows its owner's access, the mappings and the link, in the same transaction.
 * [MROL2] An account that was unlinked, merged away or erased loses what we gave, and its row with it.
 * [MROL3] Who is to hold nothing, and holds nothing of ours, has no row.
 */
import { wantedRoles, wantRoles } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { servingShards } from "../routes/assign.ts";
import { readMappings } from "./mappings.ts";

const MOST_ACCOUNTS = 20; // of one person
const MOST_ROWS = 500; // of one person: accounts times servers
const NONE = { wanted: [], ours: [], given: [], byHand: [], untried: [] };

type Row = Doc<"memberRoles">;

/** What is the same for everybody: read once for a batch of people. */
interface Places {
  readonly mappings: ReadonlyMap<string, readonly Doc<"roleMappings">[]>; // by server
  readonly shardOf: (guildId: string) => Promise<number>;
}

export async function readPlaces(ctx: { db: DatabaseReader }): Promise<Places> {
  const mappings = Map.groupBy(await readMappings(ctx), ({ guildId }) => guildId);
  let shards: ReturnType<typeof servingShards> | undefined; // needed only where a row is made
  const shardOf = async (guildId: string) => {
    shards ??= servingShards(ctx, [...mappings.keys()]);
    return (await shards)(guildId);
  };
  return { mappings, shardOf };
}

/** Brings what a person's Discord accounts are to hold up to now. Safe to repeat. */
export async function settleRolesOf(
  ctx: MutationCtx,
  userId: Id<"users">,
  places?: Places,
): Promise<void> {
  const [accounts, rows] = await Promise.all([discordAccountsOf(ctx, userId), rowsOf(ctx, userId)]);
  if (accounts.length === 0 && rows.length === 0) return;
  const tier = (await findAccess(ctx, userId))?.tier ?? null;
  const { mappings, shardOf } = places ?? (await readPlaces(ctx));
  for (const discordId of accounts) {
    for (const [guildId, roles] of mappings) {
      const wish = { userId, wanted: wantedRoles(tier, roles) };
      await wantIn(ctx, { discordId, guildId }, wish, shardOf);
    }
  }
  for (const row of rows) {
    const isLinked = accounts.includes(row.discordId);
    if (isLinked && mappings.has(row.guildId)) continue;
    await change(ctx, row, { userId: isLinked ? userId : null, wanted: [] });
  }
}

/** The Discord accounts that are the person's. */
export async function discordAccountsOf(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<string[]> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId_kind", (q) => q.eq("userId", userId).eq("kind", "discord"))
    .take(MOST_ACCOUNTS * 5);
  return identities
    .filter(({ value }) => /^\d{5,25}$/.test(value)) // one that was erased is a pseudonym
    .map(({ value }) => value)
    .slice(0, MOST_ACCOUNTS);
}

/** The rows of a person's accounts. */
export async function rowsOf(ctx: { db: DatabaseReader }, userId: Id<"users">): Promise<Row[]> {
  return await ctx.db
    .query("memberRoles")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ROWS);
}

/** The row of an account in a server, or null. */
export async function findMemberRoles(
  ctx: { db: DatabaseReader },
  { discordId, guildId }: Pick<Row, "discordId" | "guildId">,
): Promise<Row | null> {
  return await ctx.db
    .query("memberRoles")
    .withIndex("by_discord_guild", (q) => q.eq("discordId", discordId).eq("guildId", guildId))
    .unique();
}

async function wantIn(
  ctx: MutationCtx,
  place: Pick<Row, "discordId" | "guildId">,
  wish: Pick<Row, "userId" | "wanted">,
  shardOf: Places["shardOf"],
): Promise<void> {
  const row = await findMemberRoles(ctx, place);
  if (row !== null) return await change(ctx, row, wish);
  if (wish.wanted.length === 0) return;
  const roles = wantRoles(NONE, wish.wanted);
  const nowMs = Date.now();
  await ctx.db.insert("memberRoles", {
    ...place,
    ...roles,
    userId: wish.userId,
    shard: await shardOf(place.guildId),
    wanted: [...roles.wanted],
    ours: [...roles.ours],
    given: [],
    byHand: [],
    untried: [...roles.untried],
    revision: 1,
    state: "due",
    dueAtMs: nowMs,
    attempt: 0,
    code: null,
    message: null,
  });
}

async function change(
  ctx: MutationCtx,
  row: Row,
  { userId, wanted }: Pick<Row, "userId" | "wanted">,
): Promise<void> {
  if (sameList(row.wanted, wanted)) {
    if (row.userId !== userId) await ctx.db.patch("memberRoles", row._id, { userId });
    return;
  }
  const isAbsent = row.state === "blocked" && row.code === "not_in_server";
  if (isAbsent && wanted.length === 0) return await ctx.db.delete("memberRoles", row._id); // nothing is held
  // A limit of Discord goes on whatever is wanted; other waits and blocks were about what was wanted before.
  const goesOnWaiting = row.state === "waiting" && row.code === "rate_limited";
  await ctx.db.patch("memberRoles", row._id, {
    userId,
    ...copied(wantRoles(row, wanted)),
    revision: row.revision + 1,
    attempt: 0,
    ...(goesOnWaiting ? {} : dueNow(row)),
  });
}

/** Due, and since when: what was due before, a worker may have begun. */
export function dueNow({ state, dueAtMs }: Pick<Row, "state" | "dueAtMs">) {
  const sinceMs = state === "due" ? dueAtMs : Date.now();
  return { state: "due" as const, dueAtMs: sinceMs, code: null, message: null };
}

/** As the row keeps them. */
export function copied(roles: ReturnType<typeof wantRoles>) {
  const { wanted, ours, given, byHand, untried } = roles;
  return {
    wanted: [...wanted],
    ours: [...ours],
    given: [...given],
    byHand: [...byHand],
    untried: [...untried],
  };
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
