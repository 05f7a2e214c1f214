/** The shapes of the doctor. */
import { type Infer, v } from "convex/values";
import { vRouteRules } from "../routes/validators.ts";

export const vFinding = v.object({
  code: v.string(), // a FindingCode of the domain
  severity: v.union(v.literal("error"), v.literal("warning")),
  message: v.string(),
  fix: v.string(),
});

export const vMode = v.union(v.literal("bot"), v.literal("webhook"));

export const vTestState = v.union(
  v.literal("wanted"), // the bot has not taken it yet
  v.literal("running"),
  v.literal("done"),
  v.literal("unanswered"), // the bot did not say in time what came of it
);

/** What the bot says of a test message; code and message: why it could not be written or removed. */
export const vTestOutcome = v.object({
  webhooks: v.union(v.number(), v.null()),
  code: v.union(v.string(), v.null()),
  message: v.union(v.string(), v.null()),
});

export type TestOutcome = Infer<typeof vTestOutcome>;

/** A target as it is, or as somebody thinks of making it. */
export const vTarget = v.object({
  guildId: v.string(),
  channelId: v.string(),
  mode: vMode,
  place: v.optional(vRouteRules.fields.place), // left out: the channel itself
  pingRoleId: v.union(v.string(), v.null()),
});

export type Target = Infer<typeof vTarget>;

/** A test as the console shows it. */
export const vToldTest = v.object({
  state: vTestState,
  mode: vMode,
  requestedAtMs: v.number(),
  ...vTestOutcome.fields,
});

/** A source or a route with findings. */
export const vPatient = v.object({
  kind: v.union(v.literal("source"), v.literal("route")),
  id: v.string(),
  name: v.string(),
  guildId: v.string(),
  channelId: v.string(),
  target: v.union(vTarget, v.null()), // null: a source
  findings: v.array(vFinding),
});
