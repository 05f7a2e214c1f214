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

export const vInvitationState = v.union(
  v.literal("open"),
  v.literal("accepted"),
  v.literal("revoked"),
  v.literal("expired"),
);

/** What an account can take with it, in pages. */
export const vExportSection = v.union(
  v.literal("account"),
  v.literal("identities"),
  v.literal("sessions"),
  v.literal("discord"),
  v.literal("discordRoles"),
  v.literal("purchases"),
  v.literal("grants"),
  v.literal("accessTimeline"),
  v.literal("checkouts"),
  v.literal("stops"), // at providers
  v.literal("invitations"), // to them
  v.literal("pendingChanges"),
  v.literal("mails"), // to them
  v.literal("deeds"), // of theirs, as staff
  v.literal("deedsAbout"), // of staff, to them
);

export type ExportSection = Infer<typeof vExportSection>;
