/** Which component is which page. Every page but the feed stands in the site's frame. */
import type { ComponentType } from "react";
import { CheckoutReturnPage } from "../checkout/return-page.tsx";
import { PricingPage } from "../pricing/pricing-page.tsx";
import type { Session } from "../session.ts";
import type { View } from "./paths.ts";

export type PageProps = { session: Session };

/** What a page shows; one that is not here yet does not exist for a visitor. */
export const PAGES: Partial<Record<Exclude<View, "feed">, ComponentType<PageProps>>> = {
  pricing: PricingPage,
  checkoutReturn: CheckoutReturnPage,
};
