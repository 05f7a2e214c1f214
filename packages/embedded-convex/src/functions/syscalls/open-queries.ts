/** The query streams of one execution, by the numbers user code knows them by. */
import type { DocumentCursor } from "../../database/types.ts";

export class OpenQueries {
  readonly #cursors = new Map<number, DocumentCursor>();
  #nextId = 0;

  open(cursor: DocumentCursor): number {
    const id = this.#nextId++;
    this.#cursors.set(id, cursor);
    return id;
  }

  find(id: number): DocumentCursor | null {
    return this.#cursors.get(id) ?? null;
  }

  /** False when it was closed already: no error. */
  close(id: number): boolean {
    this.#cursors.get(id)?.close();
    return this.#cursors.delete(id);
  }

  closeAll(): void {
    for (const cursor of this.#cursors.values()) cursor.close();
    this.#cursors.clear();
  }
}
