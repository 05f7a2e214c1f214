/** Tables of stops. */
import { defineTable } from "convex/server";
import { vStopFields } from "./validators.ts";

export const stopTables = {
  // What must not go on at a provider, and how far it was brought to an end. Written by stops/ only; read by
  // the console; deleted 30 days after it was settled, a failed one once it was tried again with success.
  stops: defineTable(vStopFields)
    .index("by_provider_what_ref", ["provider", "what", "ref"])
    .index("by_userId_wantedAtMs", ["userId", "wantedAtMs"])
    .index("by_state_dueAtMs", ["state", "dueAtMs"]),
};
