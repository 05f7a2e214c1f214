/** How a plan is bought by whoever looks at it, or why it is not sold to them. */
import { compareTiers, refusePurchase } from "@heliograph/domain";
import { Button, Link, Quiet, Row, Stack, Strip, useMinuteMs } from "@heliograph/ui";
import { useAction } from "convex/react";
import { api, type CatalogueOffer, type Standing } from "../backend.ts";
import { pathOf } from "../shell/paths.ts";
import { PortalButton } from "./portal-button.tsx";
import { PAY_WITH } from "./provider-words.ts";
import { useLeaving } from "./use-leaving.ts";

type BuyButtonsProps = {
  offer: CatalogueOffer;
  /** Null: not signed in; undefined: not known yet. */
  standing: Standing | null | undefined;
};

export function BuyButtons({ offer, standing }: BuyButtonsProps) {
  const nowMs = useMinuteMs();
  if (offer.providers.length === 0) return <Quiet>It cannot be bought at the moment.</Quiet>;
  if (standing === null) {
    return (
      <Row>
        <Link href={`${pathOf("signIn")}?next=${pathOf("pricing")}`} tone="button">
          Sign in to buy
        </Link>
      </Row>
    );
  }
  const plan = { id: offer.planId, tier: offer.tier, kind: offer.kind.kind };
  const refused = standing === undefined ? null : refusePurchase(plan, standing.held, nowMs);
  if (refused === null) {
    // It would be sold, and run beside what opens more.
    return isCovered(offer, standing) ? (
      <Quiet>What you have opens this, too.</Quiet>
    ) : (
      <PayButtons offer={offer} isReady={standing !== undefined} />
    );
  }
  const hasPortal = standing?.hasPortal === true && refused.held.provider === "stripe";
  const canManage = refused.code !== "payment_processing" && refused.code !== "already_owned";
  return (
    <Stack gap="tight">
      <Quiet>{refused.message}</Quiet>
      {hasPortal && canManage && <PortalButton label="Manage subscription" />}
    </Stack>
  );
}

function isCovered(offer: CatalogueOffer, standing: Standing | undefined): boolean {
  const access = standing?.access ?? null;
  return access !== null && compareTiers(access.tier, offer.tier) > 0;
}

function PayButtons({ offer, isReady }: { offer: CatalogueOffer; isReady: boolean }) {
  const start = useAction(api.checkout.start);
  const { busy, refusal, go } = useLeaving();
  return (
    <Stack gap="tight">
      <Row>
        {offer.providers.map((provider, index) => (
          <Button
            key={provider}
            tone={index === 0 ? "solid" : "quiet"}
            busy={busy === provider}
            disabled={!isReady || busy !== null}
            aria-label={`${PAY_WITH[provider]}: ${offer.name}`}
            onClick={() => go(provider, () => start({ planId: offer.planId, provider }))}
          >
            {PAY_WITH[provider]}
          </Button>
        ))}
      </Row>
      {refusal !== null && <Strip tone="bad">{refusal}</Strip>}
    </Stack>
  );
}
