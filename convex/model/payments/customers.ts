/** Providers' customers as identities: what is learned from events, and which purchases an identity concerns. */
import { PROVIDERS, type Provider } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { attachIdentity } from "../identities/attach.ts";
import { CUSTOMER_KINDS } from "../identities/validators.ts";

export const SETTLED_AT_ONCE = 50;

/** Keeps that a provider's customer is this person. One that is somebody else's stays theirs. */
export async function learnCustomer(
  ctx: MutationCtx,
  provider: Provider,
  customer: string,
  userId: Id<"users">,
): Promise<void> {
  await attachIdentity(ctx, { kind: CUSTOMER_KINDS[provider], value: customer, userId });
}

/** The purchases that name an identity, in the order in which they came; those after `afterMs` of creation. */
export async function readPurchasesOf(
  ctx: Pick<MutationCtx, "db">,
  { kind, value }: Pick<Doc<"identities">, "kind" | "value">,
  afterMs: number,
): Promise<Doc<"purchases">[]> {
  if (kind === "email") {
    return await ctx.db
      .query("purchases")
      .withIndex("by_buyerEmail", (q) => q.eq("buyerEmail", value).gt("_creationTime", afterMs))
      .take(SETTLED_AT_ONCE);
  }
  const provider = PROVIDERS.find((found) => CUSTOMER_KINDS[found] === kind);
  if (provider === undefined) return [];
  return await ctx.db
    .query("purchases")
    .withIndex("by_provider_buyerCustomer", (q) =>
      q.eq("provider", provider).eq("buyerCustomer", value).gt("_creationTime", afterMs),
    )
    .take(SETTLED_AT_ONCE);
}
