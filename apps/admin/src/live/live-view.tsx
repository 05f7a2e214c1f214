/** The newest signals with their stamps and mirrors, what this console measured, and the rate. */
import {
  EmptyIcon,
  FeedList,
  msText,
  Notice,
  Panel,
  RateChart,
  Split,
  Stat,
  StatRow,
  useMinuteMs,
} from "@heliograph/ui";
import { useMemo, useSyncExternalStore } from "react";
import { api, type LiveSignal } from "../backend.ts";
import { TARGET_MS, toneOf } from "../latency/surfaces.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery, useSession } from "../session/use-console-query.ts";
import { LiveRow } from "./live-row.tsx";
import { fillMinutes } from "./rate-minutes.ts";
import { useSightings } from "./use-sightings.ts";

const SHOWN = 50; // the most one query gives

export function LiveView() {
  return (
    <Split
      side={
        <>
          <Panel
            title="Seen by this console"
            about={`From received to painted here. Target: p95 within ${TARGET_MS} ms.`}
          >
            <OwnLatency />
          </Panel>
          <Panel title="Ingest, last hour" about="Events a minute, by outcome.">
            <IngestRate />
          </Panel>
        </>
      }
    >
      <Panel title="Signals" about="Newest first, with what each target shows." flush>
        <Signals />
      </Panel>
    </Split>
  );
}

function OwnLatency() {
  const { tally } = useSession().measuring;
  const { p50Ms, p95Ms, lastMs, count } = useSyncExternalStore(tally.subscribe, tally.snapshot);
  return (
    <StatRow>
      <Stat label="p50" value={msText(p50Ms)} {...toneOf(p50Ms)} />
      <Stat label="p95" value={msText(p95Ms)} {...toneOf(p95Ms)} />
      <Stat label="Last" value={msText(lastMs)} />
      <Stat label="Measured" value={String(count)} />
    </StatRow>
  );
}

function IngestRate() {
  const answer = useConsoleQuery(api.live.rate, {});
  const nowMs = useMinuteMs();
  return (
    <QueryState answer={answer} heightRem={16}>
      {({ minutes }) => <RateChart points={fillMinutes(minutes, nowMs)} />}
    </QueryState>
  );
}

function Signals() {
  const answer = useConsoleQuery(api.live.signals, { limit: SHOWN });
  return (
    <QueryState answer={answer} heightRem={40}>
      {({ signals }) => <SignalList signals={signals} />}
    </QueryState>
  );
}

function SignalList({ signals }: { signals: readonly LiveSignal[] }) {
  const { delaysMs, arrived } = useSightings(signals);
  const byPlace = useMemo(() => new Map(signals.map((s) => [`${s.feed} ${s.seq}`, s])), [signals]);
  if (signals.length === 0) {
    return (
      <Notice icon={EmptyIcon} title="No signals yet">
        <p>Post in a source channel, or send an event to the ingest endpoint.</p>
      </Notice>
    );
  }
  return (
    <FeedList busy={false} label="Signals, newest first" bare>
      {signals.map((signal) => (
        <LiveRow
          key={signal.signalId}
          signal={signal}
          original={originalOf(signal, byPlace)}
          fresh={arrived.has(signal.signalId)}
          delayMs={delaysMs.get(signal.signalId) ?? null}
        />
      ))}
    </FeedList>
  );
}

function originalOf({ replyTo }: LiveSignal, byPlace: ReadonlyMap<string, LiveSignal>) {
  return replyTo === null ? null : (byPlace.get(`${replyTo.feed} ${replyTo.seq}`) ?? null);
}
