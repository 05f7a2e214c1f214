/** A target under the doctor's eyes: what stands in the way, live, and a test message on demand. */
import { Button, Quiet, Row, Stack, Strip, TimeAgo, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import type { FunctionArgs } from "convex/server";
import { api, type TargetTest } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { FindingsList } from "./findings-list.tsx";

/** A target as it is, or as somebody thinks of making it. */
export type Target = FunctionArgs<typeof api.doctor.target>;

export function TargetFindings({ target }: { target: Target }) {
  const client = useConvex();
  const deed = useDeed();
  const { guildId, channelId, mode, place } = target;
  const answer = useConsoleQuery(api.doctor.target, target);
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
        {(place === undefined || place.kind === "channel") && (
          <Button type="button" busy={deed.busy || isRunning} onClick={start}>
            {isRunning ? "Testing" : "Send a test message"}
          </Button>
        )}
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
