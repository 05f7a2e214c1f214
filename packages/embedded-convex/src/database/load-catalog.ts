/** Reads the catalog from the store when the database is opened. */
import type { StoreReader } from "../store/reader.ts";
import { END_OF_INDEX } from "../values/keys.ts";
import { type Catalog, indexNamed } from "./catalog.ts";
import { catalogChange } from "./catalog-rows.ts";
import { StoredDocument } from "./documents.ts";

/** `empty` knows the system tables. */
export function loadCatalog(reader: StoreReader, empty: Catalog): Catalog {
  let catalog = empty;
  for (const name of ["_tables", "_indexes", "_schemas"]) {
    const table = empty.table(name);
    if (table === null) throw new Error(`System table ${name} is not declared`);
    const index = indexNamed(table, "by_creation_time").id;
    const rows = reader.range(index, "", END_OF_INDEX, false, Number.MAX_SAFE_INTEGER);
    const changes = rows.map(({ document }) =>
      catalogChange(table, null, new StoredDocument(document)),
    );
    catalog = catalog.with(changes.filter((change) => change !== null));
  }
  return catalog;
}
