/** What each outcome of a checkout is called, and what it means for the buyer. */
import type { OwnCheckout } from "../backend.ts";

type Outcome = OwnCheckout["outcome"];

/** How long nothing may be heard before the page says that it takes longer than usual. */
export const USUAL_WAIT_MS = 20_000;

export type OutcomeWords = { title: string; text: string; tone: "wait" | "good" | "bad" };

/** `isLate`: nothing was heard for longer than usual. `wasCancelled`: the buyer left without paying. */
export function wordsFor(
  outcome: Outcome,
  { provider, isLate, wasCancelled }: { provider: string; isLate: boolean; wasCancelled: boolean },
): OutcomeWords {
  switch (outcome) {
    case "waiting":
      if (wasCancelled) return CANCELLED;
      return isLate ? late(provider) : waiting(provider);
    case "processing":
      return {
        title: "Your payment is being processed",
        text: `${provider} has your order and waits for the money. This can take days with some ways of paying; the feed opens by itself.`,
        tone: "wait",
      };
    case "settling":
      return { title: "Paid", text: "The feed opens at any moment.", tone: "wait" };
    case "unlocked":
      return {
        title: "The feed is open",
        text: "Thank you. You have everything now.",
        tone: "good",
      };
    case "failed":
      return {
        title: "The payment did not stand",
        text: `${provider} declined it or gave the money back. Nothing is open through it.`,
        tone: "bad",
      };
    case "expired":
      return {
        title: "This checkout is over",
        text: "It was not paid in time. Nothing was charged.",
        tone: "bad",
      };
    case "replaced":
      return {
        title: "This checkout was replaced",
        text: "You have begun another one for the same plan since.",
        tone: "bad",
      };
    default:
      return outcome satisfies never;
  }
}

const CANCELLED: OutcomeWords = {
  title: "You left the checkout",
  text: "Nothing was charged. You can go on where you left it.",
  tone: "bad",
};

function waiting(provider: string): OutcomeWords {
  return {
    title: "Waiting for the confirmation",
    text: `${provider} is about to tell us that you have paid. This page changes by itself.`,
    tone: "wait",
  };
}

function late(provider: string): OutcomeWords {
  return {
    title: "This takes longer than usual",
    text: `If you have paid, ${provider} will tell us, and the feed opens by itself: you may close this page. If you have not, you can still pay.`,
    tone: "wait",
  };
}
