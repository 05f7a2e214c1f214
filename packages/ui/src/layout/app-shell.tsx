/** The frame of a page: header, navigation, main column, and a side column where there is room. */
import { type ReactNode, useEffect, useRef } from "react";
import { followWithin } from "../navigation/link.tsx";
import { Badge } from "../primitives/badge.tsx";
import { TooltipProvider } from "../primitives/tooltip.tsx";
import styles from "./app-shell.module.css";

export type NavItem = {
  text: string;
  href: string;
  icon: ReactNode;
  current: boolean;
  /** What waits there; none: nothing does. */
  waiting?: string | undefined;
};

type AppShellProps = {
  /** "Heliograph" alone on the customer's page, with a word after it elsewhere. */
  place?: string;
  /** Stands in the header's middle: the connection. */
  status: ReactNode;
  actions: ReactNode;
  nav?: readonly NavItem[];
  /** Beside the main column on wide screens, above it on narrow ones. */
  aside?: ReactNode;
  children: ReactNode;
};

/** Reading width with an aside; full width with navigation. */
export function AppShell({ place, status, actions, nav, aside, children }: AppShellProps) {
  return (
    <TooltipProvider>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.header}>
        <div className={styles.bar} data-reading={aside === undefined ? undefined : true}>
          <Brand place={place} />
          <div className={styles.status}>{status}</div>
          <div className={styles.actions}>{actions}</div>
        </div>
        {nav !== undefined && <Nav items={nav} reading={aside !== undefined} />}
      </header>
      <div className={aside === undefined ? styles.wide : styles.withAside}>
        {aside !== undefined && <aside className={styles.aside}>{aside}</aside>}
        <main id="main" tabIndex={-1} className={styles.main}>
          {children}
        </main>
      </div>
    </TooltipProvider>
  );
}

function Brand({ place }: { place: string | undefined }) {
  return (
    <p className={styles.brand}>
      <svg aria-hidden="true" viewBox="0 0 24 24" width="22" height="22" className={styles.mark}>
        <circle cx="9" cy="15" r="5" fill="none" stroke="currentColor" strokeWidth="2" />
        <path
          d="M14.5 9.5 21 3M15.5 14 21 12.5M10 8.5 11.5 3"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
      </svg>
      <span>Heliograph</span>
      {place !== undefined && <span className={styles.place}>{place}</span>}
    </p>
  );
}

function Nav({ items, reading }: { items: readonly NavItem[]; reading: boolean }) {
  const nav = useRef<HTMLElement>(null);
  const current = items.find((item) => item.current)?.href;
  // biome-ignore lint/correctness/useExhaustiveDependencies: shown when another view is, not at every render
  useEffect(() => {
    const link = nav.current?.querySelector("[aria-current]");
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav ref={nav} aria-label="Views" className={styles.nav} data-reading={reading || undefined}>
      {items.map((item) => (
        <a
          key={item.href}
          href={item.href}
          className={styles.navItem}
          aria-current={item.current ? "page" : undefined}
          onClick={(event) => followWithin(event, item.href)}
        >
          {item.icon}
          {item.text}
          {item.waiting !== undefined && <Badge tone="warn">{item.waiting}</Badge>}
        </a>
      ))}
    </nav>
  );
}
