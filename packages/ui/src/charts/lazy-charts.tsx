/** The charts, loaded when one is first drawn: the chart library is half of a page's weight. */
import { type ComponentProps, lazy, Suspense } from "react";
import { SkeletonBlock } from "../primitives/skeleton.tsx";

const Latency = lazy(() =>
  import("./latency-chart.tsx").then(({ LatencyChart: chart }) => ({ default: chart })),
);
const Rate = lazy(() =>
  import("./rate-chart.tsx").then(({ RateChart: chart }) => ({ default: chart })),
);

/** Latency over time, one line a surface, against the target. */
export function LatencyChart(props: ComponentProps<typeof Latency>) {
  return (
    <Suspense fallback={<SkeletonBlock heightRem={17} />}>
      <Latency {...props} />
    </Suspense>
  );
}

/** Events per minute as stacked bars, by outcome. */
export function RateChart(props: ComponentProps<typeof Rate>) {
  return (
    <Suspense fallback={<SkeletonBlock heightRem={16} />}>
      <Rate {...props} />
    </Suspense>
  );
}
