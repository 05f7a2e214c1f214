/**
 * A disk that loses what was not synced: made of what lay on it when the process began
 * and of the events that disk.c wrote down.
 *
 *   begin --- write a --- sync --- write b --- power cut
 *                                     |
 *             a is there, b is not, or some sectors of b are
 */
import type { Random } from "../../random.ts";
import { DiskFile } from "./disk-file.ts";
import { type DiskEntry, DiskFolder } from "./disk-folder.ts";
import type { DiskEvent } from "./log.ts";

/** Contents by path below the root; folders have null and come before what is in them. */
export type Files = ReadonlyMap<string, Buffer | null>;

export class ForgetfulDisk {
  readonly #root = new DiskFolder();
  readonly #random: Random;
  readonly #open = new Map<number, DiskEntry>();

  /** `random` decides what a failed sync has written. */
  constructor(begin: Files, random: Random) {
    this.#random = random;
    for (const [path, content] of begin) {
      const [folder, name] = this.#place(path);
      folder.put(name, content === null ? new DiskFolder() : new DiskFile(content));
      folder.sync();
    }
  }

  happened(event: DiskEvent): void {
    switch (event.kind) {
      case "open":
        this.#opened(event.handle, event.path, event.truncates);
        break;
      case "write":
      case "truncate":
        this.#fileOf(event.handle).change(event);
        break;
      case "sync":
        this.#entryOf(event.handle).sync();
        break;
      case "failedSync":
        this.#fileOf(event.handle).failSync(this.#random);
        break;
      case "mkdir":
        this.#name(event.path, new DiskFolder());
        break;
      case "rmdir":
      case "unlink":
        this.#name(event.path, null);
        break;
      case "rename":
        this.#renamed(event.from, event.to);
        break;
      case "naming":
        break;
      default:
        event satisfies never;
    }
  }

  /** What the process saw last. */
  seen(): Files {
    return flatten(
      this.#root,
      (folder) => folder.seen,
      (file) => file.seen,
    );
  }

  /** What is there when the power is back; without `random` nothing that was not synced. */
  survivors(random: Random | null): Files {
    return flatten(
      this.#root,
      (folder) => folder.survivors(random),
      (file) => file.survivor(random),
    );
  }

  #opened(handle: number, path: string, truncates: boolean): void {
    let entry = path === "" ? this.#root : this.#find(path);
    if (entry === undefined) {
      entry = new DiskFile();
      this.#name(path, entry);
    } else if (truncates && entry instanceof DiskFile)
      entry.change({ kind: "truncate", length: 0 });
    this.#open.set(handle, entry);
  }

  #renamed(from: string, to: string): void {
    const entry = this.#find(from);
    if (entry === undefined) throw new Error(`${from} was renamed but never seen.`);
    this.#name(to, entry);
    this.#name(from, null);
  }

  #name(path: string, entry: DiskEntry | null): void {
    const [folder, name] = this.#place(path);
    folder.put(name, entry);
  }

  #find(path: string): DiskEntry | undefined {
    const [folder, name] = this.#place(path);
    return folder.seen.get(name);
  }

  #place(path: string): [DiskFolder, string] {
    const names = path.split("/");
    const name = names.pop() ?? "";
    let folder = this.#root;
    for (const each of names) {
      const next = folder.seen.get(each);
      if (!(next instanceof DiskFolder)) throw new Error(`${path} lies in no known folder.`);
      folder = next;
    }
    return [folder, name];
  }

  #entryOf(handle: number): DiskEntry {
    const entry = this.#open.get(handle);
    if (entry === undefined) throw new Error(`The handle ${handle} was never opened.`);
    return entry;
  }

  #fileOf(handle: number): DiskFile {
    const entry = this.#entryOf(handle);
    if (entry instanceof DiskFile) return entry;
    throw new Error(`The handle ${handle} is a folder's.`);
  }
}

function flatten(
  root: DiskFolder,
  namesOf: (folder: DiskFolder) => ReadonlyMap<string, DiskEntry>,
  contentOf: (file: DiskFile) => Buffer,
): Files {
  const files = new Map<string, Buffer | null>();
  const walk = (folder: DiskFolder, prefix: string) => {
    for (const [name, entry] of namesOf(folder)) {
      const path = `${prefix}${name}`;
      if (entry instanceof DiskFile) files.set(path, contentOf(entry));
      else {
        files.set(path, null);
        walk(entry, `${path}/`);
      }
    }
  };
  walk(root, "");
  return files;
}
