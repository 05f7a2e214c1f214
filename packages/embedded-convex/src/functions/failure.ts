/**
 * Error texts as clients see them (contract 6.1): `Uncaught Name: message`, then one
 * line per frame of the developer's own files, each line ended by a line break.
 */
import type { JSONValue } from "convex/values";
import type { DeveloperError } from "../errors.ts";
import type { FunctionFailure } from "../rooms.ts";
import type { Thrown } from "./realm/bridge.ts";
import { moduleOfFile } from "./script-files.ts";
import type { SourcePositions } from "./source-positions.ts";

/** Positions of a module's script; null for modules that are not known. */
export type PositionsOf = (path: string) => SourcePositions | null;

const MAX_MESSAGE_CHARS = 64 * 1024; // of the first line and what the message adds to it

/** What user code threw, as JSON of `Thrown`. */
export function failureOfThrown(json: string, positionsOf: PositionsOf): FunctionFailure {
  const thrown = JSON.parse(json) as Thrown;
  const head = headline(thrown).slice(0, MAX_MESSAGE_CHARS);
  const text = `${head}\n${frames(thrown.stack, positionsOf)}`;
  if (thrown.data === undefined) return { text };
  return { text, data: JSON.parse(thrown.data) as JSONValue };
}

/** A failure that did not come out of JavaScript: no `Uncaught`, no frames. */
export function failureOfMessage(message: string, data?: JSONValue): FunctionFailure {
  return data === undefined ? { text: `${message}\n` } : { text: `${message}\n`, data };
}

export function failureOfError(error: DeveloperError): FunctionFailure {
  return failureOfMessage(error.message, error.data);
}

/** The text as the message of an error that another function catches. */
export function messageOf(failure: FunctionFailure): string {
  return failure.text.replace(/\n$/, "");
}

function headline({ name, message }: Thrown): string {
  if (name === "") return `Uncaught ${message}`;
  return message === "" ? `Uncaught ${name}` : `Uncaught ${name}: ${message}`;
}

const FRAME = /^ {4}at (?:(.*) \()?(convex:\/[^()]*):(\d+):(\d+)\)?$/;
const ELEMENT_FRAME = /^ {4}at async Promise\.\w+ \(index \d+\)$/;

function frames(stack: string, positionsOf: PositionsOf): string {
  const mapped = stack.split("\n").flatMap((line) => mapFrame(line, positionsOf));
  // The wrapper's own frames help nobody; in the middle they stay, as upstream.
  const first = mapped.findIndex((frame) => !frame.internal);
  const last = mapped.findLastIndex((frame) => !frame.internal);
  if (first === -1) return "";
  return mapped
    .slice(first, last + 1)
    .map(({ text }) => `${text}\n`)
    .join("");
}

interface MappedFrame {
  readonly text: string;
  readonly internal: boolean;
}

function mapFrame(line: string, positionsOf: PositionsOf): MappedFrame[] {
  if (ELEMENT_FRAME.test(line)) return [{ text: line, internal: true }];
  const [, name, file = "", lineNumber, column] = FRAME.exec(line) ?? [];
  const path = moduleOfFile(file);
  if (path === null) return [];
  const position = positionsOf(path)?.find(Number(lineNumber), Number(column)) ?? null;
  if (position === null) return [];
  const place = `${position.source}:${position.line}:${position.column}`;
  const text =
    name === undefined
      ? `    at ${place}`
      : `    at ${name.replace(/^(async )?Object\./, "$1")} (${place})`;
  return [{ text, internal: INTERNAL.test(position.source) }];
}

const INTERNAL = /convex\/src\/server\/impl|embedded-convex\/src\/functions\/realm/;
