/** Moving the reader to a signal, and between signals. */
import { signalDomId } from "./signal-view.ts";

const MARKED_MS = 1600; // long enough to find it with the eye

/** Brings a signal into view, focuses it and marks it for a moment. False if it is not drawn. */
export function jumpToSignal(place: { feed: string; seq: number }): boolean {
  const card = document.getElementById(signalDomId(place));
  if (card === null) return false;
  card.scrollIntoView({ block: "center", behavior: scrollBehavior() });
  card.focus({ preventScroll: true });
  card.setAttribute("data-jumped", "");
  setTimeout(() => card.removeAttribute("data-jumped"), MARKED_MS);
  return true;
}

/** Focuses the next signal below (1) or above (-1) the focused one, or the first in view. */
export function stepToSignal(list: HTMLElement, step: 1 | -1): void {
  const cards = [...list.querySelectorAll<HTMLElement>("[data-signal]")];
  const current = cards.findIndex((card) => card.contains(document.activeElement));
  const next = current === -1 ? cards.find(isInView) : cards[current + step];
  if (next === undefined) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: scrollBehavior() });
}

/** Brings the page to its top. */
export function jumpToTop(): void {
  window.scrollTo({ top: 0, behavior: scrollBehavior() });
}

function isInView(card: HTMLElement): boolean {
  return card.getBoundingClientRect().bottom > 80; // below the sticky header
}

function scrollBehavior(): ScrollBehavior {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
