/**
 * Pushes as the official CLI makes them, without waiting for the CLI each time: its first
 * push goes through a recorder, and what it sent is sent again with another version number
 * and the index the other way round, so that every push builds it anew.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync } from "node:zlib";
import type { Deployment } from "../../deployment/convex-cli.ts";

const START = "/api/deploy2/start_push";
const INDEXES = ['["tag", "n"]', '["n", "tag"]'] as const;
const SCHEMA_WAIT_MS = 10_000;

/** The body of start_push, as text. */
export type RecordedPush = string;

/** Lets `push` talk to `deployment` through a recorder. */
export async function recordPush(
  deployment: Deployment,
  push: (through: Deployment) => Promise<unknown>,
): Promise<RecordedPush> {
  const recorded: RecordedPush[] = [];
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bytesOf(request);
    if (request.url === START) recorded.push(textOf(request, body));
    const answer = await forward(deployment, request, body);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    pass(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await push({ ...deployment, url: `http://127.0.0.1:${port}` });
  } finally {
    server.close();
  }
  const [first] = recorded;
  if (first === undefined) throw new Error("The CLI pushed nothing through the recorder.");
  return first;
}

/** Pushes this version. Resolves once the engine has acknowledged it; throws when it has not. */
export async function pushAgain(
  deployment: Deployment,
  recorded: RecordedPush,
  version: number,
): Promise<void> {
  const { adminKey } = deployment;
  const body = recorded
    .replaceAll("version 0", `version ${version}`)
    .replaceAll(JSON.stringify(INDEXES[0]).slice(1, -1), indexOf(version))
    .replaceAll(/"adminKey":"[^"]*"/g, `"adminKey":${JSON.stringify(adminKey)}`);
  const started = await post(deployment, START, JSON.parse(body));
  const { schemaChange } = started;
  const wait = { adminKey, schemaChange, timeoutMs: SCHEMA_WAIT_MS, dryRun: false };
  await post(deployment, "/api/deploy2/wait_for_schema", wait);
  const finish = { adminKey, startPush: started, dryRun: false, message: null };
  await post(deployment, "/api/deploy2/finish_push", finish);
}

/** As it stands inside a JSON text. */
function indexOf(version: number): string {
  return JSON.stringify(INDEXES[version % INDEXES.length]).slice(1, -1);
}

async function post(
  { url, adminKey }: Deployment,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Convex ${adminKey}` },
    body: JSON.stringify(body),
  });
  if (!response.ok)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

function forward(deployment: Deployment, request: IncomingMessage, body: Buffer) {
  const { authorization, "content-type": type, "content-encoding": encoding } = request.headers;
  const wanted = {
    authorization,
    "content-type": type,
    "content-encoding": encoding,
    "convex-client": request.headers["convex-client"]?.toString(),
  };
  const headers = Object.entries(wanted).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return fetch(`${deployment.url}${request.url}`, {
    method: request.method ?? "GET",
    headers,
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function textOf(request: IncomingMessage, body: Buffer): string {
  const isBrotli = request.headers["content-encoding"] === "br";
  return (isBrotli ? brotliDecompressSync(body) : body).toString("utf8");
}
