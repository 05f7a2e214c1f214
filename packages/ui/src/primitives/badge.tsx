/** Small marks beside text: a word in a tinted pill, a key, a coloured dot. */
import type { ReactNode } from "react";
import styles from "./badge.module.css";
import { classNames } from "./class-names.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info" | "solid";

/** A word in a pill. The word carries the meaning; the tone only helps. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classNames(styles.badge, styles[tone])}>{children}</span>;
}

/** A dot that a text stands beside. `pulse` while something is under way. */
export function StatusDot({ tone, pulse = false }: { tone: Tone; pulse?: boolean }) {
  return (
    <span aria-hidden className={classNames(styles.dot, styles[tone], pulse && styles.pulse)} />
  );
}

/** A key to press. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={styles.kbd}>{children}</kbd>;
}
