/** The line over a list that says how it stands. Always there, so that a change moves nothing. */
import type { ReactNode } from "react";
import { StatusDot, type Tone } from "../primitives/badge.tsx";
import styles from "./status-line.module.css";

type StatusLineProps = { tone: Exclude<Tone, "solid">; children: ReactNode; action?: ReactNode };

/** Read out when it changes and there is a pause. */
export function StatusLine({ tone, children, action }: StatusLineProps) {
  return (
    <div className={styles.line} data-tone={tone}>
      <StatusDot tone={tone} pulse={tone === "neutral"} />
      <span role="status" className={styles.text}>
        {children}
      </span>
      {action}
    </div>
  );
}

const PHASES = {
  connecting: { tone: "neutral", text: "Connecting" },
  live: { tone: "good", text: "Live" },
  reconnecting: { tone: "warn", text: "Reconnecting" },
  offline: { tone: "bad", text: "Offline, retrying" },
} as const;

/** The connection as a word in the header. */
export function ConnectionChip({ phase }: { phase: keyof typeof PHASES }) {
  const { tone, text } = PHASES[phase];
  return (
    <span role="status" className={styles.chip}>
      <StatusDot tone={tone} pulse={phase !== "live"} />
      {text}
    </span>
  );
}

/** Measured numbers: a panel beside a wide page, one slim row over a narrow one. */
export function MeasureStrip(props: {
  title: string;
  note: string;
  measures: ReadonlyArray<{ label: string; value: string }>;
}) {
  return (
    <section className={styles.measures} aria-label={props.title}>
      <h2 className={styles.measureTitle}>{props.title}</h2>
      <dl className={styles.measureRow}>
        {props.measures.map(({ label, value }) => (
          <div key={label} className={styles.measure}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.measureNote}>{props.note}</p>
    </section>
  );
}
