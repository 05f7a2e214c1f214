/** Why Discord was not linked or unlinked: a stable code and a sentence for the person, each. */
import { ConvexError } from "convex/values";

export const LINK_REFUSALS = {
  state_missing: "The address you came back with is incomplete. Begin again on your account page.",
  state_unknown: "This was used already, or never begun here. Begin again on your account page.",
  state_expired: "This took longer than ten minutes. Begin again on your account page.",
  state_foreign:
    "This was begun by somebody else, or before you signed in anew. Nothing was linked. Begin again on your account page.",
  code_missing: "Discord sent no answer along. Begin again on your account page.",
  code_refused: "Discord did not accept the answer it gave you. Begin again on your account page.",
  client_refused: "Discord does not accept this site any more. Tell us: you cannot cure this.",
  discord_unreachable: "Discord could not be reached. Nothing was linked; try again in a minute.",
  discord_answer_invalid: "Discord answered something we do not understand. Try again in a minute.",
  profile_refused: "Discord did not say which account is yours. Begin again and agree to that.",
  discord_taken:
    "This Discord account is linked to another account here. Unlink it there first, or ask support.",
  return_not_allowed: "There is no such page to go on with.",
  only_way_in:
    "You sign in here with Discord only. Give your account a password first: sign up with its e-mail.",
} as const;

export type LinkRefusalCode = keyof typeof LINK_REFUSALS;

/** What is thrown at the person. */
export function linkRefusal(code: LinkRefusalCode): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code, message: LINK_REFUSALS[code] });
}
