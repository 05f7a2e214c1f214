/** From a position in a module's script to the developer's file. Maps are parsed on first use. */
import { SourceMapConsumer } from "source-map-js";
import type { Edits } from "./edits.ts";

interface SourcePosition {
  readonly source: string;
  readonly line: number;
  /** Counts from 1, as V8's. */
  readonly column: number;
}

export class SourcePositions {
  readonly #map: string;
  readonly #edits: Edits | null;
  #consumer: SourceMapConsumer | null = null;

  constructor(map: string, edits: Edits | null) {
    this.#map = map;
    this.#edits = edits;
  }

  /** `line` and `column` count from 1. Null where the map has nothing. */
  find(line: number, column: number): SourcePosition | null {
    const original = this.#edits?.originalColumn(line, column - 1) ?? column - 1;
    this.#consumer ??= new SourceMapConsumer(JSON.parse(this.#map));
    const found = this.#consumer.originalPositionFor({ line, column: original });
    if (found.source === null || found.line === null) return null;
    return { source: found.source, line: found.line, column: (found.column ?? 0) + 1 };
  }
}
