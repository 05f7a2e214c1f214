/** The active schema at write time: a document that does not match is never written. */
import { DeveloperError } from "../errors.ts";
import type { DocumentFields } from "../values/document-fields.ts";
import type { CatalogView, TableInfo } from "./catalog.ts";
import { parseSchema } from "./schema.ts";
import { type CheckContext, checkDocumentValue } from "./validators.ts";

export function enforceSchema(
  catalog: CatalogView,
  table: TableInfo,
  fields: DocumentFields,
  context: CheckContext,
): void {
  const validator = parseSchema(catalog.schema).tables.get(table.name)?.validator;
  if (validator === undefined || validator === null) return;
  const detail = checkDocumentValue(validator, fields, context);
  if (detail === null) return;
  throw new DeveloperError(
    `Failed to insert or update a document in table "${table.name}" because it does not match the schema: ${detail}`,
    "SchemaEnforcementError",
  );
}
