/** Which component is which page. Every page but the feed stands in the site's frame. */
import type { ComponentType } from "react";
import { AccountPage } from "../account/account-page.tsx";
import { CheckoutReturnPage } from "../checkout/return-page.tsx";
import { LinkPage } from "../discord/link-page.tsx";
import { InvitationPage } from "../people/invitation-page.tsx";
import { ResetPage } from "../people/reset-page.tsx";
import { SignInPage } from "../people/sign-in-page.tsx";
import { SignUpPage } from "../people/sign-up-page.tsx";
import { VerifyPage } from "../people/verify-page.tsx";
import { PricingPage } from "../pricing/pricing-page.tsx";
import type { Session } from "../session.ts";
import type { View } from "./paths.ts";

export type PageProps = { session: Session };

/** What a page shows; one that is not here yet does not exist for a visitor. */
export const PAGES: Partial<Record<Exclude<View, "feed">, ComponentType<PageProps>>> = {
  pricing: PricingPage,
  checkoutReturn: CheckoutReturnPage,
  signIn: SignInPage,
  signUp: SignUpPage,
  verify: VerifyPage,
  reset: ResetPage,
  account: AccountPage,
  invitation: InvitationPage,
  linkDiscord: LinkPage,
};
