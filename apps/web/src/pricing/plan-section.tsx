/** What the signed-in person has: the tier that is open, until when, what they pay for, and where to manage it. */

import { accessNotice, isCurrent, type Renewal } from "@heliograph/domain";
import {
  Badge,
  Facts,
  Link,
  Panel,
  Quiet,
  Row,
  SkeletonBlock,
  Stack,
  useMinuteMs,
} from "@heliograph/ui";
import { dateText, noticeText } from "../access/notice-text.ts";
import { api, type Catalogue, type Standing } from "../backend.ts";
import { pathOf } from "../shell/paths.ts";
import { useAnswer } from "../shell/use-answer.ts";
import { PortalButton } from "./portal-button.tsx";
import { PROVIDER_NAMES } from "./provider-words.ts";
import { useStanding } from "./use-standing.ts";

/** For the account page and the pricing page; shows nothing to somebody who is not signed in. */
export function PlanSection() {
  const standing = useStanding();
  const catalogue = useAnswer(api.catalogue.published, {});
  if (standing === null) return null;
  if (standing === undefined || catalogue.state === "loading") {
    return <SkeletonBlock heightRem={8} />;
  }
  const tiers = catalogue.state === "ready" ? catalogue.data.tiers : [];
  return (
    <Panel title="Your plan">
      <Stack>
        <Open standing={standing} tiers={tiers} />
        <Held standing={standing} tiers={tiers} />
        {standing.hasPortal && <PortalButton label="Invoices and subscription" />}
      </Stack>
    </Panel>
  );
}

type PartProps = { standing: Standing; tiers: Catalogue["tiers"] };

function Open({ standing: { access, held }, tiers }: PartProps) {
  if (access === null) {
    return (
      <Row gap="normal">
        <Quiet>You have no plan: the feed is closed.</Quiet>
        <Link href={pathOf("pricing")}>See the plans</Link>
      </Row>
    );
  }
  return (
    <Row>
      <Badge tone="good">{labelOf(tiers, access.tier)}</Badge>
      <Quiet>{noticeText(accessNotice(access, held))}</Quiet>
      <Link href={pathOf("feed")}>Go to the feed</Link>
    </Row>
  );
}

/** What counts now; what is over is history, not a plan. */
function Held({ standing, tiers }: PartProps) {
  const nowMs = useMinuteMs();
  const live = standing.held.filter((one) => isCurrent(one, nowMs) || one.phase === "pending");
  if (live.length === 0) return null;
  return (
    <Facts
      rows={live.map(({ tier, kind, provider, phase, untilMs, renewal }, index) => {
        const what = kind === "recurring" ? "subscription" : "paid term";
        const name = `${index + 1}. ${labelOf(tiers, tier)}, ${what} with ${PROVIDER_NAMES[provider]}`;
        return [name, phase === "pending" ? "payment under way" : endText(renewal, untilMs)];
      })}
    />
  );
}

function endText(renewal: Renewal, untilMs: number | null): string {
  if (renewal === null) return untilMs === null ? "no end" : `ends ${dateText(untilMs)}`;
  if (renewal.state === "stopped") return "stands still until it is paid";
  const date = renewal.atMs === null ? "" : ` ${dateText(renewal.atMs)}`;
  return { renews: `renews${date}`, trial: `trial until${date}`, grace: `to be paid until${date}` }[
    renewal.state
  ];
}

function labelOf(tiers: Catalogue["tiers"], tier: string): string {
  return tiers.find((known) => known.tier === tier)?.label ?? tier;
}
