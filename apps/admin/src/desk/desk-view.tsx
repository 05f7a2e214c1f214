/** The failure desk: what could not be applied and what leads nowhere, with what to do about it. */
import { EmptyIcon, Notice, Stack, Strip } from "@heliograph/ui";
import { api } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { StopsPanel } from "../stops/stops-panel.tsx";
import { GroupsPanel } from "./groups-panel.tsx";
import { MergePanel } from "./merge-panel.tsx";
import { ProblemsPanel } from "./problems-panel.tsx";
import { RefusalsPanel } from "./refusals-panel.tsx";

export function DeskView() {
  const answer = useConsoleQuery(api.desk.groups, {});
  return (
    <QueryState answer={answer} heightRem={24}>
      {({ groups, refusals, rebuild }) => (
        <Stack gap="wide">
          {rebuild !== null && (
            <Strip tone="neutral">
              The log is being applied anew ({rebuild.phase}, {rebuild.events} events so far).
              Access stays as it is meanwhile.
            </Strip>
          )}
          {groups.length === 0 ? (
            <Notice icon={EmptyIcon} title="The desk is empty">
              <p>Every payment has found its person and its plan.</p>
            </Notice>
          ) : (
            <GroupsPanel groups={groups} />
          )}
          {(["no_user", "no_plan", "trial_refused"] as const).map(
            (problem) =>
              groups.some(({ cause }) => cause === problem) && (
                <ProblemsPanel key={problem} problem={problem} />
              ),
          )}
          <StopsPanel userId={null} mayRetry />
          {refusals.length > 0 && <RefusalsPanel refusals={refusals} />}
          <MergePanel />
        </Stack>
      )}
    </QueryState>
  );
}
