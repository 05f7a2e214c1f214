/**
 * Keeps what is being read in its place when signals are added above it. Browsers with scroll
 * anchoring do that themselves; this is for those without.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

type Anchor = { element: Element; top: number };

const hasScrollAnchoring = typeof CSS !== "undefined" && CSS.supports("overflow-anchor", "auto");

/** `rows` changes whenever cards come or go. */
export function useHeldScroll(listRef: RefObject<HTMLDivElement | null>, rows: unknown): void {
  const anchor = useRef<Anchor | null>(null);
  useEffect(() => {
    if (hasScrollAnchoring) return;
    const remember = () => {
      anchor.current = window.scrollY === 0 ? null : firstInView(listRef.current);
    };
    window.addEventListener("scroll", remember, { passive: true });
    return () => window.removeEventListener("scroll", remember);
  }, [listRef]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the rows have been laid out anew
  useLayoutEffect(() => {
    const held = anchor.current;
    if (hasScrollAnchoring || held === null || !held.element.isConnected) return;
    const movedBy = held.element.getBoundingClientRect().top - held.top;
    if (movedBy !== 0) window.scrollBy(0, movedBy);
  }, [rows]);
}

function firstInView(list: Element | null): Anchor | null {
  for (const element of list?.children ?? []) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom > 0) return { element, top };
  }
  return null;
}
