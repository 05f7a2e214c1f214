/**
 * One HTTP request and its answer, as the handlers of the engine see them: no
 * sockets, no node:http. `edge.ts` makes exchanges and writes answers.
 */
import type { JSONValue } from "convex/values";
import { parseShallowJson } from "../values/nesting.ts";

export interface HttpExchange {
  /** Upper case. */
  readonly method: string;
  /** Percent-encoded as received, without the query; leading double slashes are collapsed. */
  readonly path: string;
  /** The query as received, with its question mark, or "". */
  readonly search: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Name and value as received, repeats kept. */
  readonly headerPairs: readonly (readonly [string, string])[];
  readonly ip: string | null;
  /** Aborted when the client goes away before the answer is finished. */
  readonly signal: AbortSignal;
  /**
   * The whole body, br/gzip/deflate undone, at most `limitBytes` (default 16 MiB + 2000)
   * after decoding. Throws HttpError (413 or 400). Read once: body or stream.
   */
  body(limitBytes?: number): Promise<Uint8Array>;
  /** The raw body as it arrives; ends with HttpError 413 past `limitBytes`. */
  stream(limitBytes: number): AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array> | null;
}

/** Answers null when the path is not its own. */
export type HttpHandler = (exchange: HttpExchange) => Promise<HttpAnswer | null>;

/** Ends the request with `status` and the JSON error `{code, message}`. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** `value` as JSON text, when it is not already serialised. */
export function jsonAnswer(status: number, value: JSONValue): HttpAnswer {
  return rawJsonAnswer(status, JSON.stringify(value));
}

/** For JSON that is already text: results are spliced, never parsed again. */
export function rawJsonAnswer(status: number, json: string): HttpAnswer {
  return { status, headers: [["Content-Type", "application/json"]], body: json };
}

export function textAnswer(status: number, text: string): HttpAnswer {
  return { status, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: text };
}

export function emptyAnswer(status: number): HttpAnswer {
  return { status, headers: [], body: null };
}

export function errorAnswer(status: number, code: string, message: string): HttpAnswer {
  return jsonAnswer(status, { code, message });
}

/**
 * The body as JSON. Throws HttpError 400 BadJsonBody when the content type is not
 * JSON or the text does not parse.
 */
export async function readJson(exchange: HttpExchange, limitBytes?: number): Promise<JSONValue> {
  const contentType = (exchange.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (!/^application\/(.+\+)?json$/.test(contentType ?? "")) {
    throw new HttpError(
      400,
      "BadJsonBody",
      "Expected request with `Content-Type: application/json`",
    );
  }
  const text = new TextDecoder().decode(await exchange.body(limitBytes));
  try {
    return parseShallowJson(text);
  } catch (error) {
    throw new HttpError(400, "BadJsonBody", `Failed to parse the request body as JSON: ${error}`);
  }
}
