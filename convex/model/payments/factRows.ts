/**
 * What an event says, kept beside it: its facts, its refs and the links between them. All of it is
 * read from the body and can be read again; nothing here is decided.
 */
import {
  type Fact,
  type PaymentEvent,
  type Provider,
  type Ref,
  walkRefs,
} from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { paymentFailure } from "./failures.ts";

const MOST_REFS = 1_000; // three for each payment: a weekly subscription of six years
const MOST_EVENTS = 2_000;

type FactRow = Omit<Doc<"paymentFacts">, "_creationTime">;

/** All that was said about one purchase. */
export interface Group {
  readonly refs: readonly Ref[];
  readonly neighbours: ReadonlyMap<Ref, readonly Ref[]>; // the links of each ref, as they are stored
  readonly rows: readonly FactRow[];
  readonly facts: readonly Fact[];
}

/** Keeps what an event says that was never read before; answers all that was said about the same purchase. */
export async function addFacts(
  ctx: Pick<MutationCtx, "db">,
  eventId: Id<"paymentEvents">,
  { provider, facts, about, links }: PaymentEvent,
): Promise<Group> {
  const before = await readGroup(ctx, provider, about);
  if (before.rows.length >= MOST_EVENTS) throw tooLarge(about, `${MOST_EVENTS} events`);
  const row = { eventId, facts: JSON.stringify(facts), purchaseId: null };
  const _id = await ctx.db.insert("paymentFacts", row);
  for (const ref of about) await ctx.db.insert("paymentEventRefs", { provider, ref, eventId });
  for (const [ref, other] of bothWays(links)) {
    if (before.neighbours.get(ref)?.includes(other)) continue;
    await ctx.db.insert("paymentRefs", { provider, ref, other });
  }
  return { ...before, rows: [...before.rows, { _id, ...row }], facts: [...before.facts, ...facts] };
}

/** Keeps what an event says in place of what was kept before. */
export async function writeFacts(
  ctx: Pick<MutationCtx, "db">,
  eventId: Id<"paymentEvents">,
  { provider, facts, about, links }: PaymentEvent,
): Promise<void> {
  const text = JSON.stringify(facts);
  const known = await findFacts(ctx, eventId);
  if (known?.facts === text) return;
  if (known === null) {
    await ctx.db.insert("paymentFacts", { eventId, facts: text, purchaseId: null });
  } else {
    await ctx.db.patch("paymentFacts", known._id, { facts: text });
  }
  await writeRefs(ctx, eventId, provider, about);
  for (const [ref, other] of bothWays(links)) await link(ctx, provider, ref, other);
}

/** Everything that is linked to one of these refs, however far. Throws `group_too_large`. */
export async function readGroup(
  ctx: Pick<QueryCtx, "db">,
  provider: Provider,
  starts: readonly Ref[],
): Promise<Group> {
  const neighbours = new Map<Ref, readonly Ref[]>();
  const eventsOf = new Map<Ref, readonly Id<"paymentEvents">[]>();
  const visit = async (ref: Ref) => {
    const [others, eventIds] = await Promise.all([
      readNeighbours(ctx, provider, ref),
      readEventIds(ctx, provider, ref),
    ]);
    neighbours.set(ref, others);
    eventsOf.set(ref, eventIds);
    return others;
  };
  const refs = await walkRefs(starts, visit, MOST_REFS + 1);
  if (refs.length > MOST_REFS) throw tooLarge(starts, `${MOST_REFS} objects`);
  const eventIds = [...new Set(refs.flatMap((ref) => eventsOf.get(ref) ?? []))];
  if (eventIds.length > MOST_EVENTS) throw tooLarge(starts, `${MOST_EVENTS} events`);
  const found = await Promise.all(eventIds.map(async (eventId) => await findFacts(ctx, eventId)));
  const rows = found.filter((row) => row !== null);
  return { refs, neighbours, rows, facts: rows.flatMap(factsOf) };
}

/** The facts of an event, or null if they were not read yet. */
export async function findFacts(
  ctx: Pick<QueryCtx, "db">,
  eventId: Id<"paymentEvents">,
): Promise<Doc<"paymentFacts"> | null> {
  return await ctx.db
    .query("paymentFacts")
    .withIndex("by_eventId", (q) => q.eq("eventId", eventId))
    .unique();
}

/** What `writeFacts` has put down. */
export function factsOf({ facts }: Pick<FactRow, "facts">): Fact[] {
  return JSON.parse(facts) as Fact[];
}

async function writeRefs(
  ctx: Pick<MutationCtx, "db">,
  eventId: Id<"paymentEvents">,
  provider: Provider,
  about: readonly Ref[],
): Promise<void> {
  const known = await ctx.db
    .query("paymentEventRefs")
    .withIndex("by_eventId", (q) => q.eq("eventId", eventId))
    .take(MOST_REFS);
  for (const row of known) await ctx.db.delete("paymentEventRefs", row._id);
  for (const ref of about) await ctx.db.insert("paymentEventRefs", { provider, ref, eventId });
}

async function link(ctx: Pick<MutationCtx, "db">, provider: Provider, ref: Ref, other: Ref) {
  const known = await ctx.db
    .query("paymentRefs")
    .withIndex("by_provider_ref_other", (q) =>
      q.eq("provider", provider).eq("ref", ref).eq("other", other),
    )
    .first();
  if (known === null) await ctx.db.insert("paymentRefs", { provider, ref, other });
}

async function readNeighbours(
  ctx: Pick<QueryCtx, "db">,
  provider: Provider,
  ref: Ref,
): Promise<Ref[]> {
  const rows = await ctx.db
    .query("paymentRefs")
    .withIndex("by_provider_ref_other", (q) => q.eq("provider", provider).eq("ref", ref))
    .take(MOST_REFS + 1);
  return rows.map(({ other }) => other as Ref);
}

async function readEventIds(ctx: Pick<QueryCtx, "db">, provider: Provider, ref: Ref) {
  const rows = await ctx.db
    .query("paymentEventRefs")
    .withIndex("by_provider_ref", (q) => q.eq("provider", provider).eq("ref", ref))
    .take(MOST_EVENTS + 1);
  return rows.map(({ eventId }) => eventId);
}

/** A link is stored under each of its ends. */
function bothWays(links: PaymentEvent["links"]): [Ref, Ref][] {
  return links.flatMap(([a, b]): [Ref, Ref][] => [
    [a, b],
    [b, a],
  ]);
}

function tooLarge([start]: readonly Ref[], what: string) {
  return paymentFailure("group_too_large", `More than ${what} are linked to ${start}.`);
}
