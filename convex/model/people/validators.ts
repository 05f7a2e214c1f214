/** Shapes of people's rows. */
import { type Infer, v } from "convex/values";

export const vStaffRole = v.union(v.literal("support"), v.literal("operator"), v.literal("owner"));

export type StaffRole = Infer<typeof vStaffRole>;

/** Who did something, as the audit log keeps it. */
export const vStaffActor = v.union(
  v.object({ kind: v.literal("person"), userId: v.id("users") }),
  v.object({ kind: v.literal("console"), machineId: v.id("machineTokens") }),
  v.object({ kind: v.literal("commandLine") }),
);

export type StaffActor = Infer<typeof vStaffActor>;
