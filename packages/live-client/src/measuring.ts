/** Puts clock, tally, recorder and reports together for one page and one client. */
import type { ConvexReactClient } from "convex/react";
import { afterPaint } from "./after-paint.ts";
import { LatencyTally } from "./latency-tally.ts";
import { browserReporterParts, ReceiptReporter, type Sample } from "./receipt-reporter.ts";
import { browserClockParts, ServerClock } from "./server-clock.ts";
import { SightRecorder } from "./sight-recorder.ts";
import { phaseNow, watchConnection } from "./use-connection.ts";

export type Measuring = {
  clock: ServerClock;
  tally: LatencyTally;
  sight: SightRecorder;
  /** Ends reports and listening. */
  close: () => void;
};

type MeasuringParts = {
  client: Pick<ConvexReactClient, "connectionState" | "subscribeToConnectionState">;
  siteUrl: string;
  /** Sends one batch of receipts. */
  send: (samples: Sample[]) => Promise<unknown>;
};

/** Starts measuring; the clock is asked whenever the connection comes to stand. */
export function startMeasuring({ client, siteUrl, send }: MeasuringParts): Measuring {
  const clock = new ServerClock(browserClockParts(siteUrl));
  const tally = new LatencyTally();
  const reporter = new ReceiptReporter({ send, ...browserReporterParts() });
  const sight = new SightRecorder({ clock, tally, reporter, afterPaint });
  const stopWatching = followConnection(client, clock, sight);
  const close = () => {
    stopWatching();
    reporter.close();
  };
  return { clock, tally, sight, close };
}

function followConnection(
  client: MeasuringParts["client"],
  clock: ServerClock,
  sight: SightRecorder,
): () => void {
  let isLive = false;
  const follow = () => {
    const wasLive = isLive;
    isLive = phaseNow(client) === "live";
    if (isLive && !wasLive) {
      sight.connected();
      void clock.measure();
    }
    if (!isLive) sight.disconnected();
  };
  follow();
  return watchConnection(client, follow);
}
