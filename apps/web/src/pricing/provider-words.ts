/** What customers call the payment providers. */
import type { PaymentProvider } from "../backend.ts";

export const PROVIDER_NAMES: Record<PaymentProvider, string> = {
  stripe: "Stripe",
  whop: "Whop",
  sellapp: "Sell.app",
};

/** On a button: most people know cards, not Stripe. */
export const PAY_WITH: Record<PaymentProvider, string> = {
  stripe: "Pay by card",
  whop: "Pay on Whop",
  sellapp: "Pay on Sell.app",
};
