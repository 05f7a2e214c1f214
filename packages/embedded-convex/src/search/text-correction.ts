/** What a transaction sees otherwise than the store, as one full-text query needs it. Pure. */
import type { SearchPredicate, TextIndexSpec } from "../rooms.ts";
import { parseFields } from "../values/document-fields.ts";
import { normOf } from "./bm25.ts";
import type { Difference, DocumentText } from "./messages.ts";
import { passesFilters } from "./predicates.ts";
import { TextEntry } from "./text-entry.ts";

/** A document as the transaction sees it. */
export interface TextVersion {
  readonly id: string;
  readonly creationTime: number;
  readonly norm: number;
  /** How often the terms occur. */
  readonly terms: ReadonlyMap<string, number>;
  /** It satisfies the query's filters. */
  readonly passes: boolean;
}

export interface TextCorrection {
  /** Serials whose row in the store does not count. */
  readonly replaced: ReadonlySet<number>;
  readonly versions: readonly TextVersion[];
  /** Terms more (or fewer) than the store counts. */
  readonly tokens: number;
}

export function textCorrection(
  spec: TextIndexSpec,
  predicate: SearchPredicate,
  differences: readonly Difference[],
): TextCorrection {
  const replaced = new Set<number>();
  const versions: TextVersion[] = [];
  let tokens = 0;
  for (const { stored, seen } of differences) {
    if (stored !== null) {
      replaced.add(stored.serial);
      tokens -= new TextEntry(spec, parseFields(stored.json)).length;
    }
    if (seen === null) continue;
    const entry = new TextEntry(spec, parseFields(seen.json));
    tokens += entry.length;
    versions.push(versionOf(seen, entry, predicate));
  }
  return { replaced, versions, tokens };
}

function versionOf(
  { id, json }: DocumentText,
  entry: TextEntry,
  predicate: SearchPredicate,
): TextVersion {
  return {
    id,
    creationTime: Number(parseFields(json)._creationTime),
    norm: normOf(entry.length),
    terms: entry.terms,
    passes: passesFilters(entry, predicate),
  };
}
