/** Tells the feed which seqs are on the screen, a few times a second at most. */
import { type Feed, isFeed, type VisibleSeqs } from "@heliograph/domain";
import { type RefObject, useEffect, useRef } from "react";
import type { FeedController } from "./feed-controller.ts";

const REPORT_EVERY_MS = 250; // scrolling must not re-plan subscriptions on each frame

type Ranges = { [F in Feed]?: VisibleSeqs };

/** Watches the cards of the list; `rows` changes whenever cards come or go. */
export function useVisibleRanges(
  listRef: RefObject<HTMLDivElement | null>,
  rows: unknown,
  feed: Pick<FeedController, "showRanges">,
): void {
  const visible = useRef(new Set<Element>());
  const observer = useRef<IntersectionObserver | null>(null);
  useEffect(() => {
    const report = throttled(() => feed.showRanges(rangesOf(visible.current)));
    const watching = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.current.add(target);
        else visible.current.delete(target);
      }
      report.soon();
    });
    observer.current = watching;
    return () => {
      watching.disconnect();
      report.cancel();
      visible.current.clear();
    };
  }, [feed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: observing again what is observed does nothing
  useEffect(() => {
    for (const card of listRef.current?.querySelectorAll("[data-signal]") ?? []) {
      observer.current?.observe(card);
    }
  }, [rows, listRef]);
}

function rangesOf(cards: Iterable<Element>): Ranges {
  const ranges: Ranges = {};
  for (const card of cards) {
    if (!(card instanceof HTMLElement) || !card.isConnected) continue;
    const { feed = "", seq } = card.dataset;
    if (isFeed(feed)) ranges[feed] = widened(ranges[feed], Number(seq));
  }
  return ranges;
}

function widened(range: VisibleSeqs | undefined, seq: number): VisibleSeqs {
  return {
    lowestSeq: Math.min(range?.lowestSeq ?? seq, seq),
    highestSeq: Math.max(range?.highestSeq ?? seq, seq),
  };
}

function throttled(act: () => void): { soon: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, REPORT_EVERY_MS);
    },
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
