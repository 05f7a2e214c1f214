/** The bytes of a file that is written to many thousand times: it grows by doubling. */
export type Change =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly length: number };

const LEAST_ROOM = 4096;

export class FileContent {
  #room: Buffer;
  #length: number;

  /** Copies what it is given. */
  constructor(content: Buffer) {
    this.#room = Buffer.alloc(Math.max(LEAST_ROOM, content.length * 2));
    this.#length = content.copy(this.#room);
  }

  /** Valid until the next change. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  apply(change: Change): void {
    if (change.kind === "truncate") this.#resize(change.length);
    else {
      this.#resize(Math.max(this.#length, change.offset + change.bytes.length));
      change.bytes.copy(this.#room, change.offset);
    }
  }

  #resize(length: number): void {
    if (length > this.#room.length) {
      const roomier = Buffer.alloc(length * 2);
      this.bytes.copy(roomier);
      this.#room = roomier;
    }
    // What lies beyond the end reads as zeros when the file grows again.
    if (length < this.#length) this.#room.fill(0, length, this.#length);
    this.#length = length;
  }
}
