/** Sockets and HTTP on loopback over the fake engine: everything of the server but the rooms below. */
import { systemClock } from "../src/clock.ts";
import { createDataApi } from "../src/http/data-api.ts";
import { createHttpActions } from "../src/http/http-actions.ts";
import { createMainPort } from "../src/http/main-port.ts";
import { createMetaRoutes } from "../src/http/meta-routes.ts";
import { createMetricsRoute } from "../src/http/metrics.ts";
import { openPorts } from "../src/http/ports.ts";
import type { AuthProvider, Clock, Logger } from "../src/rooms.ts";
import { createQueryCache } from "../src/subscriptions/query-cache.ts";
import { createSyncServer } from "../src/sync/sync-server.ts";
import { FakeEngine, type FakeFunction, fakeAuthenticator, randomBytesOf } from "./fake-engine.ts";

export interface FakeDeploymentOptions {
  readonly functions?: Readonly<Record<string, FakeFunction>>;
  readonly providers?: () => readonly AuthProvider[];
  readonly clock?: Clock;
}

export async function startFakeDeployment(options: FakeDeploymentOptions = {}) {
  const clock = options.clock ?? systemClock();
  const logged: { readonly event: string; readonly fields: unknown }[] = [];
  const logger: Logger = (_level, event, fields) => logged.push({ event, fields });
  const engine = new FakeEngine(clock);
  for (const [path, fn] of Object.entries(options.functions ?? {})) engine.functions.set(path, fn);
  const authenticator = fakeAuthenticator(clock, options.providers);
  const random = randomBytesOf;
  const cache = createQueryCache({ database: engine, runner: engine, clock, random });
  const sync = createSyncServer({ cache, runner: engine, authenticator, clock, logger });
  const ports = await openPorts({ host: "127.0.0.1", port: 0, sitePort: 0, clock, logger });
  const actions = { runner: engine, authenticator, random };
  const dataApi = createDataApi({ runner: engine, authenticator, database: engine, random });
  const metrics = createMetricsRoute(() => "# counters\n", authenticator);
  const rooms = [createMetaRoutes("fake-instance"), metrics, dataApi];
  ports.serve({
    main: createMainPort(rooms, createHttpActions("/http", actions), logger),
    site: createHttpActions("", actions),
    upgrade: sync.upgrade,
  });
  return {
    url: `http://127.0.0.1:${ports.port}`,
    siteUrl: `http://127.0.0.1:${ports.sitePort}`,
    engine,
    cache,
    sync,
    logged,
    close: async () => {
      await sync.close();
      cache.close();
      await ports.close();
    },
  };
}

export type FakeDeployment = Awaited<ReturnType<typeof startFakeDeployment>>;
