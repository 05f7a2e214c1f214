/** Whose e-mail, Discord account or provider customer something is. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vIdentityKind } from "./validators.ts";

export const identityTables = {
  // (kind, value) belongs to one user, ever. Written by identities/ only; read when a purchase looks for
  // its user; deleted with the account.
  identities: defineTable({
    kind: vIdentityKind,
    value: v.string(), // normalised
    userId: v.id("users"),
    sinceMs: v.number(),
  })
    .index("by_kind_value", ["kind", "value"])
    .index("by_userId", ["userId"]),
};
