/**
 * The trial guard: of all purchases that share a key (user, e-mail, customer, address), the one whose
 * trial began first has it. Which came to our knowledge first does not matter, so that a replay decides
 * the same. An operator may say otherwise for one purchase.
 *
 * [GUARD1] The second trial under a key gives no access; what is paid for afterwards does.
 * [GUARD2] An operator's override decides before the guard, and stays through replays.
 */
import {
  buyerIpOf,
  type Fact,
  hashIp,
  mayClaimTrial,
  type Purchase,
  trialKeys,
} from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import type { Group } from "./factRows.ts";

const MOST_CLAIMS = 50; // of one key; an office behind one address
const MOST_KEYS = 10;

type Row = Omit<Doc<"purchases">, "_creationTime">;

/** Brings a purchase's claims up to date from those it has; answers the other purchases that this concerns. */
export async function writeClaims(
  ctx: Pick<MutationCtx, "db">,
  row: Row,
  known: readonly Doc<"trialClaims">[],
  said: { readonly purchase: Purchase; readonly group: Group },
): Promise<Id<"purchases">[]> {
  const wanted = claimsOf(row, said.purchase, said.group);
  const isKept = (claim: ClaimFields) => known.some((found) => isSame(found, claim));
  const gone = known.filter((found) => !wanted.some((claim) => isSame(found, claim)));
  const added = wanted.filter((claim) => !isKept(claim));
  for (const claim of gone) await ctx.db.delete("trialClaims", claim._id);
  for (const claim of added) await ctx.db.insert("trialClaims", claim);
  const keys = new Set([...gone, ...added].map(({ key }) => key));
  const sharing = await Promise.all([...keys].map(async (key) => await readClaims(ctx, key)));
  const others = sharing.flat().map(({ purchaseId }) => purchaseId);
  return [...new Set(others)].filter((id) => id !== row._id);
}

/** Whether the purchase has no right to the trial it is. */
export async function isTrialRefused(
  ctx: Pick<QueryCtx, "db">,
  row: Row,
  { refs }: Group,
): Promise<boolean> {
  if (!row.isTrial) return false;
  const override = await findOverride(ctx, row.provider, refs);
  if (override !== null) return !override.isAllowed;
  const own = await readClaimsOf(ctx, row._id);
  const claims = (await Promise.all(own.map(({ key }) => readClaims(ctx, key)))).flat();
  const earlier = claims.filter((claim) => own.some((mine) => isBefore(claim, mine)));
  return !mayClaimTrial(earlier, row._id);
}

/** Everything that was claimed under the keys of a purchase, earliest first: why a trial was refused. */
export async function readRivals(
  ctx: Pick<QueryCtx, "db">,
  purchaseId: Id<"purchases">,
): Promise<Doc<"trialClaims">[]> {
  const own = await readClaimsOf(ctx, purchaseId);
  const claims = await Promise.all(own.map(({ key }) => readClaims(ctx, key)));
  return claims.flat().filter((claim) => claim.purchaseId !== purchaseId);
}

type ClaimFields = Pick<Doc<"trialClaims">, "key" | "purchaseId" | "startedAtMs" | "anchor">;

function claimsOf(row: Row, purchase: Purchase, { facts }: Group): ClaimFields[] {
  const startedAtMs = trialStartMs(facts, purchase);
  if (startedAtMs === null) return [];
  const salt = findEnvironment("HELIOGRAPH_IP_SALT");
  const ip = buyerIpOf(facts);
  const keys = trialKeys({
    provider: row.provider,
    userId: row.userId,
    email: row.buyerEmail,
    customerRef: row.buyerCustomer,
    ipHash: ip === null || salt === undefined ? null : hashIp(ip, salt),
  });
  const anchor = `${row.provider} ${row.anchor}`;
  return keys.map((key) => ({ key, purchaseId: row._id, startedAtMs, anchor }));
}

/** When the trial of a purchase began, also of one that was paid for later; null if it had none. */
function trialStartMs(facts: readonly Fact[], purchase: Purchase): number | null {
  const times = facts.flatMap((fact) =>
    fact.kind === "subscription" && fact.state === "trialing" ? [fact.atMs] : [],
  );
  if (times.length > 0) return Math.min(...times);
  return purchase.isTrial ? (purchase.paidAtMs ?? purchase.terms[0]?.fromMs ?? null) : null;
}

function isBefore(claim: ClaimFields, mine: ClaimFields): boolean {
  if (claim.key !== mine.key) return false;
  if (claim.startedAtMs !== mine.startedAtMs) return claim.startedAtMs < mine.startedAtMs;
  return claim.anchor < mine.anchor;
}

function isSame(a: ClaimFields, b: ClaimFields): boolean {
  return a.key === b.key && a.startedAtMs === b.startedAtMs && a.anchor === b.anchor;
}

async function readClaims(ctx: Pick<QueryCtx, "db">, key: string) {
  return await ctx.db
    .query("trialClaims")
    .withIndex("by_key_startedAtMs", (q) => q.eq("key", key))
    .take(MOST_CLAIMS);
}

/** What was claimed for a purchase. */
export async function readClaimsOf(
  ctx: Pick<QueryCtx, "db">,
  purchaseId: Id<"purchases">,
): Promise<Doc<"trialClaims">[]> {
  return await ctx.db
    .query("trialClaims")
    .withIndex("by_purchaseId", (q) => q.eq("purchaseId", purchaseId))
    .take(MOST_KEYS);
}

async function findOverride(
  ctx: Pick<QueryCtx, "db">,
  provider: Doc<"purchases">["provider"],
  refs: readonly string[],
): Promise<Doc<"trialOverrides"> | null> {
  const found = await Promise.all(
    refs.map(
      async (ref) =>
        await ctx.db
          .query("trialOverrides")
          .withIndex("by_provider_ref", (q) => q.eq("provider", provider).eq("ref", ref))
          .order("desc")
          .first(),
    ),
  );
  const rows = found.filter((row) => row !== null);
  return rows.sort((a, b) => b._creationTime - a._creationTime)[0] ?? null;
}
