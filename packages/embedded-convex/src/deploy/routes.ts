/** What each of the CLI's routes does; `api.ts` decides who may call it. */
import type { JSONValue } from "convex/values";
import type { Database } from "../database/types.ts";
import { PushError } from "../errors.ts";
import type { InlineQueries } from "../functions/inline-query.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { requestContext } from "../http/request-context.ts";
import type { Clock, PushAnalyzer } from "../rooms.ts";
import { errorMessage } from "../subscriptions/shared-result.ts";
import { readComponents } from "./component-rows.ts";
import { readModules, readPushedWith } from "./deployment-rows.ts";
import { listEnvironment, readEnvironmentChanges, updateEnvironment } from "./environment.ts";
import { activatePush, raceDetected, rehearsePush, waitForSchema } from "./finish-push.ts";
import type { FunctionLogs } from "./function-logs.ts";
import { schemaChangeOf, startPushAnswer } from "./push-answers.ts";
import { readPushRequest } from "./push-request.ts";
import { booleanField, objectField, optionalField, stringField } from "./request-fields.ts";
import { evaluateSchema } from "./schema-evaluation.ts";
import type { StagedPush, StagedPushes } from "./staged-pushes.ts";
import { evaluatePush } from "./start-push.ts";

export interface RouteDoors {
  readonly database: Database;
  readonly analyzer: PushAnalyzer;
  readonly clock: Clock;
  readonly staged: StagedPushes;
  readonly logs: FunctionLogs;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly inlineQueries: InlineQueries;
  readonly random: (bytes: number) => Uint8Array;
  readonly onActivated: () => Promise<void>;
}

export type Route = (body: JSONValue, exchange: HttpExchange) => Promise<JSONValue>;
/** By method and path. */
export type Routes = Readonly<Record<string, Route>>;

const MAX_WAIT_MS = 30_000; // below every client's and proxy's patience

/** Routes whose body carries the admin key a second time. */
export function pushRoutes(doors: RouteDoors): Routes {
  const evaluate = (body: JSONValue) => evaluatePush(readPushRequest(body), doors);
  return {
    "POST /api/get_config_hashes": async () => configHashes(doors.database),
    "POST /api/deploy2/evaluate_schema": (body) => evaluateSchema(readPushRequest(body), doors),
    "POST /api/deploy2/evaluate_push": async (body) => ({
      schemaChange: schemaChangeOf(await evaluate(body), null),
    }),
    "POST /api/deploy2/start_push": async (body) =>
      startPushAnswer(doors.staged.add(await evaluate(body))),
    "POST /api/deploy2/wait_for_schema": (body) => waitForPushedSchema(body, doors),
    "POST /api/deploy2/finish_push": (body) => finishPush(body, doors),
    "POST /api/deploy2/report_push_completed": async () => null,
    "POST /api/run_test_function": (body, exchange) => runInlineQuery(body, exchange, doors),
  };
}

/** Routes that know the admin by the header alone. */
export function otherRoutes(doors: RouteDoors): Routes {
  const { database, logs, origins } = doors;
  const updateVariables: Route = async (body) => {
    await updateEnvironment(readEnvironmentChanges(body), doors);
    await doors.onActivated();
    return null;
  };
  return {
    "GET /api/v1/get_canonical_urls": async () => ({
      convexCloudUrl: origins.cloudUrl,
      convexSiteUrl: origins.siteUrl,
    }),
    "POST /api/update_environment_variables": updateVariables,
    "POST /api/v1/update_environment_variables": updateVariables,
    "GET /api/v1/list_environment_variables": async () => ({
      environmentVariables: listEnvironment(database),
    }),
    "GET /api/stream_function_logs": (_body, { query, signal }) =>
      logs.read(Number(query.get("cursor")) || 0, signal),
  };
}

async function waitForPushedSchema(body: JSONValue, doors: RouteDoors): Promise<JSONValue> {
  const { schemaChange, timeoutMs, dryRun } = objectField(body, "body");
  if (dryRun === true) return { type: "complete" };
  const push = findPush(objectField(schemaChange, "schemaChange").token, doors);
  return await waitForSchema(push, Math.min(Number(timeoutMs) || 0, MAX_WAIT_MS), doors);
}

async function finishPush(body: JSONValue, doors: RouteDoors): Promise<JSONValue> {
  const { startPush, dryRun } = objectField(body, "body");
  const push = findPush(objectField(startPush, "startPush").pushToken, doors);
  if (push === undefined) throw raceDetected("The deployment forgot this push");
  if (booleanField(dryRun ?? false, "dryRun")) return rehearsePush(push, doors);
  const diff = await activatePush(push, doors);
  await doors.onActivated();
  return diff;
}

/** The answer has the form of `/api/function`. */
async function runInlineQuery(
  body: JSONValue,
  exchange: HttpExchange,
  { inlineQueries, random, database }: RouteDoors,
): Promise<JSONValue> {
  const { bundle, componentId } = objectField(body, "body");
  const component = componentWithId(
    optionalField(componentId, stringField, "componentId"),
    database,
  );
  const source = stringField(objectField(bundle, "bundle").source, "bundle.source");
  const request = requestContext(exchange, { kind: "admin", actingAs: null }, random);
  const { result, logLines: lines } = await inlineQueries(source, component, request);
  const logLines = [...lines];
  if (result.ok) return { status: "success", value: JSON.parse(result.json), logLines };
  const { failure } = result;
  const data = failure.data === undefined ? {} : { errorData: failure.data };
  const text = errorMessage(failure, request.requestId);
  return { status: "error", errorMessage: text, ...data, logLines };
}

/** The CLI names components by their ids here. */
function componentWithId(id: string | null, database: Database): string {
  if (id === null || id === "") return "";
  const tx = database.begin();
  try {
    const found = [...readComponents(tx).values()].find(({ _id }) => _id === id);
    if (found !== undefined) return found.path;
    throw new PushError("ComponentNotFound", `There is no component with the id ${id}.`);
  } finally {
    tx.close();
  }
}

function findPush(token: JSONValue | undefined, { staged }: RouteDoors): StagedPush | undefined {
  return staged.find(optionalField(token, stringField, "token") ?? "");
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
    const { serverVersion, nodeVersion } = readPushedWith(tx);
    return {
      config: { functions: "convex/" },
      moduleHashes,
      udfServerVersion: serverVersion,
      ...(nodeVersion === null ? {} : { nodeVersion }), // a null would count as a change
    };
  } finally {
    tx.close();
  }
}
