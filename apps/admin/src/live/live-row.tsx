/**
 * One signal as the operator sees it. Each push brings all signals shown anew; a row is drawn
 * again only when something in it changed, so that a new signal costs one row.
 */
import { replyPreview, SignalCard, SignalTrail, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { memo } from "react";
import { api, type LiveSignal } from "../backend.ts";

type LiveRowProps = {
  signal: LiveSignal;
  /** What it replies to, where that is among the signals shown. */
  original: LiveSignal | null;
  fresh: boolean;
  delayMs: number | null;
};

export const LiveRow = memo(LiveRowNow, sameRow);

function LiveRowNow({ signal, original, fresh, delayMs }: LiveRowProps) {
  const { stamps, mirrors, media, replyTo } = signal;
  const client = useConvex();
  const deed = useDeed();
  const retry = (wantedId: string) => {
    const copy = media.find((found) => found.wantedId === wantedId);
    if (copy !== undefined) {
      void deed.run(() => client.mutation(api.media.retry, { wantedId: copy.wantedId }));
    }
  };
  return (
    <SignalCard
      signal={signal}
      fresh={fresh}
      reply={replyTo === null ? null : replyPreview(replyTo, original)}
      tabIndex={-1}
      headingLevel={3}
      footer={
        <SignalTrail
          stamps={stamps}
          seenAfterMs={delayMs}
          mirrors={mirrors}
          copies={media}
          onRetryCopy={retry}
        />
      }
    />
  );
}

function sameRow(a: LiveRowProps, b: LiveRowProps): boolean {
  return (
    a.fresh === b.fresh &&
    a.delayMs === b.delayMs &&
    versionOf(a.original) === versionOf(b.original) &&
    versionOf(a.signal) === versionOf(b.signal) &&
    JSON.stringify(a.signal.mirrors) === JSON.stringify(b.signal.mirrors) &&
    JSON.stringify(a.signal.media) === JSON.stringify(b.signal.media)
  );
}

function versionOf(signal: LiveSignal | null): string {
  return signal === null ? "" : `${signal.signalId} ${signal.revision} ${signal.state}`;
}
