/**
 * Stored files: a `_storage` row that users see, a hidden row with the UUID of URLs,
 * and the bytes. Every component has its own `_storage`; the hidden rows and the bytes
 * lie together.
 *
 * [COMP9] A file belongs to the component that stored it: no other can name it.
 * [HTTP22] The row commits after the bytes are on disk: a row never points at nothing.
 * [HTTP23] Both the document id and the UUID name a file.
 * [HTTP24] Bytes whose row is gone are removed by a sweep, a day after they were written,
 *          so that a running upload or an old snapshot never loses its file.
 */
import type { Database, SystemDocument, Transaction } from "../database/types.ts";
import { ConflictError, DeveloperError } from "../errors.ts";
import type { FileAbout, FileStorageDoor } from "../functions/options.ts";
import type { Clock, Logger } from "../rooms.ts";
import type { FileHold } from "../store/file-hold.ts";
import { tableNumberOfId } from "../values/ids.ts";
import type { FileBytes, WrittenFile } from "./file-bytes.ts";
import type { UploadTokens } from "./upload-tokens.ts";

const STORAGE_TABLE_NUMBER = 540;
const MAX_ATTEMPTS = 5;
const SWEEP_EVERY_MS = 6 * 3_600_000;
const KEEP_ORPHANS_MS = 24 * 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface StoredFile {
  readonly documentId: string;
  /** The UUID used in URLs. */
  readonly storageId: string;
  /** Base64. */
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string | null;
}

export interface FileStorage extends FileStorageDoor {
  /** As of the newest durable commit; null when unknown in that component. */
  find(component: string, storageId: string): StoredFile | null;
  /** Path of the component that URLs name so; null when there is none. */
  componentOf(id: string | null): string | null;
  /** Streams to disk, then commits the row. Throws DeveloperError Sha256Mismatch. */
  storeStream(
    component: string,
    bytes: AsyncIterable<Uint8Array>,
    about: FileAbout,
  ): Promise<string>;
  readonly bytes: FileBytes;
  /** Removes bytes nobody needs, now and from time to time. */
  startSweeping(): void;
  close(): void;
}

export interface FileStorageOptions {
  readonly database: Database;
  readonly bytes: FileBytes;
  readonly tokens: UploadTokens;
  readonly cloudUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keeps others from copying files during a sweep; null while somebody does. */
  readonly holdFiles: () => FileHold | null;
}

export function isStorageUuid(text: string): boolean {
  return UUID.test(text);
}

