/** What each provider says is so, held against what we know: the last runs, the next one, and a start by hand. */
import { Stack } from "@heliograph/ui";
import { api } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { ProviderPanel } from "./provider-panel.tsx";

export function ReconcileView() {
  const answer = useConsoleQuery(api.reconcile.overview, {});
  return (
    <QueryState answer={answer} heightRem={36}>
      {({ providers }) => (
        <Stack gap="wide">
          {providers.map((known) => (
            <ProviderPanel key={known.provider} known={known} />
          ))}
        </Stack>
      )}
    </QueryState>
  );
}
