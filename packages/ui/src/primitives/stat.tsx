/** A measured number with its name. */
import type { ReactNode } from "react";
import type { Tone } from "./badge.tsx";
import { classNames } from "./class-names.ts";
import styles from "./stat.module.css";

type StatProps = {
  label: string;
  value: string;
  /** Colours the value when it means something: within target, over it. */
  tone?: Exclude<Tone, "solid" | "neutral">;
  note?: ReactNode;
};

/** One number; put several into a StatRow. */
export function Stat({ label, value, tone, note }: StatProps) {
  return (
    <div className={styles.stat}>
      <dt className={styles.label}>{label}</dt>
      <dd className={classNames(styles.value, tone !== undefined && styles[tone])}>{value}</dd>
      {note !== undefined && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

/** Numbers side by side, wrapping on narrow screens. */
export function StatRow({ children }: { children: ReactNode }) {
  return <dl className={styles.row}>{children}</dl>;
}
