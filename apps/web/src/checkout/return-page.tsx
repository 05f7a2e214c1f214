/**
 * Where a buyer comes back to. It shows what the provider has told the backend, live; that the browser came
 * back proves nothing, and nothing is polled.
 */
import {
  AccountIcon,
  ErrorIcon,
  Link,
  LiveIcon,
  Notice,
  PricingIcon,
  SkeletonBlock,
  useSearch,
} from "@heliograph/ui";
import { useConvexAuth } from "convex/react";
import { type ReactNode, useEffect, useState } from "react";
import { api, type OwnCheckout } from "../backend.ts";
import { PROVIDER_NAMES } from "../pricing/provider-words.ts";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { useAnswer } from "../shell/use-answer.ts";
import { WhileLoading } from "../shell/while-loading.tsx";
import { USUAL_WAIT_MS, wordsFor } from "./outcome-words.ts";

export function CheckoutReturnPage() {
  return (
    <SiteFrame view="checkoutReturn" title="Your order" titleShown={false}>
      <ReturnedBuyer />
    </SiteFrame>
  );
}

function ReturnedBuyer() {
  const search = useSearch();
  const checkoutId = search.get("checkout");
  const { isLoading, isAuthenticated } = useConvexAuth();
  const answer = useAnswer(api.checkouts.status, isAuthenticated ? { checkoutId } : "skip");
  if (!isLoading && !isAuthenticated) return <SignInFirst />;
  if (answer.state === "loading") {
    return (
      <WhileLoading offline="Your order cannot be reached">
        <SkeletonBlock heightRem={14} />
      </WhileLoading>
    );
  }
  if (answer.state === "failed") {
    return (
      <Notice icon={ErrorIcon} title="Your order could not be read">
        <p>{answer.message}</p>
      </Notice>
    );
  }
  if (answer.data.state !== "current") return <SignInFirst />;
  const { checkout } = answer.data;
  if (checkout === null) return <NoCheckout />;
  return <Outcome checkout={checkout} wasCancelled={search.get("cancelled") === "1"} />;
}

function Outcome({ checkout, wasCancelled }: { checkout: OwnCheckout; wasCancelled: boolean }) {
  const { outcome, planName, url } = checkout;
  const isLate = useIsLate(outcome === "waiting");
  const provider = PROVIDER_NAMES[checkout.provider];
  const { title, text, tone } = wordsFor(outcome, { provider, isLate, wasCancelled });
  const icon = { wait: PricingIcon, good: LiveIcon, bad: ErrorIcon }[tone];
  return (
    <div role="status" aria-busy={tone === "wait"}>
      <Notice icon={icon} title={title} action={<NextStep outcome={outcome} />}>
        <p>{text}</p>
        <p>{planName}</p>
        {url !== null && (wasCancelled || isLate) && (
          <p>
            <a href={url}>Go on with the checkout</a>
          </p>
        )}
      </Notice>
    </div>
  );
}

function NextStep({ outcome }: { outcome: OwnCheckout["outcome"] }): ReactNode {
  if (outcome === "unlocked") {
    return (
      <Link href={pathOf("feed")} tone="solid">
        Open the feed
      </Link>
    );
  }
  return (
    <Link href={pathOf("pricing")} tone="button">
      Back to the plans
    </Link>
  );
}

/** A timer, not a question to the backend: the answer comes by itself. */
function useIsLate(isWaiting: boolean): boolean {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    setIsLate(false);
    if (!isWaiting) return;
    const timer = setTimeout(() => setIsLate(true), USUAL_WAIT_MS);
    return () => clearTimeout(timer);
  }, [isWaiting]);
  return isLate;
}

function SignInFirst() {
  const { pathname, search } = window.location;
  const next = encodeURIComponent(pathname + search);
  return (
    <Notice icon={AccountIcon} title="Sign in to see your order">
      <p>
        <Link href={`${pathOf("signIn")}?next=${next}`}>Sign in</Link> with the account you bought
        with.
      </p>
    </Notice>
  );
}

function NoCheckout() {
  return (
    <Notice icon={ErrorIcon} title="There is no such order">
      <p>
        It is not an order of this account. <Link href={pathOf("pricing")}>See the plans</Link>
      </p>
    </Notice>
  );
}
