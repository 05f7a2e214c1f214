/** A stand-in for ingest on loopback: answers as told, else accepts everything, and remembers what it got. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SourceEvent } from "../src/events.ts";

/** What the server does with a request: an answer, or cutting or never answering it. */
export type Reply =
  | ((events: readonly SourceEvent[]) => { status: number; body: unknown })
  | { status: number; body: unknown; headers?: Record<string, string> }
  | "cut"
  | "silence";

export interface IngestServer extends AsyncDisposable {
  readonly siteUrl: string;
  /** Replies to the next requests, in order; after them everything is accepted. */
  readonly replies: Reply[];
  /** The batches received, refused ones too. */
  readonly batches: SourceEvent[][];
  readonly requests: {
    authorization: string | undefined;
    url: string | undefined;
    bytes: number;
  }[];
}

export async function startIngestServer(): Promise<IngestServer> {
  const replies: Reply[] = [];
  const batches: SourceEvent[][] = [];
  const requests: IngestServer["requests"] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await textOf(request);
    const { url, headers } = request;
    requests.push({ url, authorization: headers.authorization, bytes: Buffer.byteLength(text) });
    const { events } = JSON.parse(text) as { events: SourceEvent[] };
    batches.push(events);
    const wanted = replies.shift() ?? { status: 200, body: acceptAll(events) };
    reply(response, typeof wanted === "function" ? wanted(events) : wanted);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    siteUrl: `http://127.0.0.1:${port}`,
    replies,
    batches,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function acceptAll(events: readonly SourceEvent[]) {
  return { results: events.map((_, index) => ({ index, status: "accepted", seq: index + 1 })) };
}

function reply(
  response: ServerResponse,
  wanted: Exclude<Reply, (events: readonly SourceEvent[]) => unknown>,
): void {
  if (wanted === "silence") return;
  if (wanted === "cut") {
    response.destroy();
    return;
  }
  response.writeHead(wanted.status, { "content-type": "application/json", ...wanted.headers });
  response.end(typeof wanted.body === "string" ? wanted.body : JSON.stringify(wanted.body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
