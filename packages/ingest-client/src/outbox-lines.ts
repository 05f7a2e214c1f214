/**
 * The lines of an outbox file, and the reading of one that was left by a process
 * that may have been killed while writing its last line.
 */
import { readFile } from "node:fs/promises";
import type { SourceEvent } from "./events.ts";
import { OutboxEntries } from "./outbox.ts";

/** One line: an event put in, or ids that are done with. */
export type Line =
  | { readonly id: number; readonly event: SourceEvent }
  | { readonly done: readonly number[] };

/** The outbox file holds something that no kill can leave behind. Move it away and look at it by hand. */
export class OutboxDamagedError extends Error {
  override readonly name = "OutboxDamagedError";

  constructor(path: string, line: number) {
    super(`${path} is damaged at line ${line}; move it away and send what it holds by hand`);
  }
}

/** What a file holds: living entries, their ids, and the bytes up to the last whole line. */
export interface ReadOutbox {
  readonly entries: OutboxEntries;
  readonly ids: Set<number>;
  readonly bytes: number;
}

/** The line as it stands in the file. */
export function textOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads an outbox file; one that is not there is empty. Throws OutboxDamagedError. */
export async function readOutbox(path: string): Promise<ReadOutbox> {
  const text = await readTextIfAny(path);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const living = new Map<number, SourceEvent>();
  for (const [index, lineText] of whole.split("\n").slice(0, -1).entries()) {
    const line = parseLine(lineText);
    if (line === null) throw new OutboxDamagedError(path, index + 1);
    if ("done" in line) for (const id of line.done) living.delete(id);
    else living.set(line.id, line.event);
  }
  const entries = new OutboxEntries();
  entries.offer([...living].map(([id, event]) => entries.restore({ id, event })));
  return { entries, ids: new Set(living.keys()), bytes: Buffer.byteLength(whole) };
}

async function readTextIfAny(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** The events in it are this program's own: they were typed when they were put in. */
function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Partial<Record<"id" | "event" | "done", unknown>> | null;
    if (Array.isArray(line?.done)) return { done: line.done };
    const isEntry = Number.isSafeInteger(line?.id) && typeof line?.event === "object";
    return isEntry ? (line as Line) : null;
  } catch {
    return null;
  }
}
