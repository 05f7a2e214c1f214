/** Where things stand: stacks, rows and panels. Apps place things with these and write no CSS. */
import type { ReactNode } from "react";
import { classNames } from "../primitives/class-names.ts";
import styles from "./layout.module.css";

type Gap = "tight" | "normal" | "wide";

/** One below the other. */
export function Stack({ gap = "normal", children }: { gap?: Gap; children: ReactNode }) {
  return <div className={classNames(styles.stack, styles[gap])}>{children}</div>;
}

/** Side by side, wrapping when there is no room. */
export function Row({ gap = "tight", spread = false, children }: RowProps) {
  return (
    <div className={classNames(styles.row, styles[gap], spread && styles.spread)}>{children}</div>
  );
}
type RowProps = { gap?: Gap; spread?: boolean; children: ReactNode };

/** No wider than a form or a text wants to be. */
export function Narrow({ children }: { children: ReactNode }) {
  return <div className={classNames(styles.stack, styles.wide, styles.narrow)}>{children}</div>;
}

type PanelProps = {
  title: string;
  /** A sentence under the title. */
  about?: string;
  actions?: ReactNode;
  /** The content reaches the panel's edges: lists and tables. */
  flush?: boolean;
  children: ReactNode;
};

/** A titled sheet. */
export function Panel({ title, about, actions, flush = false, children }: PanelProps) {
  return (
    <section className={styles.panel} aria-label={title}>
      <header className={styles.panelHead}>
        <div>
          <h2 className={styles.panelTitle}>{title}</h2>
          {about !== undefined && <p className={styles.about}>{about}</p>}
        </div>
        {actions}
      </header>
      <div className={flush ? styles.flush : styles.inset}>{children}</div>
    </section>
  );
}

/** Side by side as many as there is room for, of one width; below each other on a narrow screen. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>;
}

/** A part of a flush panel that keeps away from its edges. */
export function Inset({ children }: { children: ReactNode }) {
  return <div className={styles.insetPart}>{children}</div>;
}

/** What matters most, with facts beside it on a wide screen and above it on a narrow one. */
export function Split({ side, children }: { side: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.split}>
      <div className={styles.side}>{side}</div>
      <div className={styles.rest}>{children}</div>
    </div>
  );
}

/** Quiet text: captions, explanations. */
export function Quiet({ children }: { children: ReactNode }) {
  return <p className={styles.quiet}>{children}</p>;
}

/** A list of name and value, one pair a line. */
export function Facts({ rows }: { rows: ReadonlyArray<readonly [string, ReactNode]> }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
