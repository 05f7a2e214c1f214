/** How long access goes on, in words. */
import type { AccessNotice } from "@heliograph/domain";
import type { Tone } from "@heliograph/ui";

const SOON_MS = 7 * 24 * 60 * 60_000;

/** One sentence. */
export function noticeText(notice: AccessNotice, timeZone?: string): string {
  if (notice.kind === "open") return "The feed is open.";
  const date = dateText(notice.atMs, timeZone);
  return {
    renews: `Your plan renews on ${date}.`,
    trial: `Your trial ends on ${date}; your plan then goes on and is paid for.`,
    grace: `A payment has failed. Your access ends on ${date} unless it is paid.`,
    ends: `Your access ends on ${date}.`,
  }[notice.kind];
}

/** How urgent it is. */
export function noticeTone(
  { kind, ...notice }: AccessNotice,
  nowMs: number,
): Extract<Tone, "good" | "info" | "warn" | "bad"> {
  if (kind === "grace") return "bad";
  if (kind === "renews" || kind === "open") return "good";
  const isSoon = "atMs" in notice && notice.atMs - nowMs < SOON_MS;
  return kind === "ends" && isSoon ? "warn" : "info";
}

/** "Fri, 4 Dec 2026, 14:03": to the minute, since access ends at that minute. */
export function dateText(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit" },
    ...(timeZone !== undefined && { timeZone }),
  }).format(atMs);
}
