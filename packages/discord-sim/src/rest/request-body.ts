/** Reads request bodies: JSON, or multipart with `payload_json` and `files[n]`. Throws refusals. */
import type { HonoRequest } from "hono";
import { type Fields, isFields } from "../messages/form-errors.ts";
import type { Upload } from "../messages/uploads.ts";
import { refuse } from "../wire/api-error.ts";

export type RequestBody = { fields: Fields; uploads: Upload[] };

export async function readBody(request: HonoRequest): Promise<RequestBody> {
  const contentType = request.header("content-type") ?? "";
  if (contentType.startsWith("multipart/form-data")) return readMultipart(request);
  return { fields: parseFields(await request.text()), uploads: [] };
}

/** A body that is a list at its top. */
export async function readJsonList(request: HonoRequest): Promise<unknown[]> {
  try {
    const value: unknown = JSON.parse(await request.text());
    if (Array.isArray(value)) return value;
  } catch {
    // falls through to the same refusal as JSON that is no list
  }
  throw refuse.badJson();
}

async function readMultipart(request: HonoRequest): Promise<RequestBody> {
  const form = await request.formData().catch(() => {
    throw refuse.badJson();
  });
  const texts: Record<string, string> = {};
  const uploads: Upload[] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") texts[name] = value;
    else uploads.push(await toUpload(name, value));
  }
  const { payload_json: payload, ...plain } = texts;
  return { fields: payload === undefined ? plain : parseFields(payload), uploads };
}

async function toUpload(name: string, file: File): Promise<Upload> {
  return {
    key: /^files\[(\d+)\]$/.exec(name)?.[1] ?? name,
    filename: file.name,
    contentType: file.type || "application/octet-stream",
    data: new Uint8Array(await file.arrayBuffer()),
  };
}

/** An empty body reads as no fields. */
function parseFields(text: string): Fields {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // falls through to the same refusal as JSON that is no object
  }
  throw refuse.badJson();
}
