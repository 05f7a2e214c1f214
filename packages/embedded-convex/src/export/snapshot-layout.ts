/** Names and fixed texts inside a snapshot's zip (contract cli 7); the importer reads them back. */

export const UNIFORM = `${JSON.stringify("uniform")}\n`;
export const README = `# Snapshot of a Convex deployment

\`<table>/documents.jsonl\` has one document per line. Integers (int64) are written without,
floats (float64) always with a fraction or an exponent: 1 and 1.0 are different values.
\`_tables/documents.jsonl\` has the number of every table, which ids depend on.
\`_storage\` is there when files were included: their rows, and their bytes named by id.
\`_components/<name>\` has the same of a component, and of those below it.

Import it again with \`npx convex import <this file>\`.
`;

export function documentsPath(component: string, table: string): string {
  return `${folderOf(component)}${table}/documents.jsonl`;
}

export function markerPath(component: string, table: string): string {
  return `${folderOf(component)}${table}/generated_schema.jsonl`;
}

/** The extension is for people; the importer goes by the id. */
export function filePath(component: string, id: string, contentType: string | null): string {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  const extension = EXTENSIONS[type];
  return `${folderOf(component)}_storage/${id}${extension === undefined ? "" : `.${extension}`}`;
}

/** Nested as components are; the app's own tables are at the top. */
function folderOf(component: string): string {
  if (component === "") return "";
  return `${component
    .split("/")
    .map((name) => `_components/${name}`)
    .join("/")}/`;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/gzip": "gz",
  "application/json": "json",
  "application/pdf": "pdf",
  "application/zip": "zip",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "image/avif": "avif",
  "image/gif": "gif",
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "image/webp": "webp",
  "text/css": "css",
  "text/csv": "csv",
  "text/html": "html",
  "text/javascript": "js",
  "text/markdown": "md",
  "text/plain": "txt",
  "video/mp4": "mp4",
  "video/webm": "webm",
};
