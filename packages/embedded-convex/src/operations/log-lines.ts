/**
 * The log of the process: one line an event, for people (`text`) or machines (`json`).
 *
 *   {"time":"2026-01-02T03:04:05.678Z","level":"warn","event":"sync.client_ahead","sessionId":"..."}
 *   2026-01-02T03:04:05.678Z WARN sync.client_ahead sessionId=...
 *
 * [OPLOG1] Every line is one event: time, level, stable name, fields; nothing in a field
 *          breaks out of its line.
 * [OPLOG2] Events below the chosen level are not written.
 * [OPLOG3] No secret is written: see redaction.ts.
 */
import type { Logger, LogLevel } from "../rooms.ts";
import { redacted } from "./redaction.ts";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies LogLevel[];

export interface LogOptions {
  readonly format: LogFormat;
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}

export function createLogger({ format, level, nowMs, write }: LogOptions): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const lineOf = format === "json" ? jsonLine : textLine;
  return (each, event, fields = {}) => {
    if (LOG_LEVELS.indexOf(each) < lowest) return;
    const time = new Date(nowMs()).toISOString();
    write(lineOf({ time, level: each, event }, redacted(fields)));
  };
}

interface Head {
  readonly time: string;
  readonly level: LogLevel;
  readonly event: string;
}

/** The head comes last into the object, so that no field passes for it, and first in the line. */
function jsonLine(head: Head, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...head, ...fields, ...head })}\n`;
}

function textLine({ time, level, event }: Head, fields: Readonly<Record<string, unknown>>): string {
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${wordOf(value)}`);
  return `${time} ${level.toUpperCase()} ${event}${rest.join("")}\n`;
}

/** As it is when it is one plain word, else as JSON, which has no line breaks. */
function wordOf(value: unknown): string {
  return typeof value === "string" && /^[\w:/.@+-]+$/.test(value) ? value : JSON.stringify(value);
}
