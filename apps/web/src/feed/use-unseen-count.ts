/** How many signals arrived since the reader was last at the top. */
import { useEffect, useState } from "react";
import type { FeedSignal } from "../backend.ts";

const AT_TOP_PX = 120; // the newest signal's head is still in view

/** 0 while the newest signals are in view and the page is visible. */
export function useUnseenCount(arrivals: readonly FeedSignal[]): number {
  const [lastSeen, setLastSeen] = useState<string | null>(null);
  const newest = arrivals.at(-1)?.signalId ?? null;
  useEffect(() => {
    const look = () => {
      if (window.scrollY <= AT_TOP_PX && document.visibilityState === "visible")
        setLastSeen(newest);
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    document.addEventListener("visibilitychange", look);
    return () => {
      window.removeEventListener("scroll", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [newest]);
  const seenIndex = arrivals.findLastIndex(({ signalId }) => signalId === lastSeen);
  return arrivals.length - 1 - seenIndex;
}
