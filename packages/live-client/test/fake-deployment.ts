/**
 * A stand-in deployment for page tests: speaks just enough of the sync protocol for the official
 * browser client, and answers the site's `/time` and `/auth/machine`. Its functions are given.
 *
 * Not the engine and no proof of it: it exists so that pages can be tested in states that a real
 * deployment reaches rarely (refused tokens, rotated keys, a line that drops).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type FakeFunctions, SyncSession } from "./sync-session.ts";

export type SiteAnswer = { status: number; body: unknown };

export type FakeDeployment = {
  /** What VITE_CONVEX_URL and VITE_CONVEX_SITE_URL are set to: one server is both. */
  url: string;
  functions: FakeFunctions;
  /** Milliseconds added to what /time answers: a server whose clock differs from the page's. */
  serverSkewMs: number;
  /** Answers POST /auth/machine. */
  exchangeToken: (bearer: string) => SiteAnswer;
  /** Runs every subscribed query again and pushes what changed. */
  push: () => void;
  /** Ends every socket and refuses new ones until `restoreLine`. */
  dropLine: () => void;
  restoreLine: () => void;
  close: () => Promise<void>;
};

/** Listens on loopback at a free port. */
export async function startFakeDeployment(functions: FakeFunctions): Promise<FakeDeployment> {
  const sessions = new Set<SyncSession>();
  const sockets = new Set<WebSocket>();
  let isLineDown = false;
  const http = createServer((request, response) => answerSite(deployment, request, response));
  const wss = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    if (isLineDown) return void socket.destroy();
    wss.handleUpgrade(request, socket, head, (ws) => {
      const session = new SyncSession(deployment.functions, (text) => ws.send(text));
      sessions.add(session);
      sockets.add(ws);
      ws.on("message", (data) => session.receive(String(data)));
      ws.on("close", () => {
        sessions.delete(session);
        sockets.delete(ws);
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const deployment: FakeDeployment = {
    url: `http://127.0.0.1:${portOf(http)}`,
    functions,
    serverSkewMs: 0,
    exchangeToken: () => ({
      status: 401,
      body: { code: "token_unknown", message: "No such token." },
    }),
    push: () => {
      for (const session of sessions) session.update();
    },
    dropLine: () => {
      isLineDown = true;
      for (const socket of sockets) socket.terminate();
    },
    restoreLine: () => {
      isLineDown = false;
    },
    close: async () => {
      for (const socket of sockets) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return deployment;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function answerSite(
  deployment: FakeDeployment,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
  if (request.method === "OPTIONS") return void response.end();
  const { status, body } = siteAnswer(deployment, request);
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

function siteAnswer(deployment: FakeDeployment, request: IncomingMessage): SiteAnswer {
  if (request.url === "/time") {
    return { status: 200, body: { nowMs: Date.now() + deployment.serverSkewMs } };
  }
  if (request.url === "/auth/machine" && request.method === "POST") {
    return deployment.exchangeToken(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
  }
  return { status: 404, body: { code: "not_found", message: "No such route." } };
}
