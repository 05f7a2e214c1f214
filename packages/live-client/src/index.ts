/** What both pages need to live on a deployment: secrets, connection, clock, measurements. */
export { afterPaint } from "./after-paint.ts";
export { type ConnectionPhase, connectionPhase } from "./connection-phase.ts";
export {
  dropFragmentSecret,
  type FragmentPage,
  takeFragmentSecret,
  thisPage,
} from "./fragment-secret.ts";
export { type LatencySnapshot, LatencyTally } from "./latency-tally.ts";
export { type Measuring, startMeasuring } from "./measuring.ts";
export {
  browserReporterParts,
  MAX_SAMPLES,
  REPORT_INTERVAL_MS,
  ReceiptReporter,
  type Sample,
} from "./receipt-reporter.ts";
export { browserClockParts, REMEASURE_AFTER_MS, ServerClock } from "./server-clock.ts";
export { SightRecorder, type Stamps } from "./sight-recorder.ts";
export { phaseNow, useConnectionPhase, watchConnection } from "./use-connection.ts";
export { useDiscordSignIn } from "./use-discord-sign-in.ts";
