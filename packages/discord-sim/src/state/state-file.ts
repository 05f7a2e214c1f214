/**
 * Keeps the world in a JSON file between starts, and uploads in a folder beside
 * it (`FILE.files/<attachment id>`), so that the JSON stays small.
 *
 * Owns when to write: soon after a change, never more than a hundredth of the
 * time, and at the end. The JSON is replaced by rename, so a reader sees either
 * the old or the new one; uploads are written before the JSON that names them.
 *
 * [DST1] What was there when the simulator closed is there when it starts again.
 * [DST2] A broken file is refused by name; nothing is overwritten.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseSnapshot, restoreSnapshot, takeSnapshot } from "./snapshot.ts";
import type { World } from "./world.ts";

const SAVE_DELAY_MS = 500;
const SHARE_OF_TIME = 100; // a world of 10,000 messages takes 50 ms to write; then 5 s pass until the next time

export class StateFile {
  readonly #world: World;
  readonly #path: string;
  readonly #folder: string;
  readonly #written = new Set<string>();
  #stopListening: () => void = () => undefined;
  #cancelSave: (() => void) | null = null;
  #saving: Promise<void> = Promise.resolve();
  #lastSaveMs = 0;
  #failure: Error | undefined;

  constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
    this.#folder = `${path}.files`;
  }

  /** Reads the file if there is one. Call once, on an empty world. */
  async load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await mkdir(dirname(this.#path), { recursive: true });
    const text = await readIfThere(this.#path);
    if (text !== undefined) this.#restore(text);
    for (const id of await readdir(this.#folder)) {
      this.#world.files.set(id, new Uint8Array(await readFile(join(this.#folder, id))));
      this.#written.add(id);
    }
  }

  /** From now on changes are saved by themselves. */
  watch(): void {
    this.#stopListening = this.#world.events.listen(({ type }) => {
      if (type !== "typingStarted") this.#saveSoon();
    });
    this.#saveSoon();
  }

  /** Resolves when the saves begun so far are on disk. */
  whenSaved(): Promise<void> {
    return this.#saving;
  }

  /** Saves what is left to save. Throws when any save has failed. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#cancelSave?.();
    this.#save();
    await this.#saving;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #restore(text: string): void {
    try {
      restoreSnapshot(this.#world, parseSnapshot(text));
    } catch (error) {
      throw new Error(`cannot read the state in ${this.#path}; move it away to start afresh`, {
        cause: error,
      });
    }
  }

  #saveSoon(): void {
    if (this.#cancelSave !== null) return;
    const delayMs = Math.max(SAVE_DELAY_MS, this.#lastSaveMs * SHARE_OF_TIME);
    this.#cancelSave = this.#world.clock.after(delayMs, () => this.#save());
  }

  /** One save after the other; a failure is kept for close to tell. */
  #save(): void {
    this.#cancelSave = null;
    this.#saving = this.#saving
      .then(() => this.#write())
      .catch((error: unknown) => {
        this.#failure ??= new Error(`cannot write the state to ${this.#path}`, { cause: error });
      });
  }

  async #write(): Promise<void> {
    const startMs = performance.now();
    const text = JSON.stringify(takeSnapshot(this.#world));
    const files = [...this.#world.files];
    for (const [id, data] of files) if (!this.#written.has(id)) await this.#writeUpload(id, data);
    const draft = `${this.#path}.draft`;
    await writeFile(draft, text, { mode: 0o600 }); // it holds bot tokens
    await rename(draft, this.#path);
    const kept = new Set(files.map(([id]) => id));
    for (const id of this.#written) if (!kept.has(id)) await this.#removeUpload(id);
    this.#lastSaveMs = performance.now() - startMs;
  }

  async #writeUpload(id: string, data: Uint8Array): Promise<void> {
    await writeFile(join(this.#folder, id), data);
    this.#written.add(id);
  }

  async #removeUpload(id: string): Promise<void> {
    await rm(join(this.#folder, id), { force: true });
    this.#written.delete(id);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
