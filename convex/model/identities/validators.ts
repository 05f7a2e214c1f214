/** Shapes of identities. */
import type { Provider } from "@heliograph/domain";
import { type Infer, v } from "convex/values";

export const vIdentityKind = v.union(
  v.literal("email"), // verified only
  v.literal("discord"),
  v.literal("stripeCustomer"),
  v.literal("whopUser"),
  v.literal("sellappCustomer"),
  v.literal("legacy"),
);

export type IdentityKind = Infer<typeof vIdentityKind>;

/** What a provider's customer is called among identities. */
export const CUSTOMER_KINDS = {
  stripe: "stripeCustomer",
  whop: "whopUser",
  sellapp: "sellappCustomer",
} as const satisfies Record<Provider, IdentityKind>;
