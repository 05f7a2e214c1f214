/** Text for screen readers only. */
import type { ReactNode } from "react";
import styles from "./skeleton.module.css";

/** Read out, not shown. */
export function Spoken({ children }: { children: ReactNode }) {
  return <span className={styles.spoken}>{children}</span>;
}

/** A place whose changes are read out when there is a pause. Mounted empty, filled later. */
export function Announcer({ text }: { text: string }) {
  return (
    <div aria-live="polite" aria-atomic="true" className={styles.spoken}>
      {text}
    </div>
  );
}