export function createFileStorage(options: FileStorageOptions): FileStorage {
  const { database, bytes, tokens, cloudUrl, clock } = options;

  const storeStream: FileStorage["storeStream"] = async (component, source, about) => {
    const { contentType, sha256 } = about;
    const written = await bytes.write(source);
    if (sha256 !== undefined && sha256 !== written.sha256) {
      await bytes.remove(written.storageId);
      const text = `Sha256 mismatch. Expected: ${sha256} Actual: ${written.sha256}`;
      throw new DeveloperError(text, "Sha256Mismatch");
    }
    return await insertRows(database, component, written, contentType);
  };
  const reading = <T>(look: (tx: Transaction) => T): T => {
    const tx = database.begin({ durable: true });
    try {
      return look(tx);
    } finally {
      tx.close();
    }
  };
  const find = (component: string, storageId: string) =>
    reading((tx) => findFile(tx.within(component), storageId));
  let stopSweeping = () => {};

  return {
    bytes,
    find,
    componentOf: (id) =>
      id === null ? "" : reading((tx) => pathOf(tx.system.get("_components", id))),
    storeStream,
    generateUploadUrl: (component) =>
      `${cloudUrl}/api/storage/upload?token=${tokens.issue(component)}`,
    getUrl: (tx, storageId) => {
      const file = findFile(tx, storageId);
      if (file === null) return null;
      return `${cloudUrl}/api/storage/${file.storageId}${componentQuery(tx)}`;
    },
    getMetadata: (tx, storageId) => {
      const file = findFile(tx, storageId);
      if (file === null) return null;
      const { size, contentType } = file;
      const sha256 = Buffer.from(file.sha256, "base64").toString("hex");
      return { storageId: file.storageId, sha256, size, contentType };
    },
    delete: (tx, storageId) => {
      const file = findFile(tx, storageId);
      if (file === null) throw new DeveloperError(`storage id ${storageId} not found`);
      removeRows(tx, file);
    },
    store: (component, content, about) => storeStream(component, once(content), about),
    read: async (component, storageId) => {
      const file = find(component, storageId);
      if (file === null) return null;
      return { bytes: await bytes.read(file.storageId), contentType: file.contentType };
    },
    startSweeping: () => {
      const sweep = () => {
        void removeOrphans(options);
        stopSweeping = clock.after(SWEEP_EVERY_MS, sweep);
      };
      sweep();
    },
    close: () => stopSweeping(),
  };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** How URLs name the component of `tx`: a file's UUID alone names one of the app's. */
function componentQuery(tx: Transaction): string {
  if (tx.component === "") return "";
  const [row] = tx.system.query("_components", "by_path", [tx.component]);
  return row === undefined ? "" : `?component=${row._id}`;
}

function pathOf(component: SystemDocument | null): string | null {
  return typeof component?.path === "string" ? component.path : null;
}

function findFile(tx: Transaction, storageId: string): StoredFile | null {
  const links = UUID.test(storageId)
    ? tx.system.query("_storage_internal", "by_storage_id", [storageId])
    : tx.system.query("_storage_internal", "by_file", [storageId]);
  const link = links.find(({ component = "" }) => component === tx.component);
  const isFile =
    link !== undefined && tableNumberOfId(String(link.fileId)) === STORAGE_TABLE_NUMBER;
  const row = isFile ? tx.system.get("_storage", String(link.fileId)) : null;
  return link === undefined || row === null ? null : storedFile(row, String(link.storageId));
}

function storedFile(row: SystemDocument, storageId: string): StoredFile {
  return {
    documentId: row._id,
    storageId,
    sha256: String(row.sha256),
    size: Number(row.size),
    contentType: typeof row.contentType === "string" ? row.contentType : null,
  };
}

function removeRows(tx: Transaction, file: StoredFile): void {
  for (const link of tx.system.query("_storage_internal", "by_file", [file.documentId])) {
    if ((link.component ?? "") === tx.component) tx.system.remove("_storage_internal", link._id);
  }
  tx.system.remove("_storage", file.documentId);
}

async function insertRows(
  database: Database,
  component: string,
  { storageId, size, sha256 }: WrittenFile,
  contentType: string | null,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const tx = database.begin().within(component);
    try {
      const fileId = tx.system.insert("_storage", {
        sha256,
        size,
        contentType: contentType ?? undefined,
      });
      const place = component === "" ? {} : { component };
      tx.system.insert("_storage_internal", { fileId, storageId, ...place });
      const { durable } = database.commit(tx, { source: null });
      await durable;
      return fileId;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === MAX_ATTEMPTS) throw error;
    } finally {
      tx.close();
    }
  }
}

/** Never rejects. While somebody copies files it leaves them for the next time. */
async function removeOrphans(options: FileStorageOptions): Promise<void> {
  const { database, bytes, clock, logger } = options;
  let hold: FileHold | null = null;
  try {
    hold = options.holdFiles();
    if (hold === null) return;
    for (const { name, writtenAtMs } of await bytes.list()) {
      if (clock.nowMs() - writtenAtMs < KEEP_ORPHANS_MS) continue;
      if (!hasRow(database, name)) await bytes.remove(name);
    }
  } catch (error) {
    logger("warn", "storage.sweep_failed", { error: String(error) });
  } finally {
    hold?.release();
  }
}

/** As of the newest durable commit. */
function hasRow(database: Database, storageId: string): boolean {
  const tx = database.begin({ durable: true });
  try {
    return tx.system.query("_storage_internal", "by_storage_id", [storageId]).length > 0;
  } finally {
    tx.close();
  }
}
