/**
 * One folder on a disk that forgets: names come and go at once for the process, and for
 * good when the folder itself is synced. A file that was synced under a name that was not
 * is lost, as POSIX allows.
 */
import { between, type Random } from "../../random.ts";
import type { DiskFile } from "./disk-file.ts";

export type DiskEntry = DiskFile | DiskFolder;

/** `entry` null takes the name away. */
interface NameChange {
  readonly name: string;
  readonly entry: DiskEntry | null;
}

export class DiskFolder {
  readonly #synced = new Map<string, DiskEntry>();
  readonly #seen = new Map<string, DiskEntry>();
  #unsynced: NameChange[] = [];

  /** What the process sees. */
  get seen(): ReadonlyMap<string, DiskEntry> {
    return this.#seen;
  }

  put(name: string, entry: DiskEntry | null): void {
    this.#unsynced.push({ name, entry });
    change(this.#seen, { name, entry });
  }

  sync(): void {
    for (const each of this.#unsynced) change(this.#synced, each);
    this.#unsynced = [];
  }

  /** Names that are left after a power cut: file systems keep their order, so a prefix. */
  survivors(random: Random | null): ReadonlyMap<string, DiskEntry> {
    const kept = random === null ? 0 : between(random, 0, this.#unsynced.length);
    const left = new Map(this.#synced);
    for (const each of this.#unsynced.slice(0, kept)) change(left, each);
    return left;
  }
}

function change(names: Map<string, DiskEntry>, { name, entry }: NameChange): void {
  if (entry === null) names.delete(name);
  else names.set(name, entry);
}
