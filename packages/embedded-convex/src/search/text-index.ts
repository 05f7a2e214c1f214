/**
 * Answers full-text queries from an index's FTS5 table, on a read connection, corrected
 * by what the transaction that searches sees otherwise.
 *
 * [SEARCH4] Best first by BM25, a term that only begins like the last one counting half;
 *           among equals the newer, then the larger id. At most 64 terms and 1,024 hits.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SearchPredicate } from "../rooms.ts";
import { type Corpus, NORMS, TermWeight } from "./bm25.ts";
import type { SeenTable, TextHit, TextQuery } from "./messages.ts";
import { type TextCorrection, type TextVersion, textCorrection } from "./text-correction.ts";
import { filterTerm, serialOfRow, textOrderName, textTableName } from "./text-table.ts";
import { compareTerms } from "./tokens.ts";

const MAX_TERMS = 64; // filters are terms too
export const MAX_HITS = 1024;
const PREFIX_BOOST = 0.5;

/** One term of the query and where it occurs. */
interface Posting {
  readonly boost: number;
  readonly term: string;
  readonly rows: readonly { readonly doc: number; readonly times: number }[];
  readonly documents: number;
}

interface Scored {
  readonly score: number;
  /** The serial of a row of the store. */
  readonly from: number | TextVersion;
}

export class TextIndexReader {
  readonly #index: number;
  readonly #postings: StatementSync;
  readonly #termsFrom: StatementSync;
  readonly #matching: StatementSync;
  readonly #order: StatementSync;
  readonly #tokens: StatementSync;

  constructor(sqlite: DatabaseSync, index: number) {
    const table = textTableName(index);
    sqlite.exec(`
      CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_instances USING fts5vocab(main, ${table}, instance);
      CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_terms USING fts5vocab(main, ${table}, row);`);
    this.#index = index;
    this.#postings = sqlite.prepare(
      `SELECT doc, count(*) AS times FROM temp.${table}_instances WHERE term = ? GROUP BY doc`,
    );
    this.#termsFrom = sqlite.prepare(`SELECT term FROM temp.${table}_terms WHERE term >= ?`);
    this.#matching = sqlite.prepare(`SELECT rowid AS row FROM ${table} WHERE ${table} MATCH ?`);
    this.#tokens = sqlite.prepare("SELECT tokens FROM text_totals WHERE index_id = ?");
    this.#order = sqlite.prepare(
      `SELECT created, id FROM ${textOrderName(index)} WHERE serial = ?`,
    );
  }

  search({ spec, predicate }: TextQuery, { differences, documents }: SeenTable): TextHit[] {
    const correction = textCorrection(spec, predicate, differences);
    const postings = new QueryTerms(this, predicate, correction).postings();
    const tokens = Number(this.#tokens.get(this.#index)?.tokens ?? 0) + correction.tokens;
    const scored = this.#score(postings, predicate, correction, { documents, tokens });
    const best = nearTop(scored).map((one) => this.#hitOf(one));
    return best.sort(byRank).slice(0, MAX_HITS);
  }

  rowsOf(term: string): Posting["rows"] {
    return this.#postings.all(term) as unknown as Posting["rows"];
  }

  /** Every term that begins with the prefix, in byte order. */
  *termsWith(prefix: string): Generator<string> {
    for (const { term } of this.#termsFrom.iterate(prefix)) {
      if (!String(term).startsWith(prefix)) return;
      yield String(term);
    }
  }

  #score(
    postings: readonly Posting[],
    predicate: SearchPredicate,
    { replaced, versions }: TextCorrection,
    corpus: Corpus,
  ): Scored[] {
    const passing = this.#passing(predicate);
    const ofRows = new Map<number, number>();
    const ofVersions = new Map<TextVersion, number>();
    for (const { rows, term, documents, boost } of postings) {
      const weight = new TermWeight(corpus, documents, boost);
      for (const { doc, times } of rows) {
        if (passing !== null && !passing.has(doc)) continue;
        if (replaced.has(serialOfRow(doc))) continue;
        ofRows.set(doc, (ofRows.get(doc) ?? 0) + weight.score(times, doc % NORMS));
      }
      for (const version of versions) {
        const times = version.terms.get(term);
        if (times === undefined || !version.passes) continue;
        const score = weight.score(times, version.norm);
        ofVersions.set(version, (ofVersions.get(version) ?? 0) + score);
      }
    }
    return [
      ...Array.from(ofRows, ([row, score]) => ({ score, from: serialOfRow(row) })),
      ...Array.from(ofVersions, ([version, score]) => ({ score, from: version })),
    ];
  }

  /** Rows that satisfy the filters; null without filters. */
  #passing({ filters }: SearchPredicate): Set<number> | null {
    if (filters.length === 0) return null;
    const query = filters
      .map(({ position, key }) => `"${filterTerm(position, key)}"`)
      .join(" AND ");
    return new Set(this.#matching.all(query).map(({ row }) => Number(row)));
  }

  #hitOf({ score: exact, from }: Scored): TextHit {
    const score = Math.fround(exact);
    if (typeof from !== "number") return { id: from.id, creationTime: from.creationTime, score };
    const row = this.#order.get(from);
    if (row === undefined) throw new Error(`Index ${this.#index} has a document that is not there`);
    return { id: String(row.id), creationTime: Number(row.created), score };
  }
}

