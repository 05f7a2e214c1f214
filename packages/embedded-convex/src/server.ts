/**
 * Puts the rooms together into one running deployment. No room knows another but
 * through what is handed over here.
 */
import { join } from "node:path";
import { type AdminAuth, createAdminAuth, instanceNameOf, loadAdminKey } from "./auth/admin-key.ts";
import { type Authenticator, createAuthenticator } from "./auth/credentials.ts";
import { createKeySets } from "./auth/key-sets.ts";
import { createUserTokens } from "./auth/user-tokens.ts";
import { systemClock } from "./clock.ts";
import { openDatabase } from "./database/database.ts";
import type { Database } from "./database/types.ts";
import { createDeployApi, type DeployApi, type DeployApiOptions } from "./deploy/api.ts";
import { readAuthConfig } from "./deploy/deployment-rows.ts";
import { withSystemQueries } from "./deploy/system-query-runner.ts";
import { createExportRoutes } from "./export/export-routes.ts";
import { EXPORT_QUERIES } from "./export/export-rows.ts";
import { type ExportsOptions, openExports } from "./export/exports.ts";
import { createFunctionRunner } from "./functions/index.ts";
import { createInlineQueries } from "./functions/inline-query.ts";
import type { FunctionRunnerOptions, FunctionsRoom } from "./functions/options.ts";
import { createDataApi } from "./http/data-api.ts";
import { openFileBytes } from "./http/file-bytes.ts";
import { createFileStorage, type FileStorage } from "./http/file-storage.ts";
import { createHealthRoutes } from "./http/health-routes.ts";
import { createHttpActions } from "./http/http-actions.ts";
import { createMainPort } from "./http/main-port.ts";
import { createMetaRoutes, SERVER_VERSION } from "./http/meta-routes.ts";
import { createMetricsRoute } from "./http/metrics.ts";
import { openPorts, type Ports } from "./http/ports.ts";
import { createStorageRoutes } from "./http/storage-routes.ts";
import { createUploadTokens, loadUploadSecret } from "./http/upload-tokens.ts";
import { createImportRoutes } from "./import/import-routes.ts";
import { IMPORT_QUERIES } from "./import/import-rows.ts";
import { openImports } from "./import/imports.ts";
import { openUploads } from "./import/uploads.ts";
import { engineFamilies } from "./operations/engine-metrics.ts";
import { ExecutionCounts } from "./operations/execution-counts.ts";
import { expositionOf } from "./operations/exposition.ts";
import { Lifecycle, type LifecycleState } from "./operations/lifecycle.ts";
import { watchLoopDelay } from "./operations/loop-delay.ts";
import type { AuthProvider, Clock, ExecutionRecord, FunctionRunner, Logger } from "./rooms.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { trySweepHold } from "./store/file-hold.ts";
import { FILES_DIR } from "./store/format.ts";
import type { StartCheckMode } from "./store/start-check.ts";
import { createQueryCache, type QueryCacheStats } from "./subscriptions/query-cache.ts";
import { createSyncServer } from "./sync/sync-server.ts";
import { systemRandom } from "./system-random.ts";

const DEFAULT_INSTANCE_NAME = "embedded-convex";

export interface EmbeddedConvexOptions {
  /** Holds all data; created when missing. One process at a time. */
  readonly dir: string;
  /** Default 127.0.0.1: nobody else on the network can reach it. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** HTTP actions at the root of their own port. 0 takes a free one. */
  readonly sitePort: number;
  /** Left part of a new admin key; an existing key keeps its own. */
  readonly instanceName?: string;
  /** Replaces the key kept in the directory. */
  readonly adminKey?: string;
  /** Where clients reach the two ports, when that is not where they listen. */
  readonly cloudOrigin?: string;
  readonly siteOrigin?: string;
  /** Folder whose node_modules "use node" modules import external packages from. */
  readonly projectRoot?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /**
   * How the data is checked at the start. `auto`: every page, beside the start when that
   * takes more than a second; `full`: every page before anything answers; `off`: none.
   */
  readonly check?: StartCheckMode;
  /** A write failed or data is damaged: nothing wrong is shown, close the deployment. */
  readonly onFailure?: (error: Error) => void;
  /** How long `close` goes on answering, no longer ready, before it ends anything. Default 0. */
  readonly drainMs?: number;
}

