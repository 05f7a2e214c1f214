/**
 * Health over HTTP, on loopback only: what a supervisor and a metrics collector ask.
 *
 *   GET /healthz   200 while the process answers at all
 *   GET /readyz    200 when every bot is connected to Discord and to the backend, else 503 with what is missing
 *   GET /metrics   the text format of Prometheus
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BotHealth } from "./bot-health.ts";
import { metricsText } from "./metrics-text.ts";

const LOOPBACK = "127.0.0.1";

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 takes a free one. Rejects when the port is taken. */
export async function startHealthServer(
  port: number,
  look: () => readonly BotHealth[],
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return answer(response, 405, { code: "method_not_allowed" });
    }
    const { pathname } = new URL(request.url ?? "/", "http://health");
    switch (pathname) {
      case "/healthz":
        return answer(response, 200, { ok: true });
      case "/readyz":
        return answerReady(response, look());
      case "/metrics":
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
        return response.end(metricsText(look()));
      default:
        return answer(response, 404, { code: "not_found" });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has one
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerReady(response: ServerResponse, bots: readonly BotHealth[]): void {
  const missing = bots.flatMap(({ bot, gatewayReady, backendConnected }) => [
    ...(gatewayReady ? [] : [{ bot, missing: "discord" }]),
    ...(backendConnected ? [] : [{ bot, missing: "backend" }]),
  ]);
  const isReady = bots.length > 0 && missing.length === 0;
  answer(response, isReady ? 200 : 503, { ready: isReady, missing });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
