/** Text for a machine: a command to run, an id. */
import styles from "./markdown-view.module.css";

/** A word or a line of code; long ones wrap. */
export function Code({ children }: { children: string }) {
  return <code className={styles.code}>{children}</code>;
}
