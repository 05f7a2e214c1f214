/**
 * Reads request bodies within bounds, whatever the client sends.
 *
 * [HTTP1] A body over the limit, sent or after decompression, is refused with 413.
 * [HTTP2] br, gzip and deflate are undone; other encodings are refused with 415, broken
 *         ones with 400.
 */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { HttpError } from "./exchange.ts";

/** What arguments of 16 MiB need with their frame. */
export const DEFAULT_BODY_LIMIT_BYTES = 16 * 1024 * 1024 + 2_000;

const DECODERS: Readonly<
  Record<string, (data: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
};

export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamBody(request, limitBytes)) chunks.push(chunk);
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const sent = Buffer.concat(chunks);
  return encoding === "identity" ? sent : await decode(sent, encoding, limitBytes);
}

/** As it arrives, without decoding. */
export async function* streamBody(
  request: IncomingMessage,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  let received = 0;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      received += chunk.length;
      if (received > limitBytes) throw tooLarge(limitBytes);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(408, "ClientDisconnect", "The request's body ended early");
  }
}

async function decode(sent: Buffer, encoding: string, limitBytes: number): Promise<Uint8Array> {
  const decoder = DECODERS[encoding];
  if (decoder === undefined) {
    throw new HttpError(
      415,
      "UnsupportedEncoding",
      `Content-Encoding ${encoding} is not supported`,
    );
  }
  try {
    return await decoder(sent, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge(limitBytes);
    throw new HttpError(400, "BadBody", `The body is not valid ${encoding}`);
  }
}

function tooLarge(limitBytes: number): HttpError {
  return new HttpError(413, "RequestTooLarge", `The body is larger than ${limitBytes} bytes`);
}
