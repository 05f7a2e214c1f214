/** What is for sale: plans, tiers, and which of a provider's products is which plan. */
import { Stack } from "@heliograph/ui";
import { api } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { PlansPanel } from "./plans-panel.tsx";
import { RefsPanel } from "./refs-panel.tsx";
import { TiersPanel } from "./tiers-panel.tsx";

export function CatalogueView() {
  const answer = useConsoleQuery(api.catalogue.list, {});
  return (
    <QueryState answer={answer} heightRem={30}>
      {({ plans, tiers }) => (
        <Stack gap="wide">
          <PlansPanel plans={plans} />
          <TiersPanel tiers={tiers} />
          <RefsPanel plans={plans} />
        </Stack>
      )}
    </QueryState>
  );
}
