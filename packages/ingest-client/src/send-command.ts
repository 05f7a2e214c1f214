/**
 * `heliograph-send`: puts what stands on standard input into the outbox, then sends what is there.
 *
 * [CLI1] What it was given is in the outbox, or it says so with another exit status than 75.
 * [CLI2] What waited from earlier times goes out first.
 * [CLI3] The exit status says what became of it: 0 stored, 1 rejected, 2 wrong usage, 75 kept, 77 refused.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { systemClock } from "./clock.ts";
import { type Delivery, IngestRefusedError } from "./delivery.ts";
import type { SourceEvent } from "./events.ts";
import { OutboxBusyError } from "./file-lock.ts";
import { type FileOutbox, openFileOutbox } from "./file-outbox.ts";
import { IngestClient } from "./ingest-client.ts";
import {
  type MessageArguments,
  readArguments,
  type SendInput,
  type SendSettings,
  USAGE,
  UsageError,
} from "./send-arguments.ts";

/** The process around the command. */
export interface SendDoors {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readInput: () => Promise<string>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly nowMs: () => number;
  /** An id nobody had before. */
  readonly makeId: () => string;
}

const EXIT = { stored: 0, rejected: 1, usage: 2, kept: 75, refused: 77 } as const;
const LOCK_RETRY_MS = 50;
const LOCK_WAIT_MS = 30_000; // another heliograph-send is at work, and ends by itself

/** Runs the command; resolves with its exit status. */
export async function runSend(doors: SendDoors): Promise<number> {
  try {
    const read = readArguments(doors.args, doors.env);
    if (read === null) {
      doors.out(USAGE);
      return EXIT.stored;
    }
    const events = await readEvents(read.input, doors);
    return await send(events, read.settings, doors);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    doors.err(`${error.message}\nheliograph-send --help says more.\n`);
    return EXIT.usage;
  }
}

async function readEvents(input: SendInput, doors: SendDoors): Promise<SourceEvent[]> {
  if (input.form === "events") return parseEvents(await doors.readInput());
  const { message } = input;
  if (message.type === "delete") return [eventOf(message, "", doors)];
  const content = (await doors.readInput()).trim();
  if (content === "") throw new UsageError("Standard input is empty: what is the message?");
  return [eventOf(message, content, doors)];
}

function eventOf(message: MessageArguments, content: string, doors: SendDoors): SourceEvent {
  const { type, channelId, messageId, ...post } = message;
  const head = { messageId: messageId ?? doors.makeId(), channelId, occurredAt: doors.nowMs() };
  return type === "delete" ? { type, ...head } : { type, ...head, content, ...post };
}

function parseEvents(text: string): SourceEvent[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.flatMap((line, index) => (line === "" ? [] : [parseEvent(line, index + 1)]));
}

/** That it is an event, the server judges. */
function parseEvent(line: string, number: number): SourceEvent {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as SourceEvent;
  } catch {
    // said below
  }
  throw new UsageError(`Line ${number} is no JSON object.`);
}

async function send(
  events: readonly SourceEvent[],
  settings: SendSettings,
  doors: SendDoors,
): Promise<number> {
  const outbox = await openOutbox(settings, doors);
  if (outbox === null) return EXIT.rejected;
  try {
    const results: Delivery["result"][] = [];
    const client = clientOf(outbox, settings, doors, (delivery) => {
      results.push(delivery.result);
      const { messageId } = delivery.event;
      doors.out(`${JSON.stringify({ messageId, ...delivery.result })}\n`);
    });
    await client.enqueue(events);
    await client.flush(AbortSignal.timeout(settings.waitMs));
    return results.some(({ status }) => status === "rejected") ? EXIT.rejected : EXIT.stored;
  } catch (error) {
    return readFailure(error, outbox.size, doors);
  } finally {
    await outbox.close();
  }
}

function clientOf(
  outbox: FileOutbox,
  { siteUrl, token }: SendSettings,
  doors: SendDoors,
  onDelivered: (delivery: Delivery) => void,
): IngestClient {
  try {
    const onRetry = ({ reason }: { reason: string }) => doors.err(`Not sent yet: ${reason}\n`);
    return new IngestClient({ siteUrl, token, outbox, onDelivered, onRetry });
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(`HELIOGRAPH_SOURCE_TOKEN: ${error.message}.`);
    throw error;
  }
}

function readFailure(error: unknown, waiting: number, { err }: SendDoors): number {
  if (error instanceof IngestRefusedError) {
    err(`${error.message}\n${waiting} kept in the outbox.\n`);
    return EXIT.refused;
  }
  const isTimeOver = error instanceof DOMException && error.name === "TimeoutError";
  if (!isTimeOver) throw error;
  err(`The server cannot be reached: ${waiting} kept in the outbox for the next time.\n`);
  return EXIT.kept;
}

/** Null when another process does not let go of it. */
async function openOutbox(
  { outboxPath }: SendSettings,
  { err }: SendDoors,
): Promise<FileOutbox | null> {
  await mkdir(dirname(outboxPath), { recursive: true, mode: 0o700 });
  for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
    try {
      return await openFileOutbox(outboxPath);
    } catch (error) {
      if (!(error instanceof OutboxBusyError)) throw error;
      if (waitedMs >= LOCK_WAIT_MS) {
        err(`${error.message}\nNothing was kept.\n`);
        return null;
      }
    }
    await systemClock.wait(LOCK_RETRY_MS, new AbortController().signal);
  }
}
