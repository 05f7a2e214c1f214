/** Tables of people: who may sign in, and who of them is staff. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { authTables } from "./authTables.ts";
import { vStaffRole } from "./validators.ts";

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
  staff: defineTable({ userId: v.id("users"), role: vStaffRole }).index("by_userId", ["userId"]),
};
