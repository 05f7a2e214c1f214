/** The surfaces that report what they saw, and how they stand to the target. */
import type { SurfaceSummary } from "../backend.ts";

/** What p95 is promised to stay under, in ms. */
export const TARGET_MS = 100;

const NAMES: Record<SurfaceSummary["surface"], string> = {
  web: "Website, painted",
  admin: "Console, painted",
  botReceived: "Bot, work received",
  botDispatched: "Bot, sent to Discord",
  botAcknowledged: "Discord, acknowledged",
};

/** A surface as a person calls it. */
export function surfaceName(surface: SurfaceSummary["surface"]): string {
  return NAMES[surface];
}

/** Green within the target, red over it, nothing without a number. Spread into a Stat or Badge. */
export function toneOf(ms: number | null): { tone?: "good" | "bad" } {
  if (ms === null) return {};
  return { tone: ms <= TARGET_MS ? "good" : "bad" };
}
