/** A link within the page: the browser's own for every click that asks for a new tab. */
import type { MouseEvent, ReactNode } from "react";
import styles from "./link.module.css";
import { navigate } from "./paths.ts";

type LinkProps = { href: string; tone?: "text" | "button" | "solid"; children: ReactNode };

export function Link({ href, tone = "text", children }: LinkProps) {
  return (
    <a href={href} className={styles[tone]} onClick={(event) => followWithin(event, href)}>
      {children}
    </a>
  );
}

/** Follows a link without loading the page anew, unless a new tab or a download is asked for. */
export function followWithin(event: MouseEvent<HTMLAnchorElement>, href: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(href);
}
