/** The newest signals with their stamps and mirrors, what this console measured, and the rate. */
import {
  Button,
  EmptyIcon,
  FeedList,
  Inset,
  msText,
  Notice,
  Panel,
  RateChart,
  Split,
  Stat,
  StatRow,
  useMinuteMs,
} from "@heliograph/ui";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { api, type LiveSignal } from "../backend.ts";
import { TARGET_MS, toneOf } from "../latency/surfaces.ts";
import { QueryState } from "../query-state.tsx";
import { type Answer, useConsoleQuery, useSession } from "../session/use-console-query.ts";
import { LiveRow } from "./live-row.tsx";
import { fillMinutes } from "./rate-minutes.ts";
import { useSightings } from "./use-sightings.ts";

/** Each push brings all that is shown, and a signal makes two: a screenful, until more is asked for. */
const SHOWN_AT_FIRST = 12;
const SHOWN_AT_MOST = 50; // what one query gives

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
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const answer = useKept(useConsoleQuery(api.live.signals, { limit: shown }));
  return (
    <QueryState answer={answer} heightRem={40}>
      {({ signals }) => (
        <>
          <SignalList signals={signals} />
          {signals.length >= SHOWN_AT_FIRST && shown < SHOWN_AT_MOST && (
            <Inset>
              <Button onClick={() => setShown(SHOWN_AT_MOST)}>Show {SHOWN_AT_MOST}</Button>
            </Inset>
          )}
        </>
      )}
    </QueryState>
  );
}

/** The answer before, while the one to other arguments is loading: the list stays where it is. */
function useKept<Data>(answer: Answer<Data>): Answer<Data> {
  const kept = useRef(answer);
  useEffect(() => {
    if (answer.state !== "loading") kept.current = answer;
  }, [answer]);
  return answer.state === "loading" ? kept.current : answer;
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
