/** Events per minute as stacked bars, by outcome. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { countText } from "../text/number-text.ts";
import { clockTime } from "../time/time-text.ts";
import { ChartFrame } from "./chart-frame.tsx";
import { ChartTip } from "./chart-tip.tsx";

export type RatePoint = {
  minuteMs: number;
  accepted: number;
  duplicate: number;
  stale: number;
  rejected: number;
};

const OUTCOMES = [
  { key: "accepted", name: "Accepted", colour: "var(--series-1)" },
  { key: "duplicate", name: "Duplicate", colour: "var(--line-strong)" },
  { key: "stale", name: "Stale", colour: "var(--series-3)" },
  { key: "rejected", name: "Rejected", colour: "var(--bad)" },
] as const;

const AXIS = { fontSize: "var(--text-xs)", fill: "var(--ink-muted)" };

/** One bar a minute. */
export function RateChart({ points }: { points: readonly RatePoint[] }) {
  const total = points.reduce((sum, point) => sum + point.accepted, 0);
  const rejected = points.reduce((sum, point) => sum + point.rejected, 0);
  return (
    <ChartFrame
      summary={`${countText(total)} events accepted and ${countText(rejected)} rejected in the last hour.`}
      legend={OUTCOMES.map(({ name, colour }) => ({ name, colour }))}
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          accessibilityLayer={false}
          data={[...points]}
          margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="minuteMs"
            tickFormatter={(atMs: number) => clockTime(atMs)}
            tick={AXIS}
            tickLine={false}
            axisLine={{ stroke: "var(--line-strong)" }}
            minTickGap={40}
          />
          <YAxis width={36} allowDecimals={false} tick={AXIS} tickLine={false} axisLine={false} />
          <Tooltip
            content={<ChartTip valueText={countText} />}
            cursor={{ fill: "var(--hover)" }}
            isAnimationActive={false}
          />
          {OUTCOMES.map(({ key, name, colour }) => (
            <Bar
              key={key}
              dataKey={key}
              name={name}
              fill={colour}
              stackId="outcome"
              maxBarSize={14}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </ChartFrame>
  );
}
