/**
 * One day of the demo analyst: at least 60 posts with their replies, edits and
 * deletions, in several languages. All texts and trades are invented.
 */
import { AFTERNOON } from "./chapters/afternoon.ts";
import { EVENING } from "./chapters/evening.ts";
import { MIDDAY } from "./chapters/midday.ts";
import { MORNING } from "./chapters/morning.ts";
import type { DemoStep } from "./script.ts";

/** The whole day, in order. Played again from the top, every ref is a new post. */
export const DEMO_STEPS: readonly DemoStep[] = [...MORNING, ...MIDDAY, ...AFTERNOON, ...EVENING];
