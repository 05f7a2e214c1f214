/** The words for silence, and the rules a person may choose. */
import { durationText, type Tone } from "@heliograph/ui";
import type { SilenceWatch } from "../backend.ts";

type Rule = SilenceWatch["rule"];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const EVERY_MS = [
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  24 * HOUR_MS,
  72 * HOUR_MS,
  168 * HOUR_MS,
];

/** What may be expected of a source or a route. */
export const RULE_OPTIONS: ReadonlyArray<{ value: string; text: string }> = [
  { value: "learned", text: "What is ordinary for it" },
  ...EVERY_MS.map((ms) => ({ value: String(ms), text: `Within ${durationText(ms)}` })),
  { value: "off", text: "Nothing: no alarm" },
];

export function readRule(value: string): Rule {
  if (value === "off" || value === "learned") return { kind: value };
  return { kind: "every", ms: Number(value) };
}

export function ruleText({ rule, boundMs, routeId }: SilenceWatch): string {
  if (rule.kind === "off") return "Nothing";
  if (rule.kind === "every") return `Within ${durationText(rule.ms)}`;
  if (routeId !== null) return "Each post within 5 min";
  return boundMs === null ? "Not known yet" : `Within ${durationText(boundMs)}, as learned`;
}

const STATES: Record<SilenceWatch["state"], { text: string; tone: Tone }> = {
  silent: { text: "Silent", tone: "bad" },
  heard: { text: "Heard", tone: "good" },
  learning: { text: "Learning", tone: "neutral" },
  off: { text: "Off", tone: "neutral" },
};

export function stateOf({ state }: SilenceWatch): { text: string; tone: Tone } {
  return STATES[state];
}

/** "The source calls", "calls to VIP". */
export function watchName({ routeId, name, sourceName }: SilenceWatch): string {
  return routeId === null ? name : `${sourceName} to ${name}`;
}
