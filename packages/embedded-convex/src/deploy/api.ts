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
import { readModules } from "./deployment-rows.ts";
import { listEnvironment, readEnvironmentChanges, updateEnvironment } from "./environment.ts";
import { activatePush, raceDetected, rehearsePush, waitForSchema } from "./finish-push.ts";
import { createFunctionLogs, type FunctionLogs } from "./function-logs.ts";
import { readPushRequest } from "./push-request.ts";
import { booleanField, objectField, optionalField, stringField } from "./request-fields.ts";
import { createStagedPushes, type StagedPush } from "./staged-pushes.ts";
import { evaluatePush, schemaChangeOf, startPushAnswer } from "./start-push.ts";
import { createSystemQueries, type SystemQuery } from "./system-queries.ts";

export interface DeployApiOptions {
  readonly database: Database;
  readonly analyzer: PushAnalyzer;
  readonly clock: Clock;
  readonly admin: AdminAuth;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
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

type Route = (body: JSONValue, exchange: HttpExchange) => Promise<JSONValue>;

const BODY_LIMIT_BYTES = 128 * 1024 * 1024; // all modules with their source maps, decompressed
const MAX_WAIT_MS = 30_000; // below every client's and proxy's patience
/** Other routes of the CLI: a 404 would cost it half a minute of retries. */
const CLI_PATHS = /^\/api\/(deploy2|export|import|v1|perform_import|run_test_function)(\/|$)/;

export function createDeployApi(options: DeployApiOptions): DeployApi {
  const { database, analyzer, clock, onActivated } = options;
  const staged = createStagedPushes((schema) => database.prepareSchema(schema));
  const logs = createFunctionLogs(clock);
  const pushDoors = { database, clock, staged };
  const evaluate = (body: JSONValue) => evaluatePush(readPushRequest(body), { database, analyzer });

  const updateVariables: Route = async (body) => {
    await updateEnvironment(readEnvironmentChanges(body), { database, analyzer });
    await onActivated();
    return null;
  };
  const finish: Route = async (body) => {
    const { startPush, dryRun } = objectField(body, "body");
    const push = findPush(objectField(startPush, "startPush").pushToken);
    if (push === undefined) throw raceDetected("The deployment forgot this push");
    if (booleanField(dryRun ?? false, "dryRun")) return rehearsePush(push, pushDoors);
    const diff = await activatePush(push, pushDoors);
    await onActivated();
    return diff;
  };
  const waitForPushedSchema: Route = async (body) => {
    const { schemaChange, timeoutMs, dryRun } = objectField(body, "body");
    if (dryRun === true) return { type: "complete" };
    const push = findPush(objectField(schemaChange, "schemaChange").token);
    return await waitForSchema(push, Math.min(Number(timeoutMs) || 0, MAX_WAIT_MS), pushDoors);
  };
  const findPush = (token: JSONValue | undefined): StagedPush | undefined =>
    staged.find(optionalField(token, stringField, "token") ?? "");

  /** Routes whose body carries the admin key a second time are marked so. */
  const routes: Readonly<Record<string, { readonly run: Route; readonly keyInBody?: true }>> = {
    "GET /api/v1/get_canonical_urls": { run: async () => canonicalUrls(options) },
    "POST /api/get_config_hashes": { run: async () => configHashes(database), keyInBody: true },
    "POST /api/deploy2/evaluate_schema": { run: async () => NO_EVALUATION, keyInBody: true },
    "POST /api/deploy2/evaluate_push": {
      run: async (body) => ({ schemaChange: schemaChangeOf(await evaluate(body), null) }),
      keyInBody: true,
    },
    "POST /api/deploy2/start_push": {
      run: async (body) => startPushAnswer(staged.add(await evaluate(body))),
      keyInBody: true,
    },
    "POST /api/deploy2/wait_for_schema": { run: waitForPushedSchema, keyInBody: true },
    "POST /api/deploy2/finish_push": { run: finish, keyInBody: true },
    "POST /api/deploy2/report_push_completed": { run: async () => null, keyInBody: true },
    "POST /api/update_environment_variables": { run: updateVariables },
    "POST /api/v1/update_environment_variables": { run: updateVariables },
    "GET /api/v1/list_environment_variables": {
      run: async () => ({ environmentVariables: listEnvironment(database) }),
    },
    "GET /api/stream_function_logs": {
      run: (_body, { query, signal }) => logs.read(Number(query.get("cursor")) || 0, signal),
    },
  };

  return {
    handle: async (exchange) => {
      const route = routes[`${exchange.method} ${exchange.path}`];
      if (route === undefined && !CLI_PATHS.test(exchange.path)) return null;
      try {
        checkHeader(options.admin, exchange);
        if (route === undefined) return unsupported(exchange);
        const body = exchange.method === "POST" ? await readJson(exchange, BODY_LIMIT_BYTES) : null;
        if (route.keyInBody) checkBody(options.admin, body);
        return jsonAnswer(200, await route.run(body, exchange));
      } catch (error) {
        return failureAnswer(error);
      }
    },
    systemQueries: createSystemQueries(options.origins),
    logs,
    close: () => staged.clear(),
  };
}

const NO_EVALUATION: JSONValue = { componentSchemaEvaluations: {}, newComponentDefinitions: [] };

function canonicalUrls({ origins }: DeployApiOptions): JSONValue {
  return { convexCloudUrl: origins.cloudUrl, convexSiteUrl: origins.siteUrl };
}

function configHashes(database: Database): JSONValue {
  const tx = database.begin();
  try {
    const modules = [...readModules(tx).values()];
    const moduleHashes = modules.map(({ path, sha256: hash, environment }) => ({
      path,
      hash,
      environment,
    }));
    return {
      config: { functions: "convex/" },
      moduleHashes,
      udfServerVersion: null,
      nodeVersion: null,
    };
  } finally {
    tx.close();
  }
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
