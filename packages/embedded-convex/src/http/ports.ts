/**
 * The two listening ports. They open before anything else is ready, because functions
 * are told the addresses; until `serve` everything is answered with 503.
 *
 * [HTTP29] Closing answers what is running, at most five seconds long, then ends every
 *          connection.
 */
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, Logger } from "../rooms.ts";
import { createEdge } from "./edge.ts";
import { errorAnswer, type HttpHandler } from "./exchange.ts";

const CLOSE_PATIENCE_MS = 5_000;

export interface PortHandlers {
  readonly main: HttpHandler;
  readonly site: HttpHandler;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Ports {
  readonly port: number;
  readonly sitePort: number;
  serve(handlers: PortHandlers): void;
  close(): Promise<void>;
}

/** Rejects with the system's error when a port is taken; then none stays open. */
export async function openPorts(options: {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly sitePort: number;
  /** Asked first on the main port, also while nothing else answers. */
  readonly health?: HttpHandler;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Ports> {
  const { host, health = async () => null, clock, logger } = options;
  const starting: HttpHandler = async () =>
    errorAnswer(503, "Starting", "The deployment is starting");
  let handlers: PortHandlers = { main: starting, site: starting, upgrade: refuseUpgrade };
  const main = createEdge({
    handler: async (exchange) => (await health(exchange)) ?? handlers.main(exchange),
    clock,
    logger,
  });
  const site = createEdge({ handler: (exchange) => handlers.site(exchange), clock, logger });
  main.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    handlers.upgrade(request, socket, head),
  );
  site.on("upgrade", refuseUpgrade);
  const port = await listen(main, host, options.port);
  try {
    const sitePort = await listen(site, host, options.sitePort);
    return {
      port,
      sitePort,
      serve: (ready) => {
        handlers = ready;
      },
      close: async () => {
        await Promise.all([closeServer(main, clock), closeServer(site, clock)]);
      },
    };
  } catch (error) {
    main.close();
    throw error;
  }
}

function refuseUpgrade(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  await promise;
  server.off("error", reject);
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const stop = clock.after(CLOSE_PATIENCE_MS, () => server.closeAllConnections());
  await promise;
  stop();
}
