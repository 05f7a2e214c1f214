/** What a measurement says, what is promised about it, and how both are told. */
import { round } from "../percentiles.ts";
import type { MeasurementName } from "./options.ts";

/** A promise about one figure of a measurement. */
export interface Bound {
  /** The promise in words, with its number: "at least 3,000/s". */
  readonly promise: string;
  readonly holds: boolean;
}

export interface Measured {
  readonly name: MeasurementName;
  readonly value: number;
  readonly unit: string;
  /** The same without the engine, in the same unit; null where there is none. */
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly bounds: readonly Bound[];
  /** One figure or circumstance a line. */
  readonly details: readonly string[];
}

export interface Result {
  readonly name: MeasurementName;
  readonly value: number;
  readonly unit: string;
  readonly floor: number | null;
  readonly ratio: number | null;
}

export interface EngineReport {
  readonly results: readonly Result[];
}

/** A figure that is not a number keeps no promise. */
export function atMost(value: number, limit: number, unit: string): Bound {
  return { promise: `at most ${number(limit)} ${unit}`, holds: value <= limit };
}

export function under(value: number, limit: number, unit: string): Bound {
  return { promise: `under ${number(limit)} ${unit}`, holds: value < limit };
}

export function atLeast(value: number, limit: number, unit: string): Bound {
  return { promise: `at least ${number(limit)} ${unit}`, holds: value >= limit };
}

export function toReport(measured: readonly Measured[]): EngineReport {
  const results = measured.map(({ name, value, unit, floor, ratio }) => ({
    name,
    value: round(value),
    unit,
    floor: floor === null ? null : round(floor),
    ratio: ratio === null ? null : round(ratio),
  }));
  return { results };
}

/** Is every promise kept? */
export function isKept({ bounds }: Measured): boolean {
  return bounds.every(({ holds }) => holds);
}

/** A few lines for people. */
export function describe(measured: Measured): string {
  const { name, value, unit, floor, ratio, bounds, details } = measured;
  const beside = floor === null ? "" : `, floor ${number(floor)}`;
  const share = ratio === null ? "" : `, ratio ${number(ratio)}`;
  const lines = [`${name}: ${number(value)} ${unit}${beside}${share}`];
  for (const { promise, holds } of bounds)
    lines.push(`  ${holds ? "kept  " : "MISSED"} ${promise}`);
  for (const detail of details) lines.push(`         ${detail}`);
  return lines.join("\n");
}

/** Digits as in the issue that set the bounds: 3,000 and 0.35. */
export function number(value: number): string {
  return round(value).toLocaleString("en-US", { maximumFractionDigits: 2 });
}
