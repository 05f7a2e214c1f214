/** A moment as "2m ago" that keeps itself right, with the exact time on hover and focus. */
import { useSyncExternalStore } from "react";
import { Tooltip } from "../primitives/tooltip.tsx";
import { onTick, sharedNowMs } from "./shared-clock.ts";
import styles from "./time-ago.module.css";
import { exactTime, MINUTE_MS, timeAgo } from "./time-text.ts";

/** The minute it is now, as its first millisecond; renders its caller once a minute. */
export function useMinuteMs(): number {
  return useSyncExternalStore(onTick, () => Math.floor(sharedNowMs() / MINUTE_MS) * MINUTE_MS);
}

/** `<time>` with the exact moment in `datetime`; renders again only when its words change. */
export function TimeAgo({ atMs, label }: { atMs: number; label?: string }) {
  const words = useSyncExternalStore(onTick, () => timeAgo(atMs, sharedNowMs()));
  return (
    <Tooltip text={label === undefined ? exactTime(atMs) : `${label} ${exactTime(atMs)}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard */}
      <time className={styles.time} dateTime={new Date(atMs).toISOString()} tabIndex={0}>
        {words}
      </time>
    </Tooltip>
  );
}
