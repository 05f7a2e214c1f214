/** Tables of people: who may sign in, and who of them is staff. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { authTables } from "./authTables.ts";
import { vInvitationState, vStaffRole } from "./validators.ts";

export const peopleTables = {
  ...authTables,

  // A person, for good: deletion empties the row and leaves the id. Written by Convex Auth at sign-up and
  // by people/; read by every wrapper for people.
  users: defineTable({
    name: v.optional(v.string()),
    image: v.optional(v.string()),
    email: v.optional(v.string()), // as typed; `identities` has the normalised, verified one
    emailVerificationTime: v.optional(v.number()),
    phone: v.optional(v.string()),
    phoneVerificationTime: v.optional(v.number()),
    isAnonymous: v.optional(v.boolean()),
    deletedAtMs: v.optional(v.number()),
  })
    .index("email", ["email"])
    .index("phone", ["phone"]),

  // Who works here. Written by people/ only; read by every wrapper for staff; deleted by people/.
  staff: defineTable({ userId: v.id("users"), role: vStaffRole })
    .index("by_userId", ["userId"])
    .index("by_role", ["role"]),

  // An offer to join the staff, for one e-mail. Written by people/ only; read by the owner's page and by
  // whoever accepts; emptied of the e-mail when the account is deleted.
  invitations: defineTable({
    email: v.string(), // normalised
    role: vStaffRole,
    tokenHash: v.string(), // SHA-256, hex; the token is in the mail and nowhere else
    state: vInvitationState,
    expiresAtMs: v.number(),
    acceptedBy: v.union(v.id("users"), v.null()),
    invitedBy: v.optional(v.id("users")), // none: from before it was kept
  })
    .index("by_tokenHash", ["tokenHash"])
    .index("by_email_state", ["email", "state"])
    .index("by_acceptedBy", ["acceptedBy"])
    .index("by_invitedBy_state", ["invitedBy", "state"]),

  // A new e-mail that is not proven yet: one row a user. Written and deleted by people/; read by the account page.
  emailChanges: defineTable({
    userId: v.id("users"),
    email: v.string(), // as typed
    codeHash: v.string(),
    expiresAtMs: v.number(),
    triesLeft: v.number(),
  }).index("by_userId", ["userId"]),

  // Accounts whose traces in payment events are being replaced, batch by batch. Written, read and deleted by people/.
  erasures: defineTable({
    userId: v.id("users"),
    pseudonym: v.string(),
    emails: v.array(v.string()),
    ids: v.array(v.string()),
    fromMs: v.number(), // events received from then
    untilMs: v.number(), // ... to then
    cursor: v.union(v.string(), v.null()), // replaced up to here
    isLast: v.boolean(), // the second time, for what was on its way
  }).index("by_userId", ["userId"]),
};
