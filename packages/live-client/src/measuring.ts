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
  /** Told what to add to the machine's clock to get the server's, whenever that was measured. */
  onClockOffset: (offsetMs: number) => void;
};

/** Starts measuring; the clock is asked whenever the connection comes to stand. */
export function startMeasuring(parts: MeasuringParts): Measuring {
  const { client, siteUrl, send } = parts;
  const clock = new ServerClock(browserClockParts(siteUrl));
  const tally = new LatencyTally();
  const reporter = new ReceiptReporter({ send, ...browserReporterParts() });
  const sight = new SightRecorder({ clock, tally, reporter, afterPaint });
  const measureClock = async () => {
    await clock.measure();
    const offsetMs = clock.wallOffsetMs();
    if (offsetMs !== null) parts.onClockOffset(offsetMs);
  };
  const stopWatching = followConnection(client, measureClock, sight);
  const close = () => {
    stopWatching();
    reporter.close();
  };
  return { clock, tally, sight, close };
}

function followConnection(
  client: MeasuringParts["client"],
  measureClock: () => Promise<void>,
  sight: SightRecorder,
): () => void {
  let isLive = false;
  const follow = () => {
    const wasLive = isLive;
    isLive = phaseNow(client) === "live";
    if (isLive && !wasLive) {
      sight.connected();
      void measureClock();
    }
    if (!isLive) sight.disconnected();
  };
  follow();
  return watchConnection(client, follow);
}
