/**
 * WebSockets of the main port: `/api/<version>/sync` and `/api/sync`.
 *
 * [SYNC17] Other paths and malformed versions are refused before the handshake.
 * [SYNC18] Idle clients get a Ping every 15 s and a WebSocket ping every 5 s; a socket
 *          that is silent for 120 s is dropped.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { SessionSocket } from "./outbox.ts";
import { type SessionDeps, SyncSession } from "./session.ts";

const MAX_MESSAGE_BYTES = 32 * 1024 * 1024; // arguments of 16 MiB, encoded
const TICK_MS = 1_000;
const CLOSE_PATIENCE_MS = 5_000; // for running mutations, slow readers and close handshakes
const SYNC_PATH = /^\/api\/(?:([^/]+)\/)?sync$/;
const CHUNKS_SINCE = [1, 28] as const;
const TOO_OLD = [0, 19, 1] as const;

export interface SyncServer {
  /** For the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly sessionCount: number;
  /** Since the start. */
  readonly openedCount: number;
  /** Cuts every socket off as a broken network would; clients come back. */
  dropConnections(): void;
  /** Lets running mutations finish, then closes every socket. */
  close(): Promise<void>;
}

export function createSyncServer(deps: SessionDeps): SyncServer {
  const { clock, logger } = deps;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const sessions = new Set<SyncSession>();
  let closing = false;
  let opened = 0;

  const tick = () => {
    for (const session of sessions) session.tick();
    stopTicking = clock.after(TICK_MS, tick);
  };
  let stopTicking = clock.after(TICK_MS, tick);

  const open = (ws: WebSocket, socket: Duplex, request: IncomingMessage) => {
    const session = new SyncSession(adapt(ws, socket), clientOf(request), deps);
    sessions.add(session);
    opened++;
    ws.on("message", (data: RawData, isBinary: boolean) => {
      if (isBinary) session.receiveBinary();
      else session.receive(String(data));
    });
    ws.on("pong", () => session.heard());
    ws.on("ping", () => session.heard());
    // A frame that breaks the WebSocket protocol: ws closes the socket, `close` follows.
    ws.on("error", (error) => logger("debug", "sync.socket_error", { error: String(error) }));
    ws.on("close", () => {
      sessions.delete(session);
      session.closed();
    });
  };

  return {
    upgrade: (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      const refusal = closing ? "503 Service Unavailable" : refusalOf(request);
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (ws) => open(ws, socket, request));
    },
    get sessionCount() {
      return sessions.size;
    },
    get openedCount() {
      return opened;
    },
    dropConnections: () => {
      for (const ws of sockets.clients) ws.terminate();
    },
    close: async () => {
      closing = true;
      stopTicking();
      const patience = Promise.withResolvers<void>();
      const stop = clock.after(CLOSE_PATIENCE_MS, patience.resolve);
      const drained = [...sessions].map((session) => session.drain());
      await Promise.race([Promise.all(drained).then(() => allClosed(sockets)), patience.promise]);
      stop();
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
    },
  };
}

async function allClosed(sockets: WebSocketServer): Promise<void> {
  await Promise.all([...sockets.clients].map((ws) => once(ws, "close")));
}

function adapt(ws: WebSocket, socket: Duplex): SessionSocket {
  return {
    get bufferedAmount() {
      return ws.bufferedAmount;
    },
    // With a socket that is gone the callback gets an error; `close` tells the session.
    send: (data, flushed) => ws.send(data, { binary: false }, () => flushed()),
    // Whole frames may go past ws, which never holds one back without compression: one
    // write of bytes that exist already, where ws makes and corks two for each message.
    sendFrame: ({ bytes }, flushed) => {
      if (ws.readyState === ws.OPEN) socket.write(bytes, () => flushed());
      else flushed();
    },
    ping: () => {
      if (ws.readyState === ws.OPEN) ws.ping();
    },
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => (code === undefined ? ws.close() : ws.close(code, reason)),
    terminate: () => ws.terminate(),
  };
}

function clientOf(request: IncomingMessage) {
  const version = versionOf(request);
  const [major = 0, minor = 0] = version === null ? [] : numbersOf(version);
  return {
    understandsChunks:
      major > CHUNKS_SINCE[0] || (major === CHUNKS_SINCE[0] && minor >= CHUNKS_SINCE[1]),
    ip: request.socket.remoteAddress ?? null,
    userAgent: request.headers["user-agent"] ?? null,
  };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?")[0]?.replace(/^\/+/, "/") ?? "";
}

/** Null where the path carries none. */
function versionOf(request: IncomingMessage): string | null {
  return SYNC_PATH.exec(pathOf(request))?.[1] ?? null;
}

/** The status line of a refusal, null when the client may come in. */
function refusalOf(request: IncomingMessage): string | null {
  if (!SYNC_PATH.test(pathOf(request))) return "404 Not Found";
  const version = versionOf(request);
  if (version === null) return null;
  if (!/^\d+\.\d+\.\d+([-+].*)?$/.test(version)) return "400 Bad Request";
  return isTooOld(numbersOf(version)) ? "400 Bad Request" : null;
}

function numbersOf(version: string): number[] {
  return version.split(/[-+]/)[0]?.split(".").map(Number) ?? [];
}

function isTooOld(numbers: readonly number[]): boolean {
  for (const [i, limit] of TOO_OLD.entries()) {
    const number = numbers[i] ?? 0;
    if (number !== limit) return number < limit;
  }
  return true;
}
