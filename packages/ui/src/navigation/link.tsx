/** A link within the page: the browser's own for every click that asks for a new tab. */
import type { MouseEvent, ReactNode } from "react";
import buttons from "../primitives/button.module.css";
import { classNames } from "../primitives/class-names.ts";
import styles from "./link.module.css";
import { navigate } from "./paths.ts";

type LinkProps = { href: string; tone?: "text" | "button" | "solid"; children: ReactNode };

/** "button" and "solid" look like the buttons of that weight. */
export function Link({ href, tone = "text", children }: LinkProps) {
  return (
    <a href={href} className={classOf(tone)} onClick={(event) => followWithin(event, href)}>
      {children}
    </a>
  );
}

function classOf(tone: "text" | "button" | "solid"): string {
  if (tone === "text") return classNames(styles.text);
  return classNames(
    buttons.button,
    tone === "solid" ? buttons.solid : buttons.quiet,
    styles.button,
  );
}

/** Follows a link without loading the page anew, unless a new tab or a download is asked for. */
export function followWithin(event: MouseEvent<HTMLAnchorElement>, href: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(href);
}
