/** Where each page of the site is. */
import { makePaths } from "@heliograph/ui";

export type View =
  | "feed"
  | "pricing"
  | "signIn"
  | "signUp"
  | "reset"
  | "account"
  | "checkoutReturn";

export const { viewAt, pathOf } = makePaths<View>({
  feed: "/",
  pricing: "/pricing",
  signIn: "/sign-in",
  signUp: "/sign-up",
  reset: "/reset",
  account: "/account",
  checkoutReturn: "/checkout/return",
});
