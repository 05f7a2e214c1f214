/**
 * When two alerts are the same one. TradingView sends neither an id nor says whether it
 * repeats itself, so the body has to tell.
 *
 * [TVI1] With the time of the bar in it, an alert is the same as another of the same source whose values
 *        agree but for prices, volumes, plots and the time of sending.
 * [TVI2] Without it, only the very same body is, and only within half a minute.
 */
import type { Alert } from "./read-alert.ts";

/** What makes an alert this one. */
export interface AlertIdentity {
  /** Equal for the same alert. */
  readonly text: string;
  /** Whether the bar's time is in it; else the same text later is another alert. */
  readonly isDated: boolean;
}

/** For how long an alert without a time is taken for a repetition. TradingView's own limit is one a minute and bar. */
export const REPEATED_WITHIN_MS = 30_000;

const BAR_TIME = /(?:^|\.)(?:bar_?)?time$/;
const MOVING = /(?:^|\.)(?:timenow|now|sent_?at|open|high|low|close|price|volume|plot(?:_?\d+)?)$/;

/** The identity of an alert. */
export function alertIdentity({ text, fields }: Alert): AlertIdentity {
  if (text !== null) return { text, isDated: false };
  const entries = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  const isDated = entries.some(([name]) => BAR_TIME.test(name));
  const standing = isDated ? entries.filter(([name]) => !MOVING.test(name)) : entries;
  return { text: JSON.stringify(standing), isDated };
}
