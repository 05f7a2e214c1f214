/** The small table that follows the pointer over a chart. */
import { clockTime } from "../time/time-text.ts";
import styles from "./chart-frame.module.css";

type TipProps = {
  active?: boolean;
  label?: string | number | undefined;
  payload?: ReadonlyArray<{ name?: unknown; value?: unknown }> | undefined;
  valueText: (value: number) => string;
};

/** Drawn by recharts, which passes what lies under the pointer. */
export function ChartTip({ active, label, payload, valueText }: TipProps) {
  if (active !== true || payload === undefined || payload.length === 0) return null;
  return (
    <div className={styles.tip}>
      <p className={styles.tipTitle}>{clockTime(Number(label))}</p>
      {payload.map((entry) => (
        <p key={String(entry.name)} className={styles.tipRow}>
          <span>{String(entry.name)}</span>
          <span>{typeof entry.value === "number" ? valueText(entry.value) : "–"}</span>
        </p>
      ))}
    </div>
  );
}
