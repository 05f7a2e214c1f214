/**
 * The floor: a WebSocket server that parses the frames clients send to the engine,
 * writes the rows that the engine writes for them, all that has arrived in one synced
 * transaction, and answers with frames that clients take for the engine's. It runs no
 * functions, checks nothing and keeps no subscriptions.
 *
 * Arguments: the file (a copy of an engine's), then the row pattern as JSON.
 */
import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { BareStore, byIdOf } from "./bare-store.ts";
import type { RowPattern } from "./row-pattern.ts";

interface Mutation {
  readonly peer: Peer;
  readonly requestId: number;
}

interface ClientMessage {
  readonly type: string;
  readonly requestId: number;
  readonly newVersion: number;
  readonly modifications: readonly { readonly queryId: number; readonly args: [{ id: string }] }[];
}

class Peer {
  readonly #socket: WebSocket;
  #version = { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" };

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  respond(requestId: number, ts: string): void {
    this.#send({
      type: "MutationResponse",
      requestId,
      success: true,
      result: null,
      ts,
      logLines: [],
    });
    this.transition({ ts }, []);
  }

  transition(change: { ts?: string; querySet?: number }, modifications: readonly unknown[]): void {
    const startVersion = this.#version;
    this.#version = { ...startVersion, ...change };
    this.#send({ type: "Transition", startVersion, endVersion: this.#version, modifications });
  }

  #send(message: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify(message));
  }
}

const [file = "", patternText = ""] = process.argv.slice(2);
const pattern = JSON.parse(patternText) as RowPattern;
const store = new BareStore(file, pattern);
const byId = byIdOf(pattern);
let waiting: Mutation[] = [];
let ts = 0n;

function receive(peer: Peer, message: ClientMessage): void {
  if (message.type === "Mutation") {
    waiting.push({ peer, requestId: message.requestId });
    if (waiting.length === 1) setImmediate(flush);
  } else if (message.type === "ModifyQuerySet") {
    const updates = message.modifications.map(({ queryId, args: [{ id }] }) => ({
      type: "QueryUpdated",
      queryId,
      value: store.read(byId.index, byId.keyOf(id)),
      logLines: [],
      journal: null,
    }));
    peer.transition({ querySet: message.newVersion }, updates);
  }
}

function flush(): void {
  const batch = waiting;
  waiting = [];
  store.write(batch.length);
  ts++;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  const encoded = bytes.toString("base64");
  for (const { peer, requestId } of batch) peer.respond(requestId, encoded);
}

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer();
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (accepted) => {
    const peer = new Peer(accepted);
    accepted.on("message", (data) => receive(peer, JSON.parse(String(data)) as ClientMessage));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.once("disconnect", () => process.exit(0));
