/**
 * Functions over HTTP: `/api/query`, `/api/mutation`, `/api/action`, `/api/function`,
 * `/api/run/...` and the reads at a timestamp.
 *
 * [HTTP9] A function's own error is 200 with `status: "error"`; only transport and
 *         system failures are 4xx and 5xx with `{code, message}`.
 * [HTTP10] `args` is an object or a positional array.
 * [HTTP11] A wrong token fails the whole request with 401.
 * [HTTP12] `query_batch` reads all its queries at one timestamp, `query_at_ts` at the
 *          one given by `query_ts`.
 * [HTTP35] A batch has at most 1,000 queries, a few at a time: others go on meanwhile.
 */
import { setImmediate } from "node:timers/promises";
import type { JSONValue } from "convex/values";
import { type Authenticator, requireAdmin } from "../auth/credentials.ts";
import { parseFunctionPath } from "../function-path.ts";
import type {
  ActionOutcome,
  FunctionCall,
  FunctionFailure,
  FunctionRunner,
  MutationOutcome,
  QueryOutcome,
  Timestamp,
} from "../rooms.ts";
import { errorDataField, errorMessage } from "../subscriptions/shared-result.ts";
import { parseShallowJson } from "../values/nesting.ts";
import { tsFromBase64, tsToBase64 } from "../values/timestamps.ts";
import {
  errorAnswer,
  type HttpAnswer,
  HttpError,
  type HttpExchange,
  type HttpHandler,
  jsonAnswer,
  rawJsonAnswer,
  readJson,
} from "./exchange.ts";
import { checkClientVersion, requestContext } from "./request-context.ts";
import { formatJson, type ResultFormat, readFormat } from "./result-formats.ts";

export interface DataApiOptions {
  readonly runner: FunctionRunner;
  readonly authenticator: Authenticator;
  readonly database: { readonly durableTs: Timestamp };
  readonly random: (bytes: number) => Uint8Array;
}

const MAX_BATCH = 1_000;
const AT_ONCE = 20;

type Fields = { readonly [field: string]: JSONValue | undefined };

interface PlannedCall {
  readonly call: FunctionCall;
  readonly format: ResultFormat;
}

type Route = (exchange: HttpExchange, options: DataApiOptions) => Promise<HttpAnswer>;

const ROUTES: Readonly<Record<string, Route>> = {
  "GET /api/query": async (exchange, options) => {
    const plan = await planCall(exchange, queryFields(exchange), options);
    return answer(await options.runner.query(plan.call), plan);
  },
  "POST /api/query": async (exchange, options) => {
    const plan = await planCall(exchange, await bodyFields(exchange), options);
    return answer(await options.runner.query(plan.call), plan);
  },
  "POST /api/query_ts": async (_, { database }) =>
    jsonAnswer(200, { ts: tsToBase64(database.durableTs) }),
  "POST /api/query_at_ts": async (exchange, options) => {
    const fields = await bodyFields(exchange);
    const at = readTs(fields.ts, options.database.durableTs);
    const plan = await planCall(exchange, fields, options);
    return answer(await options.runner.query(plan.call, { at }), plan);
  },
  "POST /api/query_batch": queryBatch,
  "POST /api/mutation": async (exchange, options) => {
    const plan = await planCall(exchange, await bodyFields(exchange), options);
    return answer(await options.runner.mutation(plan.call), plan);
  },
  "POST /api/action": async (exchange, options) => {
    const plan = await planCall(exchange, await bodyFields(exchange), options);
    return answer(await options.runner.action(plan.call), plan);
  },
  "POST /api/function": async (exchange, options) => {
    const plan = await planCall(exchange, await bodyFields(exchange), options);
    requireAdmin(plan.call.request.identity);
    return answer(await options.runner.any(plan.call), plan);
  },
};

export function createDataApi(options: DataApiOptions): HttpHandler {
  return async (exchange) => {
    const { method, path } = exchange;
    const route = ROUTES[`${method} ${path}`];
    const run = path.startsWith("/api/run/");
    if (route === undefined && !run) return wrongMethod(method, path);
    checkClientVersion(exchange);
    if (route !== undefined) return await route(exchange, options);
    return method === "POST" ? await runByPath(exchange, options) : methodNotAllowed(method);
  };
}

