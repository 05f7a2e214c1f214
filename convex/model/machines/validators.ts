/** The shapes of machine identities. */
import { v } from "convex/values";

export const vMachineKind = v.union(
  v.literal("source"),
  v.literal("bot"),
  v.literal("console"),
  v.literal("tradingview"), // its token stands in an address, so it opens that one address and nothing else
);

export const vMachineState = v.union(
  v.literal("active"),
  v.literal("revoked"), // by an operator
  v.literal("expired"), // by the function scheduled at expiresAtMs
);
