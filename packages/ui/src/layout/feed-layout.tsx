/** The list of signals and what floats over it. */
import { ArrowUp } from "lucide-react";
import { type ReactNode, type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";
import styles from "./feed-layout.module.css";

type FeedListProps = {
  /** Inside a panel: without a frame of its own. */
  bare?: boolean;
  busy: boolean;
  label: string;
  children: ReactNode;
  ref?: Ref<HTMLDivElement>;
};

/** Newest first; each child is a signal or a removed line. */
export function FeedList({ busy, label, bare = false, children, ref }: FeedListProps) {
  const own = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => must(own.current), []);
  // Each new signal moves the place of all others: as props, that would draw every card again.
  useLayoutEffect(() => {
    let place = 0;
    for (const child of own.current?.children ?? []) {
      place += 1;
      child.setAttribute("aria-posinset", String(place));
    }
  });
  return (
    <div
      ref={own}
      role="feed"
      aria-busy={busy}
      aria-label={label}
      className={bare ? styles.bare : styles.list}
    >
      {children}
    </div>
  );
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error("the list is not mounted");
  return value;
}

/** "3 new signals": floats at the top while the reader is further down. */
export function NewSignalsPill({ count, onPress }: { count: number; onPress: () => void }) {
  if (count === 0) return null;
  return (
    <div className={styles.pillPlace}>
      <button type="button" className={styles.pill} onClick={onPress}>
        <ArrowUp aria-hidden size={16} />
        {count === 1 ? "1 new signal" : `${count} new signals`}
      </button>
    </div>
  );
}

/** The end of the list: a button, or the words that there is no more. */
export function FeedEnd({ children }: { children: ReactNode }) {
  return <div className={styles.end}>{children}</div>;
}
