/**
 * One file on a disk that forgets: what was synced, what the process sees, and the
 * writes in between, of which a power cut keeps none, some or half of one.
 */
import { between, type Random } from "../../random.ts";
import { type Change, FileContent } from "./file-content.ts";

const SECTOR_BYTES = 512; // the least that a disk writes whole

export class DiskFile {
  #synced: FileContent;
  readonly #seen: FileContent;
  #unsynced: Change[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#synced = new FileContent(content);
    this.#seen = new FileContent(content);
  }

  /** What the process reads. */
  get seen(): Buffer {
    return this.#seen.bytes;
  }

  change(change: Change): void {
    this.#unsynced.push(change);
    this.#seen.apply(change);
  }

  sync(): void {
    for (const change of this.#unsynced) this.#synced.apply(change);
    this.#unsynced = [];
  }

  /**
   * After a sync that failed the kernel takes the pages for clean: what was unsynced may
   * have reached the disk or not, and no later sync will write it.
   */
  failSync(random: Random): void {
    this.#synced = new FileContent(this.survivor(random));
    this.#unsynced = [];
  }

  /** What is left after a power cut; without `random` nothing that was not synced. */
  survivor(random: Random | null): Buffer {
    if (random === null || this.#unsynced.length === 0) return this.#synced.bytes;
    const content = new FileContent(this.#synced.bytes);
    const keepsOrder = random() < 0.5;
    const pick = keepsOrder ? prefixOf : sectorsOf;
    for (const change of pick(this.#unsynced, random)) content.apply(change);
    return content.bytes;
  }
}

/** Up to a point, and of the change at that point a part. */
function prefixOf(changes: readonly Change[], random: Random): Change[] {
  const whole = changes.slice(0, between(random, 0, changes.length));
  const torn = changes[whole.length];
  return torn === undefined ? whole : [...whole, ...sectorsOf([torn], random)];
}

/** Any of them: nothing orders what the disk was not told to sync. */
function sectorsOf(changes: readonly Change[], random: Random): Change[] {
  return changes.flatMap(piecesOf).filter(() => random() < 0.5);
}

function piecesOf(change: Change): Change[] {
  if (change.kind === "truncate") return [change];
  const { offset, bytes } = change;
  const pieces: Change[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    pieces.push({ kind: "write", offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}
