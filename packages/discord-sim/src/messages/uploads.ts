/** Uploaded files: what a request brings, and what becomes of it in the world. */
import type { AttachmentRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { imageSize } from "./image-size.ts";
import { type AttachmentForm, MAX_FILES } from "./message-form.ts";

/** `key` is what an `attachments` entry calls it: the n of `files[n]`. */
export type Upload = {
  key: string;
  filename: string;
  contentType: string;
  data: Uint8Array<ArrayBuffer>;
};

const MAX_FILE_BYTES = 10 * 1_024 * 1_024;

/** Throws the refusals for size and number; nothing is stored yet. */
export function checkUploads(uploads: readonly Upload[], alreadyThere: number): void {
  if (uploads.length + alreadyThere > MAX_FILES) throw refuse.tooManyFiles();
  if (uploads.some(({ data }) => data.byteLength > MAX_FILE_BYTES)) throw refuse.tooLarge();
}

/** Stores the bytes and describes them. */
export function storeUpload(
  world: World,
  upload: Upload,
  form: AttachmentForm | undefined,
): AttachmentRecord {
  const size = imageSize(upload.data);
  const id = world.snowflakes.next();
  world.files.set(id, upload.data);
  return {
    id,
    filename: safeFilename(form?.filename ?? upload.filename),
    contentType: upload.contentType,
    bytes: upload.data.byteLength,
    description: form?.description ?? null,
    widthPx: size?.widthPx ?? null,
    heightPx: size?.heightPx ?? null,
  };
}

/** The same bytes under ids of their own, so that the original may go. */
export function copyAttachments(
  world: World,
  attachments: readonly AttachmentRecord[],
): AttachmentRecord[] {
  return attachments.map((attachment) => {
    const id = world.snowflakes.next();
    const data = world.files.get(attachment.id);
    if (data !== undefined) world.files.set(id, data);
    return { ...attachment, id };
  });
}

/** Discord keeps letters, digits, dot, dash and underscore. */
function safeFilename(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "");
  return safe === "" ? "unknown" : safe;
}