/** The terms of one query, with where they occur: the exact ones, then those that begin alike. */
class QueryTerms {
  readonly #index: TextIndexReader;
  readonly #predicate: SearchPredicate;
  readonly #versions: readonly TextVersion[];
  readonly #replaced: ReadonlySet<number>;

  constructor(index: TextIndexReader, predicate: SearchPredicate, correction: TextCorrection) {
    this.#index = index;
    this.#predicate = predicate;
    this.#versions = correction.versions;
    this.#replaced = correction.replaced;
  }

  postings(): Posting[] {
    const { terms, filters, prefix } = this.#predicate;
    const postings: Posting[] = [];
    const take = (term: string, boost: number) => {
      const posting = this.#postingOf(term, boost);
      if (posting.documents > 0) postings.push(posting);
    };
    for (const term of terms) take(term, 1);
    if (prefix === null) return postings;
    for (const term of this.#beginningWith(prefix)) {
      if (postings.length >= MAX_TERMS - filters.length) break;
      if (!terms.includes(term)) take(term, PREFIX_BOOST);
    }
    return postings;
  }

  #postingOf(term: string, boost: number): Posting {
    const rows = this.#index.rowsOf(term);
    const stored = rows.filter(({ doc }) => !this.#replaced.has(serialOfRow(doc))).length;
    const own = this.#versions.filter(({ terms }) => terms.has(term)).length;
    return { boost, term, rows, documents: stored + own };
  }

  /** Terms of the store and of the versions, in byte order. */
  *#beginningWith(prefix: string): Generator<string> {
    const all = this.#versions.flatMap(({ terms }) => [...terms.keys()]);
    const own = [...new Set(all)].filter((term) => term.startsWith(prefix)).sort(compareTerms);
    for (const term of this.#index.termsWith(prefix)) {
      for (; own[0] !== undefined && compareTerms(own[0], term) < 0; own.shift()) yield own[0];
      if (own[0] === term) own.shift();
      yield term;
    }
    yield* own;
  }
}

/** All that may be among the best, ties included: who wins those needs the documents. */
function nearTop(scored: readonly Scored[]): readonly Scored[] {
  if (scored.length <= MAX_HITS) return scored;
  const scores = Float32Array.from(scored, ({ score }) => score).sort();
  const least = scores[scores.length - MAX_HITS] ?? 0;
  return scored.filter(({ score }) => Math.fround(score) >= least);
}

function byRank(a: TextHit, b: TextHit): number {
  return (
    b.score - a.score ||
    b.creationTime - a.creationTime ||
    Number(a.id < b.id) - Number(a.id > b.id)
  );
}
