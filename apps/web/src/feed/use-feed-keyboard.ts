/** j and k move between signals, n goes to the newest, ? shows what keys there are. */
import { jumpToTop, stepToSignal } from "@heliograph/ui";
import { type RefObject, useEffect, useRef } from "react";

export function useFeedKeyboard(
  listRef: RefObject<HTMLDivElement | null>,
  onHelp: () => void,
): void {
  const help = useRef(onHelp);
  useEffect(() => {
    help.current = onHelp;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusyElsewhere(event.target)) return;
      const list = listRef.current;
      if (event.key === "?") help.current();
      else if (event.key === "n") jumpToTop();
      else if (event.key === "j" && list !== null) stepToSignal(list, 1);
      else if (event.key === "k" && list !== null) stepToSignal(list, -1);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [listRef]);
}

/** Typing, or a dialog is open: the keys belong there. */
function isBusyElsewhere(target: EventTarget | null): boolean {
  const inField = target instanceof Element && target.closest("input, textarea, select") !== null;
  return inField || document.querySelector("[role=dialog]") !== null;
}
