/** Edits of a text that keep its lines: what was inserted where, and the way back. */

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
  readonly kind: Kind;
  /** The other end of the stretch that an opening or closing text belongs to. */
  readonly otherEnd: number;
}

/** The order of edits at one place: what ends there ends before anything new begins. */
const KINDS = ["closing", "single", "opening", "replacement"] as const;

type Kind = (typeof KINDS)[number];

/** Finds original positions. Lines count from 1, columns from 0. */
export interface Edits {
  originalColumn(line: number, column: number): number;
}

export class EditList implements Edits {
  readonly #text: string;
  readonly #edits: Edit[] = [];
  #byLine: Map<number, { column: number; growth: number }[]> | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** `text` must not contain a line break. Insertions at one place keep their order. */
  insert(at: number, text: string): void {
    this.#add({ at, remove: 0, insert: text, kind: "single", otherEnd: at });
  }

  /** Puts texts around a stretch. Stretches must nest; of two equal ones the first encloses the second. */
  wrap(
    { start, end }: { readonly start: number; readonly end: number },
    opening: string,
    closing: string,
  ): void {
    this.#add({ at: start, remove: 0, insert: opening, kind: "opening", otherEnd: end });
    this.#add({ at: end, remove: 0, insert: closing, kind: "closing", otherEnd: start });
  }

  replace(at: number, length: number, text: string): void {
    this.#add({ at, remove: length, insert: text, kind: "replacement", otherEnd: at });
  }

  apply(): string {
    const sorted = this.#sorted();
    let out = "";
    let position = 0;
    for (const edit of sorted) {
      out += this.#text.slice(position, edit.at) + edit.insert;
      position = edit.at + edit.remove;
    }
    return out + this.#text.slice(position);
  }

  originalColumn(line: number, column: number): number {
    let shift = 0;
    for (const edit of this.#lineEdits().get(line) ?? []) {
      const editedStart = edit.column + shift;
      if (column < editedStart) break;
      if (column < editedStart + edit.growth) return edit.column;
      shift += edit.growth;
    }
    return column - shift;
  }

  #add(edit: Edit): void {
    this.#edits.push(edit);
  }

  #sorted(): Edit[] {
    return this.#edits
      .map((edit, index) => ({ ...edit, index }))
      .sort(
        (a, b) =>
          a.at - b.at ||
          KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
          b.otherEnd - a.otherEnd || // opening: the longest first; closing: the shortest
          (a.kind === "closing" ? b.index - a.index : a.index - b.index),
      );
  }

  #lineEdits(): Map<number, { column: number; growth: number }[]> {
    if (this.#byLine !== null) return this.#byLine;
    const byLine = new Map<number, { column: number; growth: number }[]>();
    let line = 1;
    let lineStart = 0;
    let position = 0;
    for (const edit of this.#sorted()) {
      for (; position < edit.at; position++) {
        if (this.#text.charCodeAt(position) !== 10) continue;
        line++;
        lineStart = position + 1;
      }
      const edits = byLine.get(line) ?? [];
      edits.push({ column: edit.at - lineStart, growth: edit.insert.length - edit.remove });
      byLine.set(line, edits);
    }
    this.#byLine = byLine;
    return byLine;
  }
}
