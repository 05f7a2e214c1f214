/** What a view says when it has nothing to show, and the strip that says something changed. */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "./badge.tsx";
import { classNames } from "./class-names.ts";
import styles from "./notice.module.css";

type NoticeProps = {
  icon: LucideIcon;
  title: string;
  /** What it means and what to do about it. */
  children: ReactNode;
  action?: ReactNode;
};

/** Fills a view that is empty, failed or closed. */
export function Notice({ icon: Icon, title, children, action }: NoticeProps) {
  return (
    <section className={styles.notice}>
      <Icon aria-hidden size={28} strokeWidth={1.5} className={styles.icon} />
      <h2 className={styles.title}>{title}</h2>
      <div className={styles.text}>{children}</div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </section>
  );
}

type StripProps = { tone: Exclude<Tone, "solid">; children: ReactNode; action?: ReactNode };

/** A line across a view. Errors are read out at once, the rest when there is a pause. */
export function Strip({ tone, children, action }: StripProps) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className={classNames(styles.strip, styles[tone])}
    >
      <span className={styles.stripText}>{children}</span>
      {action}
    </div>
  );
}
