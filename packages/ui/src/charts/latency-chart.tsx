/** Latency over time, one line a surface, against the target. */
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { msText } from "../text/number-text.ts";
import { clockTime } from "../time/time-text.ts";
import { ChartFrame, SERIES_COLOURS } from "./chart-frame.tsx";
import { ChartTip } from "./chart-tip.tsx";
import { axisMarks, type LatencySeries, latencySummary, mergeByTime } from "./latency-points.ts";

type LatencyChartProps = {
  series: readonly LatencySeries[];
  targetMs: number;
};

const AXIS = { fontSize: "var(--text-xs)", fill: "var(--ink-muted)" };

/** p95 in ms; a minute nobody reported in is a gap, not a zero. */
export function LatencyChart({ series, targetMs }: LatencyChartProps) {
  const rows = mergeByTime(series);
  const highest = Math.max(
    targetMs * 1.1,
    ...series.flatMap(({ points }) => points.map(({ valueMs }) => valueMs ?? 0)),
  );
  const marks = axisMarks(highest);
  const legend = series.map(({ name }, index) => ({ name, colour: colourOf(index) }));
  return (
    <ChartFrame
      summary={latencySummary(series, targetMs)}
      legend={[
        ...legend,
        { name: `Target ${msText(targetMs)}`, colour: "var(--bad)", dashed: true },
      ]}
    >
      <ResponsiveContainer width="100%" height="100%">
        <LineChart
          accessibilityLayer={false}
          data={rows}
          margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="atMs"
            type="number"
            domain={["dataMin", "dataMax"]}
            tickFormatter={(atMs: number) => clockTime(atMs)}
            tick={AXIS}
            tickLine={false}
            axisLine={{ stroke: "var(--line-strong)" }}
            minTickGap={40}
          />
          <YAxis
            width={56}
            domain={[0, marks.at(-1) ?? targetMs]}
            ticks={marks}
            tickFormatter={(ms: number) => msText(ms)}
            tick={AXIS}
            tickLine={false}
            axisLine={false}
          />
          <ReferenceLine y={targetMs} stroke="var(--bad)" strokeDasharray="4 3" />
          <Tooltip content={<ChartTip valueText={msText} />} isAnimationActive={false} />
          {series.map(({ name }, index) => (
            <Line
              key={name}
              name={name}
              dataKey={(row: (typeof rows)[number]) => row.values[name] ?? null}
              stroke={colourOf(index)}
              strokeWidth={2}
              dot={rows.length < 3}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </ChartFrame>
  );
}

function colourOf(index: number): string {
  return SERIES_COLOURS[index % SERIES_COLOURS.length] ?? SERIES_COLOURS[0];
}
