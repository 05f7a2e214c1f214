/** What every chart shares: its name, a sentence that says what it shows, its legend and size. */
import type { ReactNode } from "react";
import styles from "./chart-frame.module.css";

/** The colour of the nth series, told by position so that charts agree. */
export const SERIES_COLOURS = [
  "var(--series-1)",
  "var(--series-2)",
  "var(--series-3)",
  "var(--series-4)",
] as const;

export type LegendEntry = { name: string; colour: string; dashed?: boolean };

type ChartFrameProps = {
  /** Says in words what the picture shows: the chart's text alternative. */
  summary: string;
  legend: readonly LegendEntry[];
  children: ReactNode;
};

/** A chart of fixed height: nothing moves when its data comes. */
export function ChartFrame({ summary, legend, children }: ChartFrameProps) {
  return (
    <figure className={styles.frame}>
      <ul className={styles.legend}>
        {legend.map((entry) => (
          <li key={entry.name} className={styles.entry}>
            <svg aria-hidden="true" width="18" height="8">
              <line
                x1="0"
                x2="18"
                y1="4"
                y2="4"
                stroke={entry.colour}
                strokeWidth="2.5"
                strokeDasharray={entry.dashed === true ? "4 3" : undefined}
              />
            </svg>
            {entry.name}
          </li>
        ))}
      </ul>
      <div className={styles.plot} aria-hidden>
        {children}
      </div>
      <figcaption className={styles.summary}>{summary}</figcaption>
    </figure>
  );
}
