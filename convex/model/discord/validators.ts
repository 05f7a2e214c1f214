/** Shapes of Discord links and of memberships of servers. */
import { JOIN_CODES } from "@heliograph/domain";
import { type Infer, v } from "convex/values";

/** What Discord says of an account. */
export const vDiscordProfile = v.object({
  discordId: v.string(),
  username: v.string(),
  name: v.string(), // as others see it
  image: v.union(v.string(), v.null()),
});

export type DiscordProfile = Infer<typeof vDiscordProfile>;

/** Tokens as they are kept: sealed, with the key's name beside them, so that a rotated key's are found. */
export const vSealedTokens = v.object({
  sealed: v.string(),
  keyId: v.string(),
  expiresAtMs: v.number(), // of the access token
});

export type SealedTokens = Infer<typeof vSealedTokens>;

export const vPresence = v.union(
  v.literal("unknown"), // still to be asked
  v.literal("member"),
  v.literal("pending"), // in the server, has not passed its screening
  v.literal("absent"), // not there when Discord was asked
  v.literal("left"), // went, or was removed
);

export type Presence = Infer<typeof vPresence>;

export const vJoining = v.union(
  v.literal("none"),
  v.literal("due"),
  v.literal("waiting"), // for its dueAtMs
  v.literal("refused"), // until a person has acted
);

export const vJoinCode = v.union(...JOIN_CODES.map((code) => v.literal(code)));

/** What an attempt found. */
export const vJoinResult = v.object({
  memberId: v.id("discordMembers"),
  outcome: v.union(
    v.object({ kind: v.literal("in"), isPending: v.boolean() }),
    v.object({ kind: v.literal("absent") }),
    v.object({
      kind: v.literal("retry"),
      code: vJoinCode,
      afterMs: v.union(v.number(), v.null()),
    }),
    v.object({ kind: v.literal("refused"), code: vJoinCode }),
  ),
});

export type JoinResult = Infer<typeof vJoinResult>;

/** What the bot heard of a member of a server. */
export const vMemberEvent = v.object({
  guildId: v.string(),
  discordId: v.string(),
  presence: v.union(v.literal("member"), v.literal("pending"), v.literal("left")),
  atMs: v.number(), // server time
});

export type MemberEvent = Infer<typeof vMemberEvent>;
