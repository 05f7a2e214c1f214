/** The list of signals in each of its states: opening, failed, empty, filled. */
import type { ConnectionPhase } from "@heliograph/live-client";
import {
  Button,
  EmptyIcon,
  ErrorIcon,
  FeedEnd,
  FeedList,
  msText,
  Notice,
  RemovedLine,
  type ReplyView,
  replyPreview,
  SignalCard,
  SignalSkeletons,
} from "@heliograph/ui";
import { type RefObject, useMemo, useState } from "react";
import type { FeedSignal } from "../backend.ts";
import { Unreachable } from "../shell/while-loading.tsx";
import type { FeedController, FeedSnapshot } from "./feed-controller.ts";
import { feedRows } from "./feed-rows.ts";
import { useEndReached } from "./use-end-reached.ts";
import { useHeldScroll } from "./use-held-scroll.ts";
import { useVisibleRanges } from "./use-visible-ranges.ts";

const ROWS_AT_FIRST = 40;
const ROWS_MORE = 40;

type FeedBodyProps = {
  snapshot: FeedSnapshot;
  feed: FeedController;
  phase: ConnectionPhase;
  listRef: RefObject<HTMLDivElement | null>;
};

export function FeedBody(props: FeedBodyProps) {
  const { snapshot, phase, feed } = props;
  const { view } = snapshot;
  if (view.signals.length > 0) return <FilledFeed {...props} />;
  if (snapshot.error !== null || view.feeds.some(({ status }) => status === "failed")) {
    return <FailedFeed reason={snapshot.error} onRetry={() => feed.reconnected()} />;
  }
  if (view.feeds.every(({ status }) => status === "rotated")) return null;
  if (phase === "offline") return <Unreachable title="The feed cannot be reached" />;
  if (!view.isComplete) return <SignalSkeletons count={6} />;
  return (
    <Notice icon={EmptyIcon} title="No signals yet">
      <p>The next one appears here by itself, the moment it is posted.</p>
    </Notice>
  );
}

function FilledFeed({ snapshot, feed, listRef }: FeedBodyProps) {
  const { view, seenLive, delaysMs } = snapshot;
  const [wantedRows, setWantedRows] = useState(ROWS_AT_FIRST);
  const rows = useMemo(() => feedRows(view.signals, seenLive), [view.signals, seenLive]);
  const bySeq = useMemo(() => indexByPlace(view.signals), [view.signals]);
  const arrived = useMemo(
    () => new Set(snapshot.arrivals.map((s) => s.signalId)),
    [snapshot.arrivals],
  );
  const shown = rows.slice(0, wantedRows);
  const hasMore = rows.length > shown.length || view.hasOlder;
  const loadMore = () => {
    setWantedRows((count) => count + ROWS_MORE);
    feed.loadOlder();
  };
  useVisibleRanges(listRef, shown, feed);
  useHeldScroll(listRef, shown);
  const endRef = useEndReached(hasMore, loadMore);
  return (
    <>
      <FeedList ref={listRef} busy={!view.isComplete} label="Signals, newest first">
        {shown.map((row) =>
          row.type === "removed" ? (
            <RemovedLine
              key={row.key}
              feed={row.feed}
              firstSeq={row.firstSeq}
              lastSeq={row.lastSeq}
            />
          ) : (
            <SignalCard
              key={row.key}
              signal={row.signal}
              reply={replyOf(row.signal, bySeq)}
              fresh={arrived.has(row.signal.signalId)}
              measure={delayText(delaysMs.get(row.signal.signalId))}
              tabIndex={-1}
            />
          ),
        )}
      </FeedList>
      <div ref={endRef}>
        <FeedEnd>
          {hasMore ? <Button onClick={loadMore}>Load older signals</Button> : "That is everything."}
        </FeedEnd>
      </div>
    </>
  );
}

function FailedFeed({ reason, onRetry }: { reason: string | null; onRetry: () => void }) {
  return (
    <Notice
      icon={ErrorIcon}
      title="The feed could not be opened"
      action={<Button onClick={onRetry}>Try again</Button>}
    >
      <p>{reason ?? "The deployment refused to answer."}</p>
    </Notice>
  );
}

function delayText(delayMs: number | undefined): string | undefined {
  return delayMs === undefined ? undefined : `here in ${msText(delayMs)}`;
}

function placeKey({ feed, seq }: { feed: string; seq: number }): string {
  return `${feed} ${seq}`;
}

function indexByPlace(signals: readonly FeedSignal[]): ReadonlyMap<string, FeedSignal> {
  return new Map(signals.map((signal) => [placeKey(signal), signal]));
}

function replyOf(
  { replyTo }: FeedSignal,
  bySeq: ReadonlyMap<string, FeedSignal>,
): ReplyView | null {
  if (replyTo === null) return null;
  return replyPreview(replyTo, bySeq.get(placeKey(replyTo)) ?? null);
}
