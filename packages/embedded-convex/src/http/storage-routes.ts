/**
 * Upload and download of stored files.
 *
 * [HTTP26] An upload answers with the document id; a digest that does not fit is
 *          refused with 400 Sha256Mismatch and nothing is stored.
 * [HTTP27] A download needs no credentials: its UUID is the secret.
 */

import { readRange } from "./byte-range.ts";
import {
  emptyAnswer,
  errorAnswer,
  type HttpAnswer,
  HttpError,
  type HttpExchange,
  type HttpHandler,
  jsonAnswer,
} from "./exchange.ts";
import { type FileStorage, isStorageUuid, type StoredFile } from "./file-storage.ts";
import type { UploadTokens } from "./upload-tokens.ts";

const ROOT = "/api/storage/";
const MAX_UPLOAD_BYTES = 1024 * 1024 * 1024;

export function createStorageRoutes(storage: FileStorage, tokens: UploadTokens): HttpHandler {
  return async (exchange) => {
    const { method, path } = exchange;
    if (!path.startsWith(ROOT)) return null;
    const name = path.slice(ROOT.length);
    if (name === "upload" && method === "POST") return await upload(exchange, storage, tokens);
    if (method === "GET" || method === "HEAD") return download(exchange, name, storage);
    return errorAnswer(405, "MethodNotAllowed", `${method} is not possible here`);
  };
}

async function upload(
  exchange: HttpExchange,
  storage: FileStorage,
  tokens: UploadTokens,
): Promise<HttpAnswer> {
  const component = tokens.check(exchange.query.get("token") ?? "");
  const contentType = exchange.headers["content-type"] ?? null;
  const sha256 = readDigest(exchange.headers.digest);
  const bytes = exchange.stream(MAX_UPLOAD_BYTES);
  const storageId = await storage.storeStream(component, bytes, { contentType, sha256 });
  return jsonAnswer(200, { storageId });
}

/** Base64; undefined without a header. */
function readDigest(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, base64 = ""] = /^sha-256=([A-Za-z0-9+/]{43}=)$/i.exec(header.trim()) ?? [];
  if (base64 !== "") return base64;
  throw new HttpError(400, "BadHeader", "The Digest header must be sha-256=<base64>");
}

function download(exchange: HttpExchange, storageId: string, storage: FileStorage): HttpAnswer {
  if (!isStorageUuid(storageId)) {
    return errorAnswer(400, "InvalidStoragePath", `Invalid storage path: ${storageId}`);
  }
  const component = storage.componentOf(exchange.query.get("component"));
  const file = component === null ? null : storage.find(component, storageId);
  if (file === null) return errorAnswer(404, "FileNotFound", `File ${storageId} not found`);
  const range = readRange(exchange.headers.range, file.size);
  switch (range.kind) {
    case "unsatisfiable":
      return emptyAnswer(416);
    case "whole":
      return {
        status: 200,
        headers: [...fileHeaders(file, file.size), ["Digest", `sha-256=${file.sha256}`]],
        body: storage.bytes.stream(storageId),
      };
    case "part":
      return {
        status: 206,
        headers: [
          ...fileHeaders(file, range.end - range.start + 1),
          ["Content-Range", `bytes ${range.start}-${range.end}/${file.size}`],
        ],
        body: storage.bytes.stream(storageId, range),
      };
    default:
      return range satisfies never;
  }
}

function fileHeaders(file: StoredFile, length: number): [string, string][] {
  const type: [string, string][] =
    file.contentType === null ? [] : [["Content-Type", file.contentType]];
  return [
    ...type,
    ["Content-Length", String(length)],
    ["Cache-Control", "private, max-age=2592000"],
    ["Accept-Ranges", "bytes"],
    ["X-Content-Type-Options", "nosniff"],
  ];
}
