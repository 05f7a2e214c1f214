/** Gathers arrivals for a moment, so that a burst is read out once and not word over word. */
import { useEffect, useRef, useState } from "react";
import type { FeedSignal } from "../backend.ts";
import { announcement } from "./announcement.ts";

const GATHER_MS = 1500;

/** The text for a polite live region. */
export function useAnnouncement(arrivals: readonly FeedSignal[]): string {
  const [text, setText] = useState("");
  const spokenThrough = useRef<string | null>(null);
  useEffect(() => {
    const from = arrivals.findLastIndex(({ signalId }) => signalId === spokenThrough.current) + 1;
    const unspoken = arrivals.slice(from);
    if (unspoken.length === 0) return;
    const timer = setTimeout(() => {
      spokenThrough.current = unspoken.at(-1)?.signalId ?? null;
      setText(announcement(unspoken));
    }, GATHER_MS);
    return () => clearTimeout(timer);
  }, [arrivals]);
  return text;
}
