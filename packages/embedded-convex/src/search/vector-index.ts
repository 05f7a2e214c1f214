/**
 * Answers vector queries by looking at every vector of the index: exact, and linear in
 * documents and dimensions.
 *
 * [VECTOR3] Best first by cosine; among equals the larger id. A vector with a NaN in it has
 *           no angle to the query and is near nothing.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { VectorHit } from "./messages.ts";
import type { VectorQuery } from "./vector-query.ts";
import { vectorTableName } from "./vector-table.ts";

interface Scored {
  readonly serial: number;
  readonly score: number;
}

export class VectorIndexReader {
  readonly #all: StatementSync;
  readonly #id: StatementSync;

  constructor(sqlite: DatabaseSync, index: number) {
    this.#all = sqlite.prepare(`SELECT serial, filters, vector FROM ${vectorTableName(index)}`);
    this.#id = sqlite.prepare("SELECT id FROM documents WHERE serial = ?");
  }

  search(query: VectorQuery): VectorHit[] {
    const best = new Best(query.limit);
    for (const { serial, filters, vector } of this.#all.iterate()) {
      if (!passes(String(filters), query)) continue;
      best.add({
        serial: Number(serial),
        score: dot(query.vector, floatsOf(vector as Uint8Array)),
      });
    }
    const hits = best.all().map(({ serial, score }) => ({
      _id: String(this.#id.get(serial)?.id),
      _score: score,
    }));
    return hits.sort(byScore).slice(0, query.limit);
  }
}

/** The vectors with the highest scores, and all that are as good as the last of them. */
class Best {
  readonly #limit: number;
  #kept: Scored[] = [];
  #least = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(one: Scored): void {
    if (Number.isNaN(one.score) || one.score < this.#least) return;
    this.#kept.push(one);
    if (this.#kept.length >= 2 * this.#limit + 64) this.#thin();
  }

  all(): readonly Scored[] {
    return this.#kept;
  }

  #thin(): void {
    this.#kept.sort((a, b) => b.score - a.score);
    this.#least = this.#kept[this.#limit - 1]?.score ?? this.#least;
    this.#kept = this.#kept.filter(({ score }) => score >= this.#least);
  }
}

function passes(filters: string, query: VectorQuery): boolean {
  if (query.filters.length === 0) return true;
  const keys = filters.split(" ");
  return query.filters.some(({ position, key }) => keys[position] === key);
}

/** SQLite's bytes need not lie where floats may. */
function floatsOf(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = aligned ? bytes : bytes.slice();
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return Math.fround(sum);
}

function byScore(a: VectorHit, b: VectorHit): number {
  return b._score - a._score || Number(a._id < b._id) - Number(a._id > b._id);
}
