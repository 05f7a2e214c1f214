/** What is for sale, by tier. It changes on the open page the moment the console changes it. */
import { isCurrent } from "@heliograph/domain";
import {
  Badge,
  Columns,
  EmptyIcon,
  ErrorIcon,
  Notice,
  Offer,
  Panel,
  priceText,
  SkeletonBlock,
  Stack,
  termText,
  useMinuteMs,
} from "@heliograph/ui";
import { api, type Catalogue, type CatalogueOffer, type Standing } from "../backend.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { useAnswer } from "../shell/use-answer.ts";
import { WhileLoading } from "../shell/while-loading.tsx";
import { BuyButtons } from "./buy-buttons.tsx";
import { PlanSection } from "./plan-section.tsx";
import { useStanding } from "./use-standing.ts";

const TIERS = ["basic", "advanced", "pro"] as const;

export function PricingPage() {
  const answer = useAnswer(api.catalogue.published, {});
  const standing = useStanding();
  return (
    <SiteFrame view="pricing" title="Pricing" titleShown={false}>
      <Stack gap="wide">
        {standing != null && standing.held.length > 0 && <PlanSection />}
        {answer.state === "loading" && (
          <WhileLoading offline="The plans cannot be reached">
            <LoadingTiers />
          </WhileLoading>
        )}
        {answer.state === "failed" && (
          <Notice icon={ErrorIcon} title="The plans could not be read">
            <p>{answer.message}</p>
          </Notice>
        )}
        {answer.state === "ready" && <Tiers catalogue={answer.data} standing={standing} />}
      </Stack>
    </SiteFrame>
  );
}

function LoadingTiers() {
  return (
    <Columns>
      {TIERS.map((tier) => (
        <SkeletonBlock key={tier} heightRem={28} />
      ))}
    </Columns>
  );
}

type TiersProps = { catalogue: Catalogue; standing: Standing | null | undefined };

function Tiers({ catalogue, standing }: TiersProps) {
  const { tiers, offers } = catalogue;
  if (offers.length === 0) {
    return (
      <Notice icon={EmptyIcon} title="Nothing is on sale yet">
        <p>The plans appear here as soon as there are any.</p>
      </Notice>
    );
  }
  const sold = tiers.filter(({ tier }) => offers.some((offer) => offer.tier === tier));
  return (
    <Columns>
      {sold.map(({ tier, label, description }) => (
        <Panel key={tier} title={label} about={description} flush>
          {offers
            .filter((offer) => offer.tier === tier)
            .map((offer) => (
              <PlanOffer key={offer.planId} offer={offer} standing={standing} />
            ))}
        </Panel>
      ))}
    </Columns>
  );
}

type PlanOfferProps = { offer: CatalogueOffer; standing: Standing | null | undefined };

function PlanOffer({ offer, standing }: PlanOfferProps) {
  return (
    <Offer
      name={offer.name}
      price={offer.priceAmount === 0 ? "Free" : priceText(offer.priceAmount, offer.currency)}
      term={termText(offer.kind)}
      badge={<OfferBadge offer={offer} standing={standing} />}
      points={offer.highlights}
    >
      <BuyButtons offer={offer} standing={standing} />
    </Offer>
  );
}

function OfferBadge({ offer, standing }: PlanOfferProps) {
  const nowMs = useMinuteMs();
  const held = standing?.held ?? [];
  const has = held.some((one) => one.planId === offer.planId && isCurrent(one, nowMs));
  if (has) return <Badge tone="good">Your plan</Badge>;
  const { trialDays } = offer;
  if (trialDays === 0 || held.some(({ phase }) => phase === "current")) return null;
  return <Badge tone="info">{trialDays === 1 ? "One day free" : `${trialDays} days free`}</Badge>;
}
