/** A target under the doctor's eyes: what stands in the way, live, and a test message on demand. */
import { Button, Quiet, Row, Stack, Strip, TimeAgo, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type TargetTest } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import type { Place } from "./channel-picker.tsx";
import { FindingsList } from "./findings-list.tsx";

type TargetFindingsProps = { place: Place; mode: "bot" | "webhook"; pingRoleId: string | null };

export function TargetFindings({ place, mode, pingRoleId }: TargetFindingsProps) {
  const client = useConvex();
  const deed = useDeed();
  const { guildId, channelId } = place;
  const answer = useConsoleQuery(api.doctor.target, { guildId, channelId, mode, pingRoleId });
  if (answer.state === "loading") return <Quiet>Looking at the channel</Quiet>;
  if (answer.state === "failed") return <Strip tone="bad">{answer.message}</Strip>;
  const { findings, test } = answer.data;
  const isRunning = test?.state === "wanted" || test?.state === "running";
  const start = () =>
    void deed.run(() => client.mutation(api.doctor.test, { guildId, channelId, mode }));
  return (
    <Stack gap="tight">
      {findings.length === 0 ? (
        <Strip tone="good">Nothing stands in the way.</Strip>
      ) : (
        <FindingsList findings={findings} />
      )}
      <Row>
        <Button type="button" busy={deed.busy || isRunning} onClick={start}>
          {isRunning ? "Testing" : "Send a test message"}
        </Button>
        {findings.some(({ code }) => code === "token_full") && (
          <Button
            type="button"
            busy={deed.busy}
            onClick={() => void deed.run(() => client.mutation(api.routes.reassign, { channelId }))}
          >
            Give it to another bot
          </Button>
        )}
        {test !== null && <LastTest test={test} />}
      </Row>
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
    </Stack>
  );
}

function LastTest({ test }: { test: TargetTest }) {
  if (test.state === "wanted" || test.state === "running") return null;
  const word =
    test.state === "unanswered" ? "not answered" : test.code === null ? "passed" : "failed";
  return (
    <span>
      Last test {word}, <TimeAgo atMs={test.requestedAtMs} />
    </span>
  );
}
