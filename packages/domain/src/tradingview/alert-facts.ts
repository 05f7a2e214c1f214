/** What an alert says itself about its kind, its name and when it was sent. */
import type { SourceKind } from "../source-event.ts";
import type { Alert } from "./read-alert.ts";

const POSITION = /(?:^|\.)market_position$/;
const LONGEST_WAY_MS = 60_000; // TradingView gives up after 3 s; a proxy may hold on for longer

/**
 * `close` when the strategy is out of the market afterwards: that overtakes other posts. Undefined when
 * the alert says nothing, and the text of the post decides.
 */
export function alertKind({ fields }: Alert): SourceKind | undefined {
  for (const [name, value] of fields) {
    if (POSITION.test(name)) return value.toLowerCase() === "flat" ? "close" : undefined;
  }
  return undefined;
}

/** The name of the alert, by which a template is chosen; null when it has none. */
export function alertName({ fields }: Alert): string | null {
  return fields.get("alert_name") ?? fields.get("alert.name") ?? fields.get("name") ?? null;
}

/** When it was sent, in ms: what `{{timenow}}` says if that can be, else when it was received. */
export function alertSentAtMs({ fields }: Alert, receivedAtMs: number): number {
  const sentAtMs = Date.parse(fields.get("timenow") ?? "");
  const isPlausible = sentAtMs <= receivedAtMs && sentAtMs > receivedAtMs - LONGEST_WAY_MS;
  return isPlausible ? sentAtMs : receivedAtMs;
}
