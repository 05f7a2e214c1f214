/**
 * Finding people by what an operator has at hand: an e-mail or its beginning, a user id, or any id that
 * a provider gave: customer, subscription, order, payment. Every look is by an index and bounded.
 */
import { anchorOf, PROVIDERS, type Ref, type RefKind, walkRefs } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { vIdentityKind } from "../identities/validators.ts";

const MOST_FOUND = 20;
const MOST_REFS = 20; // of one purchase, from any of its ids
const LAST_CHARACTER = "\u{10ffff}";
const IDENTITY_KINDS = vIdentityKind.members.map(({ value }) => value);
const REF_KINDS: readonly RefKind[] = [
  "subscription",
  "membership",
  "order",
  "checkout",
  "invoice",
  "payment",
  "payment_intent",
  "charge",
  "refund",
  "dispute",
];

export const vFoundCustomer = v.object({
  userId: v.id("users"),
  email: v.union(v.string(), v.null()),
  name: v.union(v.string(), v.null()),
  isDeleted: v.boolean(),
  by: v.string(), // what the text was found as
});

type Found = Infer<typeof vFoundCustomer>;

/** The people that the text leads to, surest first; empty for an empty text. */
export async function findCustomers(ctx: { db: DatabaseReader }, text: string): Promise<Found[]> {
  const wanted = text.trim();
  if (wanted === "") return [];
  const found = new Map<Id<"users">, string>();
  const note = (userId: Id<"users"> | null, by: string) => {
    if (userId !== null && !found.has(userId)) found.set(userId, by);
  };
  note(ctx.db.normalizeId("users", wanted), "user id");
  for (const identity of await readIdentities(ctx, wanted)) note(identity.userId, identity.kind);
  for (const { userId, provider, anchor } of await readPurchasesOf(ctx, wanted)) {
    note(userId, `${provider} ${anchor}`);
  }
  for (const user of await readByEmail(ctx, wanted)) note(user._id, "e-mail");
  const rows = await Promise.all([...found].map(([userId, by]) => toFound(ctx, userId, by)));
  return rows.filter((row) => row !== null).slice(0, MOST_FOUND);
}

async function readIdentities(
  ctx: { db: DatabaseReader },
  text: string,
): Promise<Doc<"identities">[]> {
  const looks = IDENTITY_KINDS.map(async (kind) => {
    const value = kind === "email" ? text.toLowerCase() : text;
    return await ctx.db
      .query("identities")
      .withIndex("by_kind_value", (q) => q.eq("kind", kind).eq("value", value))
      .take(1);
  });
  return (await Promise.all(looks)).flat();
}

/** From any id of a purchase: the ids that events have linked lead to the one it is kept under. */
async function readPurchasesOf(
  ctx: { db: DatabaseReader },
  text: string,
): Promise<Doc<"purchases">[]> {
  const found: Doc<"purchases">[] = [];
  for (const provider of PROVIDERS) {
    for (const kind of REF_KINDS) {
      const refs = await walkRefs(
        [`${kind}:${text}`],
        (ref) => others(ctx, provider, ref),
        MOST_REFS,
      );
      const anchor = anchorOf(refs);
      if (anchor === null) continue;
      const purchase = await ctx.db
        .query("purchases")
        .withIndex("by_provider_anchor", (q) => q.eq("provider", provider).eq("anchor", anchor))
        .first();
      if (purchase !== null) found.push(purchase);
    }
  }
  return found;
}

async function others(
  ctx: { db: DatabaseReader },
  provider: (typeof PROVIDERS)[number],
  ref: Ref,
): Promise<Ref[]> {
  const rows = await ctx.db
    .query("paymentRefs")
    .withIndex("by_provider_ref_other", (q) => q.eq("provider", provider).eq("ref", ref))
    .take(MOST_REFS);
  return rows.flatMap(({ other }) => (isRef(other) ? [other] : []));
}

function isRef(text: string): text is Ref {
  return REF_KINDS.some((kind) => text.startsWith(`${kind}:`));
}

async function readByEmail(ctx: { db: DatabaseReader }, text: string): Promise<Doc<"users">[]> {
  const spellings = new Set([text, text.toLowerCase()]);
  const looks = [...spellings].map(async (start) => {
    return await ctx.db
      .query("users")
      .withIndex("email", (q) => q.gte("email", start).lt("email", start + LAST_CHARACTER))
      .take(MOST_FOUND);
  });
  return (await Promise.all(looks)).flat();
}

async function toFound(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  by: string,
): Promise<Found | null> {
  const user = await ctx.db.get("users", userId);
  if (user === null) return null;
  const { email = null, name = null, deletedAtMs } = user;
  return { userId, email, name, isDeleted: deletedAtMs !== undefined, by };
}
