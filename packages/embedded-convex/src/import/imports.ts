/**
 * Imports: an uploaded file becomes documents, all of them in one transaction.
 *
 *   uploaded -> (waiting_for_confirmation) -> in_progress -> completed
 *        \____________________\____________________\______> failed: nothing was written
 *
 * [IMPORT7] An import is one transaction: nobody sees half of it, and a file with a
 *           mistake anywhere changes nothing.
 * [IMPORT8] Only what deletes documents has to be confirmed.
 * [IMPORT9] An import cut short by the end of the process has failed.
 */
import { setImmediate } from "node:timers/promises";
import type { Database, Transaction } from "../database/types.ts";
import { ConflictError } from "../errors.ts";
import type { Clock, Logger } from "../rooms.ts";
import { describePlan, type ImportPlan, isDestructive, planImport } from "./import-plan.ts";
import {
  completed,
  findImport,
  type ImportState,
  insertImport,
  isUnfinished,
  readImports,
  setImportState,
} from "./import-rows.ts";
import { writeImport } from "./import-writer.ts";
import {
  countDocuments,
  type ImportFormat,
  ImportMistake,
  type ImportMode,
  type ParsedImport,
} from "./parsed-import.ts";
import { readUpload } from "./read-upload.ts";

export interface ImportsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
  /** Directory of stored files' bytes. */
  readonly filesDir: string;
}

export interface ImportRequest {
  /** Of the uploaded file. */
  readonly path: string;
  readonly format: ImportFormat;
  readonly mode: ImportMode;
  /** Null for a zip. */
  readonly table: string | null;
  /** Path of the component that the file's data belongs to; "" is the app. */
  readonly component: string;
}

export interface Imports {
  /** Resolves with the import's id; `onEnd` once the file is not needed any more. */
  begin(request: ImportRequest, onEnd: () => Promise<void>): Promise<string>;
  /** Goes on with an import that waits for it; null when none does. */
  confirm(id: string): Promise<null>;
  close(): Promise<void>;
}

interface WaitingImport {
  readonly request: ImportRequest;
  readonly parsed: ParsedImport;
  readonly forget: () => void;
}

const CONFIRM_WITHIN_MS = 3_600_000;
const MAX_ATTEMPTS = 5; // each meets writes to the very tables that are replaced
const SLICE_MS = 4; // delivery waits at most this long, but for the commit itself

export async function openImports(options: ImportsOptions): Promise<Imports> {
  const imports = new LocalImports(options);
  await imports.recover();
  return imports;
}

class LocalImports implements Imports {
  readonly #options: ImportsOptions;
  readonly #waiting = new Map<string, WaitingImport>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  async recover(): Promise<void> {
    await this.#commit((tx) => {
      for (const { _id, state } of readImports(tx)) {
        if (isUnfinished(state)) setImportState(tx, _id, failed("The deployment was restarted."));
      }
    });
  }

  async begin(request: ImportRequest, onEnd: () => Promise<void>): Promise<string> {
    const { path: _, ...about } = request;
    const id = await this.#commit((tx) => insertImport(tx, about));
    this.#track(id, this.#read(id, request).finally(onEnd));
    return id;
  }

  async confirm(id: string): Promise<null> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    this.#waiting.delete(id);
    waiting.forget();
    await this.#started(id, waiting.parsed);
    this.#track(id, this.#perform(id, waiting.request, waiting.parsed));
    return null;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const { forget } of this.#waiting.values()) forget();
    await Promise.all(this.#running);
  }

  /** `work` rejects when the import has failed. */
  #track(id: string, work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#failed(id, error));
    this.#running.add(tracked);
    void tracked.finally(() => this.#running.delete(tracked));
  }

  async #read(id: string, request: ImportRequest): Promise<void> {
    const { filesDir, clock } = this.#options;
    const parsed = await readUpload({ ...request, filesDir }, this.#closing.signal);
    const plan = this.#plan(parsed, request);
    if (!isDestructive(plan)) {
      await this.#started(id, parsed);
      return await this.#perform(id, request, parsed);
    }
    const forget = clock.after(CONFIRM_WITHIN_MS, () => {
      this.#waiting.delete(id);
      void this.#failed(id, new ImportMistake("The import was not confirmed within an hour."));
    });
    this.#waiting.set(id, { request, parsed, forget });
    await this.#setState(id, {
      state: "waiting_for_confirmation",
      message_to_confirm: describePlan(plan),
      require_manual_confirmation: true,
    });
  }

  #plan(parsed: ParsedImport, { mode }: ImportRequest): ImportPlan {
    const { database } = this.#options;
    const tx = database.begin({ unlimited: true });
    try {
      return planImport(tx, database.catalog, parsed, mode);
    } finally {
      tx.close();
    }
  }

  async #started(id: string, parsed: ParsedImport): Promise<void> {
    const progress_message = `Importing ${countDocuments(parsed)} documents`;
    await this.#setState(id, { state: "in_progress", progress_message, checkpoint_messages: [] });
  }

  async #perform(id: string, request: ImportRequest, parsed: ParsedImport): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(id, request, parsed);
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        if (attempt === MAX_ATTEMPTS) {
          throw new ImportMistake("The tables of the import keep changing: try again later.");
        }
      }
    }
  }

  async #attempt(id: string, request: ImportRequest, parsed: ParsedImport): Promise<void> {
    const { database, clock, random } = this.#options;
    const tx = database.begin({ unlimited: true });
    try {
      const { catalog } = database;
      const { mode, format } = request;
      const plan = planImport(tx, catalog, parsed, mode);
      const work = { plan, parsed, format, catalog, nowMs: clock.nowMs(), random };
      const written = await this.#inSlices(writeImport(tx, work));
      setImportState(tx, id, completed(written));
      await database.commit(tx, { source: null }).durable;
    } finally {
      tx.close();
    }
  }

  async #inSlices<T>(steps: Generator<void, T>): Promise<T> {
    for (let until = performance.now() + SLICE_MS; ; ) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (performance.now() < until) continue;
      await setImmediate();
      this.#closing.signal.throwIfAborted();
      until = performance.now() + SLICE_MS;
    }
  }

  /** Never rejects. */
  async #failed(id: string, error: unknown): Promise<void> {
    if (this.#closing.signal.aborted) return; // the next start settles it
    const { logger } = this.#options;
    if (!(error instanceof ImportMistake))
      logger("error", "import.failed", { error: String(error) });
    const message = error instanceof Error ? error.message : String(error);
    await this.#setState(id, failed(message)).catch((again) =>
      logger("error", "import.state_lost", { error: String(again) }),
    );
  }

  async #setState(id: string, state: ImportState): Promise<void> {
    await this.#commit((tx) => {
      if (findImport(tx, id) !== null) setImportState(tx, id, state);
    });
  }

  async #commit<T>(change: (tx: Transaction) => T): Promise<T> {
    const { database } = this.#options;
    const tx = database.begin();
    try {
      const result = change(tx);
      await database.commit(tx, { source: null }).durable;
      return result;
    } finally {
      tx.close();
    }
  }
}

function failed(error_message: string): ImportState {
  return { state: "failed", error_message };
}