async function queryBatch(exchange: HttpExchange, options: DataApiOptions): Promise<HttpAnswer> {
  const { queries } = await bodyFields(exchange);
  if (!Array.isArray(queries)) throw badBody("`queries` must be an array");
  if (queries.length > MAX_BATCH) {
    throw new HttpError(400, "TooManyQueries", `One batch can have ${MAX_BATCH} queries`);
  }
  const at = options.database.durableTs;
  const run = async (query: JSONValue) => {
    const plan = await planCall(exchange, objectOf(query, "a query"), options);
    return responseJson(await options.runner.query(plan.call, { at }), plan);
  };
  const results: string[] = [];
  for (let next = 0; next < queries.length && !exchange.signal.aborted; next += AT_ONCE) {
    results.push(...(await Promise.all(queries.slice(next, next + AT_ONCE).map(run))));
    await setImmediate(); // others have their turn
  }
  return rawJsonAnswer(200, `{"results":[${results.join(",")}]}`);
}

/** `/api/run/{module/parts}/{function}`, each segment URL-encoded. */
async function runByPath(exchange: HttpExchange, options: DataApiOptions): Promise<HttpAnswer> {
  const segments = exchange.path.slice("/api/run/".length).split("/").map(decodeSegment);
  const name = segments.pop() ?? "";
  const path = segments.length === 0 ? name : `${segments.join("/")}:${name}`;
  const fields = await bodyFields(exchange);
  const plan = await planCall(exchange, { ...fields, path }, options);
  return answer(await options.runner.any(plan.call), plan);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, "BadPath", "The path is not valid");
  }
}

async function planCall(
  exchange: HttpExchange,
  fields: Fields,
  { authenticator, random }: DataApiOptions,
): Promise<PlannedCall> {
  const format = readFormat(fields.format);
  if (typeof fields.path !== "string") throw badBody("`path` must be a string");
  const parsed = parseFunctionPath(fields.path);
  if (!parsed.ok) throw new HttpError(400, "BadConvexFunctionIdentifier", parsed.message);
  const identity = await authenticator.identify(exchange);
  const component = typeof fields.componentPath === "string" ? fields.componentPath : "";
  const call: FunctionCall = {
    address: { component, path: parsed.path },
    args: readArgs(fields.args),
    request: requestContext(exchange, identity, random),
    allowed: identity.kind === "admin" ? "all" : "public",
  };
  return { call, format };
}

function readArgs(args: JSONValue | undefined): readonly JSONValue[] {
  if (Array.isArray(args)) return args;
  if (args !== null && typeof args === "object") return [args];
  throw badBody("`args` must be an object or an array");
}

function readTs(ts: JSONValue | undefined, newest: Timestamp): Timestamp {
  try {
    const at = tsFromBase64(String(ts));
    if (at <= newest) return at;
  } catch {
    // told below
  }
  throw new HttpError(400, "InvalidTimestamp", "`ts` is not a timestamp of this deployment");
}

async function bodyFields(exchange: HttpExchange): Promise<Fields> {
  return objectOf(await readJson(exchange), "the body");
}

function queryFields({ query }: HttpExchange): Fields {
  const args = query.get("args");
  try {
    const parsed = args === null ? undefined : parseShallowJson(args);
    return { path: query.get("path"), args: parsed, format: query.get("format") };
  } catch {
    throw badBody("`args` must be JSON");
  }
}

function objectOf(value: JSONValue, what: string): Fields {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  throw badBody(`${what} must be an object`);
}

function badBody(message: string): HttpError {
  return new HttpError(400, "BadJsonBody", message);
}

type Outcome = QueryOutcome | MutationOutcome | ActionOutcome;

function answer(outcome: Outcome, plan: PlannedCall): HttpAnswer {
  return rawJsonAnswer(200, responseJson(outcome, plan));
}

function responseJson(outcome: Outcome, { call, format }: PlannedCall): string {
  const result = "result" in outcome ? outcome.result : outcome;
  const { logLines } = outcome;
  const logs = logLines.length === 0 ? "" : `,"logLines":${JSON.stringify(logLines)}`;
  if (result.ok) {
    return `{"status":"success","value":${formatJson(result.json, format)}${logs}}`;
  }
  const message = JSON.stringify(errorMessage(result.failure, call.request.requestId));
  return `{"status":"error","errorMessage":${message}${dataField(result.failure, format)}${logs}}`;
}

function dataField({ data }: FunctionFailure, format: ResultFormat): string {
  if (data === undefined) return "";
  return errorDataField(JSON.parse(formatJson(JSON.stringify(data), format)) as JSONValue);
}

/** Null when the path is nobody's of this file. */
function wrongMethod(method: string, path: string): HttpAnswer | null {
  const known = Object.keys(ROUTES).some((route) => route.endsWith(` ${path}`));
  return known ? methodNotAllowed(method) : null;
}

function methodNotAllowed(method: string): HttpAnswer {
  return errorAnswer(405, "MethodNotAllowed", `${method} is not possible here`);
}
