/**
 * Between node:http and the handlers: makes exchanges, writes answers, and survives
 * whatever clients send or leave out.
 *
 * [HTTP5] Malformed requests are answered with 400 and never stop the process.
 * [HTTP6] A client that goes away aborts the exchange's signal and ends the answer's stream.
 * [HTTP7] Leading double slashes of the path count as one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock, Logger } from "../rooms.ts";
import {
  errorAnswer,
  type HttpAnswer,
  HttpError,
  type HttpExchange,
  type HttpHandler,
} from "./exchange.ts";
import { answerFailure } from "./failures.ts";
import { DEFAULT_BODY_LIMIT_BYTES, readBody, streamBody } from "./request-body.ts";

const REQUEST_TIMEOUT_MS = 300_000;
const HEADERS_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 65_000; // longer than usual proxies, so that they close first

export interface EdgeOptions {
  /** Null becomes 404. */
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A server that is not listening yet. */
export function createEdge(options: EdgeOptions): Server {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      response.on("close", () => {
        if (!server.listening) server.closeIdleConnections(); // this one became idle while closing
      });
      void serve(request, response, options);
    },
  );
  server.on("clientError", (_error, socket) => {
    if (socket.writable) {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    } else {
      socket.destroy();
    }
  });
  return server;
}

/** Never rejects. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: EdgeOptions,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  response.on("error", () => gone.abort());
  request.on("error", () => gone.abort());
  // A body that is not as long as user code declared would be read as the next answer's.
  response.strictContentLength = true;
  try {
    const answer = await answerInTime(request, gone.signal, options);
    await writeAnswer(request, response, answer, gone.signal);
  } catch (error) {
    options.logger("warn", "http.answer_failed", { error: String(error) });
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { Connection: "close" }).end();
  }
}

async function answerInTime(
  request: IncomingMessage,
  signal: AbortSignal,
  { handler, clock, logger }: EdgeOptions,
): Promise<HttpAnswer> {
  const late = Promise.withResolvers<HttpAnswer>();
  const stop = clock.after(REQUEST_TIMEOUT_MS, () =>
    late.resolve(errorAnswer(408, "RequestTimeout", "The request took longer than 300 s")),
  );
  try {
    return await Promise.race([handle(request, signal, handler, logger), late.promise]);
  } finally {
    stop();
  }
}

async function handle(
  request: IncomingMessage,
  signal: AbortSignal,
  handler: HttpHandler,
  logger: Logger,
): Promise<HttpAnswer> {
  try {
    const answer = await handler(exchangeOf(request, signal));
    return answer ?? errorAnswer(404, "NotFound", "There is nothing at this address");
  } catch (error) {
    return answerFailure(error, logger);
  }
}

function exchangeOf(request: IncomingMessage, signal: AbortSignal): HttpExchange {
  const headerPairs = pairs(request.rawHeaders);
  const { path, search } = splitTarget(request.url ?? "/");
  return {
    method: (request.method ?? "GET").toUpperCase(),
    path,
    search,
    query: new URLSearchParams(search),
    headers: joined(headerPairs),
    headerPairs,
    ip: request.socket.remoteAddress ?? null,
    signal,
    body: (limitBytes = DEFAULT_BODY_LIMIT_BYTES) => readBody(request, limitBytes),
    stream: (limitBytes) => streamBody(request, limitBytes),
  };
}

function splitTarget(target: string): { path: string; search: string } {
  const relative = /^https?:\/\//i.test(target)
    ? target.replace(/^https?:\/\/[^/?#]*/i, "")
    : target;
  const mark = relative.indexOf("?");
  const path = mark === -1 ? relative : relative.slice(0, mark);
  const search = mark === -1 ? "" : relative.slice(mark);
  if (path.includes("#") || /[^\x21-\x7e]/.test(path)) {
    throw new HttpError(400, "BadPath", "The path is not valid");
  }
  return { path: path.replace(/^\/*/, "/"), search };
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    found.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
  }
  return found;
}

function joined(headerPairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of headerPairs) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}

async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  signal: AbortSignal,
): Promise<void> {
  const { status, headers, body } = answer;
  const bodyless = request.method === "HEAD" || status === 204 || status === 304;
  const flat = headers.flat();
  // Reading on to the end of what was refused would be work for nobody.
  if (status === 413 || status === 408) flat.push("Connection", "close");
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    const bytes = body === null ? Buffer.alloc(0) : Buffer.from(body);
    const sized = headers.some(([name]) => name.toLowerCase() === "content-length");
    if (!sized && status !== 204 && status !== 304)
      flat.push("Content-Length", String(bytes.length));
    response.writeHead(status, flat);
    response.end(bodyless ? undefined : bytes);
    return;
  }
  response.writeHead(status, flat);
  if (bodyless) {
    response.end();
    void letGo(body);
    return;
  }
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!response.write(chunk)) await drained(response, signal);
  }
  response.end();
}

/** Begins and ends the iteration: a generator that never began would not clean up. Never rejects. */
async function letGo(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of body) return;
  } catch {
    // Nobody waits for this body.
  }
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  response.off("drain", resolve);
}
