/** The words for servers that plans open, and for what a change means to people. */
import type { OpenedGuild } from "../backend.ts";
import { tierText } from "../roles/role-words.ts";

type Reach = Pick<OpenedGuild, "minTier" | "joinAtPurchase">;

/** "Basic and above". */
export function opensTo({ minTier }: Pick<Reach, "minTier">): string {
  return tierText({ tier: minTier, andAbove: true });
}

/** What saving does to people; null: nothing, so nobody has to be asked. `before` null: the server is new. */
export function effectOfSaving(before: Reach | null, after: Reach): string | null {
  const changes =
    before?.minTier !== after.minTier || before.joinAtPurchase !== after.joinAtPurchase;
  if (!changes) return null;
  const whom = `Customers of ${opensTo(after)}`;
  const effect = after.joinAtPurchase
    ? `${whom} who have linked Discord are added now, others once they buy or link.`
    : `${whom} see it on their account page and join by themselves; nobody is added.`;
  return before === null ? effect : `${effect} Nobody is removed from it.`;
}

export const EFFECT_OF_REMOVAL =
  "Nobody is added to it any more, and it leaves the account pages. Nobody is removed from it, and its roles stay mapped.";
