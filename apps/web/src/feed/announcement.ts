/** What is read out when signals arrive. */
import { kindWord, signalExcerpt } from "@heliograph/ui";
import type { FeedSignal } from "../backend.ts";

/** One signal: who, what, the beginning. Several: how many and from whom. None: "". */
export function announcement(arrivals: readonly FeedSignal[]): string {
  const newest = arrivals.at(-1);
  if (newest === undefined) return "";
  if (arrivals.length === 1) {
    return `New ${kindWord(newest.kind).toLowerCase()} from ${newest.source.name}. ${signalExcerpt(newest)}`;
  }
  const sources = [...new Set(arrivals.map(({ source }) => source.name))];
  return `${arrivals.length} new signals, from ${sources.join(", ")}.`;
}
