/** Edits of a text that keep its lines: what was inserted where, and the way back. */

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
  /** Of edits at one place, lower comes first. */
  readonly order: number;
}

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

  /** `text` must not contain a line break. Edits at one place keep their order. */
  insert(at: number, text: string, order = 0): void {
    this.#edits.push({ at, remove: 0, insert: text, order });
  }

  replace(at: number, length: number, text: string): void {
    this.#edits.push({ at, remove: length, insert: text, order: 0 });
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

  #sorted(): Edit[] {
    return this.#edits
      .map((edit, index) => ({ edit, index }))
      .sort((a, b) => a.edit.at - b.edit.at || a.edit.order - b.edit.order || a.index - b.index)
      .map(({ edit }) => edit);
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
