/**
 * The deployment's HTTP surface for the `convex` CLI: who may call, which route does
 * what, how failures are answered.
 *
 * [PUSH10] Every route needs the admin key in its header, and where the body carries one
 *          as well (pushes), there too: otherwise 403 BadDeployKey.
 * [PUSH11] What is wrong with a push is a 400 with a code: the CLI retries everything
 *          else for ever. The same goes for routes of the CLI that do not exist here.
 */
import type { JSONValue } from "convex/values";
import type { AdminAuth } from "../auth/admin-key.ts";
import type { Database } from "../database/types.ts";
import { AuthError, OccError, PushError } from "../errors.ts";
import type { InlineQueries } from "../functions/inline-query.ts";
import {
  errorAnswer,
  type HttpAnswer,
  HttpError,
  type HttpExchange,
  type HttpHandler,
  jsonAnswer,
  readJson,
} from "../http/exchange.ts";
import type { Clock, PushAnalyzer } from "../rooms.ts";
import { createFunctionLogs, type FunctionLogs } from "./function-logs.ts";
import { objectField } from "./request-fields.ts";
import { otherRoutes, pushRoutes } from "./routes.ts";
import { createStagedPushes } from "./staged-pushes.ts";
import { createSystemQueries, type SystemQuery } from "./system-queries.ts";

export interface DeployApiOptions {
  readonly database: Database;
  readonly analyzer: PushAnalyzer;
  readonly clock: Clock;
  readonly admin: AdminAuth;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly inlineQueries: InlineQueries;
  /** What the CLI uses for bytes, snapshots out and in. */
  readonly transfers: {
    /** Asked once the key is checked. */
    readonly handlers: readonly HttpHandler[];
    readonly systemQueries: ReadonlyMap<string, SystemQuery>;
  };
  readonly random: (bytes: number) => Uint8Array;
  /** Called after every activation and change of environment, before the CLI is answered. */
  readonly onActivated: () => Promise<void>;
}

export interface DeployApi {
  /** Answers null for paths that are not the CLI's. */
  readonly handle: HttpHandler;
  /** Admins only; by canonical path. */
  readonly systemQueries: ReadonlyMap<string, SystemQuery>;
  /** `record` every execution here. */
  readonly logs: FunctionLogs;
  /** Forgets staged pushes and stops what they validate or backfill. */
  close(): void;
}

const BODY_LIMIT_BYTES = 128 * 1024 * 1024; // all modules with their source maps, decompressed
/** Other routes of the CLI: a 404 would cost it half a minute of retries. */
const CLI_PATHS = /^\/api\/(deploy2|export|import|v1|perform_import|run_test_function)(\/|$)/;

export function createDeployApi(options: DeployApiOptions): DeployApi {
  const { admin, database, clock, origins } = options;
  const staged = createStagedPushes((schemas) => database.prepareSchema(schemas));
  const logs = createFunctionLogs(clock);
  const withBodyKey = pushRoutes({ ...options, staged, logs });
  const routes = { ...withBodyKey, ...otherRoutes({ ...options, staged, logs }) };
  return {
    handle: async (exchange) => {
      const name = `${exchange.method} ${exchange.path}`;
      const route = routes[name];
      if (route === undefined && !CLI_PATHS.test(exchange.path)) return null;
      try {
        checkHeader(admin, exchange);
        if (route === undefined) return await transfer(options.transfers.handlers, exchange);
        const body = exchange.method === "POST" ? await readJson(exchange, BODY_LIMIT_BYTES) : null;
        if (name in withBodyKey) checkBody(admin, body);
        return jsonAnswer(200, await route(body, exchange));
      } catch (error) {
        return failureAnswer(error);
      }
    },
    systemQueries: new Map([...createSystemQueries(origins), ...options.transfers.systemQueries]),
    logs,
    close: () => staged.clear(),
  };
}

async function transfer(
  transfers: readonly HttpHandler[],
  exchange: HttpExchange,
): Promise<HttpAnswer> {
  for (const handler of transfers) {
    const answer = await handler(exchange);
    if (answer !== null) return answer;
  }
  return unsupported(exchange);
}

function checkHeader(admin: AdminAuth, exchange: HttpExchange): void {
  const [, key] = /^convex\s+(.*)$/is.exec(exchange.headers.authorization ?? "") ?? [];
  checkKey(admin, key);
}

function checkBody(admin: AdminAuth, body: JSONValue): void {
  const { adminKey } = objectField(body, "body");
  checkKey(admin, typeof adminKey === "string" ? adminKey : undefined);
}

function checkKey(admin: AdminAuth, key: string | undefined): void {
  try {
    if (key !== undefined) return void admin.identify(key.trim());
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
  }
  throw new HttpError(
    403,
    "BadDeployKey",
    "The provided deploy key was invalid for this deployment. Check CONVEX_SELF_HOSTED_ADMIN_KEY against the admin-key file of the deployment.",
  );
}

function unsupported({ method, path }: HttpExchange): HttpAnswer {
  const message = `This deployment does not support ${method} ${path} yet.`;
  return errorAnswer(400, "UnsupportedByDeployment", message);
}

/** Anything unexpected goes on to the HTTP edge, which logs it. */
function failureAnswer(error: unknown): HttpAnswer {
  if (error instanceof PushError) return errorAnswer(400, error.code, error.message);
  if (error instanceof HttpError) return errorAnswer(error.status, error.code, error.message);
  if (error instanceof OccError) return errorAnswer(503, error.code, error.message);
  throw error;
}
