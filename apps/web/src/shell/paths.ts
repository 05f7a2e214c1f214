/** Where each page of the site is. */
import { makePaths } from "@heliograph/ui";

export type View =
  | "feed"
  | "pricing"
  | "signIn"
  | "signUp"
  | "verify"
  | "reset"
  | "account"
  | "invitation"
  | "checkoutReturn"
  | "linkDiscord";

export const { viewAt, pathOf } = makePaths<View>({
  feed: "/",
  pricing: "/pricing",
  signIn: "/sign-in",
  signUp: "/sign-up",
  verify: "/verify",
  reset: "/reset",
  account: "/account",
  invitation: "/invitation",
  checkoutReturn: "/checkout/return",
  linkDiscord: "/link/discord",
});
