/**
 * An outbox in a file: what was appended is there after a kill or a power cut.
 *
 * The file is NDJSON, only ever appended to: `{"id":7,"event":{...}}` when an
 * event is put in, `{"done":[7]}` when the server answered for it. Each append is
 * synced; appends that come while one is syncing share the next sync. When most
 * of the file is done with, the rest is written to a new file that takes its place.
 *
 * [FILE1] What `append` resolved for is pending again after a kill at any moment.
 * [FILE2] What was settled does not come back after a clean close.
 * [FILE3] A line cut off by a kill is dropped; damage anywhere else is refused, naming the line.
 * [FILE4] The file does not grow for ever.
 * [FILE5] One process uses it at a time.
 * [FILE7] Nobody but its owner reads the file: what waits in it is not published yet.
 * [FILE6] After a failed write every later one fails too: nothing is kept that a reader could not find.
 */
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { SourceEvent } from "./events.ts";
import { type FileLock, lockFile } from "./file-lock.ts";
import type { Outbox, OutboxEntries } from "./outbox.ts";
import { type Line, type ReadOutbox, readOutbox, textOf } from "./outbox-lines.ts";

/** An outbox that is to be closed, which lets another process open it. */
export interface FileOutbox extends Outbox {
  close(): Promise<void>;
}

const OWNER_ONLY = 0o600;
const REWRITE_ABOVE_BYTES = 1024 * 1024; // below it a rewrite costs more than it saves

/** Opens the outbox, making the file if need be. Throws OutboxBusyError or OutboxDamagedError. */
export async function openFileOutbox(
  path: string,
  options: { rewriteAboveBytes?: number } = {},
): Promise<FileOutbox> {
  const lock = await lockFile(`${path}.lock`);
  try {
    const outbox = await readOutbox(path);
    const handle = await open(path, "a", OWNER_ONLY);
    await handle.chmod(OWNER_ONLY); // it may be there from before
    await handle.truncate(outbox.bytes);
    await syncDirectory(path);
    const rewriteAbove = options.rewriteAboveBytes ?? REWRITE_ABOVE_BYTES;
    return new SyncedFile({ path, handle, lock, outbox, rewriteAbove });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Opened {
  readonly path: string;
  readonly handle: FileHandle;
  readonly lock: FileLock;
  readonly outbox: ReadOutbox;
  readonly rewriteAbove: number;
}

class SyncedFile implements FileOutbox {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #entries: OutboxEntries;
  readonly #rewriteAbove: number;
  #handle: FileHandle;
  #bytes: number;
  #inFile: Set<number>;
  #queued: Line[] = [];
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(opened: Opened) {
    this.#path = opened.path;
    this.#handle = opened.handle;
    this.#lock = opened.lock;
    this.#entries = opened.outbox.entries;
    this.#inFile = opened.outbox.ids;
    this.#bytes = opened.outbox.bytes;
    this.#rewriteAbove = opened.rewriteAbove;
  }

  get size(): number {
    return this.#entries.size;
  }

  async append(events: readonly SourceEvent[]): Promise<number[]> {
    const added = this.#entries.add(events);
    await this.#write(added.map(({ id, event }) => ({ id, event })));
    this.#entries.offer(added);
    return added.map(({ id }) => id);
  }

  pending(most: number) {
    return this.#entries.pending(most);
  }

  async settle(ids: readonly number[]): Promise<void> {
    this.#entries.remove(ids);
    await this.#write([{ done: ids }]);
  }

  untilPending(signal: AbortSignal): Promise<void> {
    return this.#entries.untilPending(signal);
  }

  async close(): Promise<void> {
    const writing = this.#next ?? this.#running;
    await writing.catch(() => {}); // whoever wrote has the error
    await this.#handle.close();
    await this.#lock.release();
  }

  /** Resolves when the lines are synced. Everything queued while one write runs goes into the next. */
  #write(lines: readonly Line[]): Promise<void> {
    this.#queued.push(...lines);
    this.#next ??= this.#running.then(() => this.#drain());
    return this.#next;
  }

  async #drain(): Promise<void> {
    const lines = this.#queued;
    this.#queued = [];
    this.#running = this.#next ?? this.#running;
    this.#next = null;
    const text = lines.map(textOf).join("");
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
    this.#bytes += Buffer.byteLength(text);
    for (const line of lines) if ("id" in line) this.#inFile.add(line.id);
    const isMostlyDone = this.#bytes > 2 * this.#entries.bytes;
    if (this.#bytes > this.#rewriteAbove && isMostlyDone) await this.#rewrite();
  }

  /** Puts a file with only the living entries in this one's place; a kill leaves the old or the new one. */
  async #rewrite(): Promise<void> {
    const living = [...this.#inFile].flatMap((id) => this.#entries.get(id) ?? []);
    const text = living.map(({ id, event }) => textOf({ id, event })).join("");
    const fresh = await open(`${this.#path}.new`, "w", OWNER_ONLY);
    await fresh.chmod(OWNER_ONLY);
    await fresh.appendFile(text);
    await fresh.datasync();
    await rename(`${this.#path}.new`, this.#path);
    await syncDirectory(this.#path);
    await this.#handle.close();
    this.#handle = fresh;
    this.#bytes = Buffer.byteLength(text);
    this.#inFile = new Set(living.map(({ id }) => id));
  }
}

/** Makes the file's name as durable as its contents. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
