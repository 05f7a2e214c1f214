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
    // In the order they came, and as the export asks every table of a person.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_userId", ["userId"])
    .index("by_userId_kind", ["userId", "kind"]),

  // Accounts that were merged, for good: what was bought with a merged account's id is the other's.
  // Written by identities/; read when a purchase looks for its user.
  merges: defineTable({
    fromUserId: v.id("users"),
    intoUserId: v.id("users"),
    atMs: v.number(),
  })
    .index("by_fromUserId", ["fromUserId"])
    .index("by_intoUserId", ["intoUserId"]),

  // Codes that were mailed to prove an e-mail. Written by identities/; read when the code is entered;
  // deleted when it was, or is over.
  emailClaims: defineTable({
    userId: v.id("users"),
    email: v.string(), // normalised
    codeHash: v.string(),
    attemptsLeft: v.number(),
    expiresAtMs: v.number(),
  })
    .index("by_userId_email", ["userId", "email"])
    .index("by_expiresAtMs", ["expiresAtMs"]),
};
