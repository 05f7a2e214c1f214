/** Shapes of identities. */
import { v } from "convex/values";

export const vIdentityKind = v.union(
  v.literal("email"), // verified only
  v.literal("discord"),
  v.literal("stripeCustomer"),
  v.literal("whopUser"),
  v.literal("sellappCustomer"),
  v.literal("legacy"),
);