export interface EmbeddedConvex {
  /** For clients and the CLI, without a trailing slash. */
  readonly url: string;
  readonly siteUrl: string;
  readonly adminKey: string;
  readonly state: LifecycleState;
  stats(): QueryCacheStats & { readonly sockets: number };
  /** Cuts every socket off as a broken network would; clients come back. */
  dropConnections(): void;
  /** Answers what is running, closes sockets and the directory. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Resolves once everything answers. Rejects when a port is taken, the directory is in
 * use (StoreError) or its data cannot be read; then nothing stays open.
 */
export async function startEmbeddedConvex(options: EmbeddedConvexOptions): Promise<EmbeddedConvex> {
  const closers: Closers = [];
  const lifecycle = new Lifecycle();
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= closeAll(closers, lifecycle, options);
    return closing;
  };
  try {
    const started = await start(options, lifecycle, closers);
    lifecycle.ready();
    return {
      ...started,
      get state() {
        return lifecycle.state;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Run in reverse: what was opened last is closed first. */
type Closers = (() => unknown)[];

async function closeAll(
  closers: Closers,
  lifecycle: Lifecycle,
  { drainMs = 0, clock = systemClock() }: EmbeddedConvexOptions,
): Promise<void> {
  const wasReady = lifecycle.state === "ready";
  lifecycle.drain();
  if (wasReady && drainMs > 0) await new Promise<void>((done) => clock.after(drainMs, done));
  for (const close of closers.splice(0).reverse()) await close();
}

/** What every room takes. */
interface Doors {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
}

async function start(
  options: EmbeddedConvexOptions,
  lifecycle: Lifecycle,
  closers: Closers,
): Promise<Omit<EmbeddedConvex, "close" | "state">> {
  const { dir, host = "127.0.0.1", clock = systemClock(), logger = () => {} } = options;
  const doors: Doors = { clock, logger, random: systemRandom() };
  const { port, sitePort } = options;
  const state = () => lifecycle.state;
  const health = createHealthRoutes(state);
  const ports = await openPorts({ host, port, sitePort, health, ...doors });
  closers.push(() => ports.close());
  const { local, origins } = addressesOf(host, ports, options);

  const onFailure = (error: Error) => {
    lifecycle.fail();
    options.onFailure?.(error);
  };
  const { check = "auto" } = options;
  const database = await openDatabase({ dir, check, ...doors, onFailure });
  closers.push(() => database.close());
  const executions = new ExecutionCounts();
  const loopDelay = watchLoopDelay(clock);
  closers.push(() => loopDelay.stop());

  const { adminKey, authenticator } = await openAuth(options, database, doors);
  const files = await openFiles(dir, database, origins.cloudUrl, doors);
  closers.push(() => files.storage.close());
  const transfers = await openTransfers(
    { dir, database, instanceName: instanceNameOf(adminKey), ...doors },
    closers,
  );
  const backend = await openBackend({
    ...doors,
    transfers,
    database,
    origins,
    storage: files.storage,
    admin: authenticator.admin,
    deploymentName: instanceNameOf(adminKey),
    projectRoot: options.projectRoot,
    countExecution: (record) => executions.record(record),
    closers,
  });

  const { runner, deploy, functions, scheduler } = backend;
  const cache = createQueryCache({ database, runner, ...doors });
  closers.push(() => cache.close());
  const sync = createSyncServer({ cache, runner, authenticator, ...doors });
  const stats = () => ({ ...cache.stats(), sockets: sync.sessionCount });
  const metrics = () =>
    expositionOf(
      engineFamilies({
        version: SERVER_VERSION,
        loopDelaySeconds: loopDelay.seconds,
        ...{ state, database, functions, scheduler, cache, sync, executions },
      }),
    );
  const actions = { runner, authenticator, random: doors.random };
  const rooms = [
    createMetaRoutes(instanceNameOf(adminKey)),
    createMetricsRoute(metrics, authenticator),
    createStorageRoutes(files.storage, files.tokens),
    createDataApi({ runner, authenticator, database, random: doors.random }),
    deploy.handle,
  ];
  ports.serve({
    main: createMainPort(rooms, createHttpActions("/http", actions), logger),
    site: createHttpActions("", actions),
    upgrade: sync.upgrade,
  });
  // The first to close: what is being answered needs all the rest. The ports wait for their sockets.
  closers.push(() => Promise.all([sync.close(), ports.close()]));
  return { ...local, adminKey, stats, dropConnections: () => sync.dropConnections() };
}

async function openAuth(
  { dir, instanceName, adminKey: wanted }: EmbeddedConvexOptions,
  database: Database,
  { clock, random }: Doors,
): Promise<{ adminKey: string; authenticator: Authenticator }> {
  const adminKey = await loadAdminKey(dir, {
    instanceName: instanceName ?? DEFAULT_INSTANCE_NAME,
    wanted: wanted ?? null,
    random,
  });
  const users = createUserTokens({
    providers: () => providersOf(database),
    keySets: createKeySets(clock),
    clock,
  });
  return { adminKey, authenticator: createAuthenticator(createAdminAuth(adminKey), users) };
}

async function openFiles(dir: string, database: Database, cloudUrl: string, doors: Doors) {
  const tokens = createUploadTokens(await loadUploadSecret(database, doors.random), doors.clock);
  const bytes = await openFileBytes(join(dir, FILES_DIR));
  const storage = createFileStorage({
    ...{ database, bytes, tokens, cloudUrl, ...doors },
    holdFiles: () => trySweepHold(dir),
  });
  storage.startSweeping();
  return { storage, tokens };
}

/** Snapshots out and in, for the CLI. */
async function openTransfers(
  options: ExportsOptions & Doors,
  closers: Closers,
): Promise<DeployApiOptions["transfers"]> {
  const { dir } = options;
  const exports = await openExports(options);
  closers.push(() => exports.close());
  const uploads = await openUploads(join(dir, "imports"));
  const imports = await openImports({ ...options, filesDir: join(dir, FILES_DIR) });
  closers.push(() => imports.close());
  return {
    handlers: [createExportRoutes(exports), createImportRoutes(imports, uploads)],
    systemQueries: new Map([...EXPORT_QUERIES, ...IMPORT_QUERIES]),
  };
}

interface BackendOptions extends Doors {
  readonly database: Database;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly storage: FileStorage;
  readonly admin: AdminAuth;
  readonly deploymentName: string;
  readonly projectRoot: string | undefined;
  readonly transfers: DeployApiOptions["transfers"];
  readonly countExecution: (record: ExecutionRecord) => void;
  readonly closers: Closers;
}

/** Functions, what schedules them and what pushes them. Ready to run when it resolves. */
async function openBackend({ projectRoot, countExecution, closers, ...options }: BackendOptions) {
  const { database } = options;
  const scheduler = createScheduler(options);
  const functionOptions: FunctionRunnerOptions = {
    ...options,
    scheduler,
    onExecution: (record) => {
      countExecution(record);
      deploy.logs.record(record);
    },
    ...(projectRoot === undefined ? {} : { projectRoot }),
  };
  const functions = createFunctionRunner(functionOptions);
  closers.push(() => functions.close());
  const deploy: DeployApi = createDeployApi({
    ...options,
    analyzer: functions,
    inlineQueries: createInlineQueries(functionOptions),
    onActivated: () => functions.prepare(),
  });
  closers.push(() => deploy.close());
  await functions.prepare();
  closers.push(() => scheduler.close());
  await scheduler.start(functions);
  return { deploy, functions, scheduler, runner: runnerOf(functions, database, deploy) };
}

function addressesOf(host: string, { port, sitePort }: Ports, options: EmbeddedConvexOptions) {
  // Listening everywhere is no address that a client could connect to.
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const name = reachable.includes(":") ? `[${reachable}]` : reachable;
  const local = { url: `http://${name}:${port}`, siteUrl: `http://${name}:${sitePort}` };
  const origins = {
    cloudUrl: withoutSlash(options.cloudOrigin ?? local.url),
    siteUrl: withoutSlash(options.siteOrigin ?? local.siteUrl),
  };
  return { local, origins };
}

function withoutSlash(origin: string): string {
  return origin.replace(/\/+$/, "");
}

function providersOf(database: Database): readonly AuthProvider[] {
  const tx = database.begin({ durable: true });
  try {
    return readAuthConfig(tx);
  } finally {
    tx.close();
  }
}

/** The functions, with the CLI's own queries in front. */
function runnerOf(
  functions: FunctionsRoom,
  database: Database,
  { systemQueries }: DeployApi,
): FunctionRunner {
  const query = withSystemQueries((call, at) => functions.query(call, at), {
    database,
    systemQueries,
  });
  return {
    query,
    mutation: (call, session) => functions.mutation(call, session),
    action: (call, signal) => functions.action(call, signal),
    any: (call) => functions.any(call),
    httpAction: (request) => functions.httpAction(request),
    lookup: (address) => functions.lookup(address),
  };
}
