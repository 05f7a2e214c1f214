/** What a commit changes in full-text and vector indexes. Pure. */
import type { SearchWrite } from "../rooms.ts";
import type { SearchedDocuments } from "../store/messages.ts";
import { fieldJson } from "../values/document-fields.ts";
import type { SearchIndexInfo, TableInfo } from "./catalog.ts";
import type { StoredDocument } from "./documents.ts";
import type { DocumentChange } from "./history.ts";

export class SearchedWrites {
  /** For conflicts and subscriptions: versions of every full-text index. */
  readonly writes: SearchWrite[] = [];
  readonly #byIndex = new Map<number, { spec: SearchIndexInfo; serials: number[] }>();

  /** `at` is the change's position among the commit's documents. */
  add(at: number, { before, after }: DocumentChange, table: TableInfo): void {
    const serial = (after ?? before)?.serial;
    if (serial === undefined) return;
    for (const spec of table.searches.values()) {
      if (spec.kind === "search") this.#addWrites(at, spec.id, [before, after], spec);
      if (before !== null && after !== null && isSameIn(spec, before, after)) continue;
      const entry = this.#byIndex.get(spec.id) ?? { spec, serials: [] };
      entry.serials.push(serial);
      this.#byIndex.set(spec.id, entry);
    }
  }

  /** For the store. */
  get rows(): readonly SearchedDocuments[] {
    return [...this.#byIndex.values()];
  }

  #addWrites(
    document: number,
    indexId: number,
    versions: readonly (StoredDocument | null)[],
    spec: SearchIndexInfo & { kind: "search" },
  ): void {
    for (const version of versions) {
      if (version !== null) this.writes.push({ indexId, text: version.textIn(spec), document });
    }
  }
}

/** Documents are often written without a change of what is searched; an import may change when they began. */
function isSameIn(spec: SearchIndexInfo, before: StoredDocument, after: StoredDocument): boolean {
  const searched = spec.kind === "search" ? spec.searchField : spec.vectorField;
  const [old, next] = [before.fields(), after.fields()];
  return [searched, "_creationTime", ...spec.filterFields].every(
    (path) => JSON.stringify(fieldJson(old, path)) === JSON.stringify(fieldJson(next, path)),
  );
}
