/**
 * System calls of actions, on the main thread: each is a transaction of its own
 * (contract 3.7, 3.9). What fails here is catchable in the action, whatever it is.
 */
import type { JSONValue } from "convex/values";
import type { Transaction } from "../../database/types.ts";
import { DeveloperError } from "../../errors.ts";
import type {
  ActionOutcome,
  FunctionCall,
  MutationOutcome,
  QueryOutcome,
  RequestContext,
} from "../../rooms.ts";
import type { DeploymentVersion } from "../deployment-version.ts";
import { messageOf } from "../failure.ts";
import { functionHandle } from "../function-handles.ts";
import type { FunctionRunnerOptions } from "../options.ts";
import { identityAcross, resolveAddress } from "../references.ts";
import { notFound } from "../resolution.ts";
import {
  numberArg,
  optionalString,
  parseArgs,
  type SyscallArgs,
  stringArg,
} from "../syscalls/arguments.ts";
import { checkSchedulable } from "../syscalls/calls.ts";
import { deploymentMetadata, metadataOf, userIdentity } from "../syscalls/environment.ts";
import type { Answer } from "./protocol.ts";

/** The engine's own entrances, for calls from actions. */
export interface ActionDoors {
  readonly options: FunctionRunnerOptions;
  query(call: FunctionCall): Promise<QueryOutcome>;
  mutation(call: FunctionCall): Promise<MutationOutcome>;
  action(call: FunctionCall): Promise<ActionOutcome>;
}

export interface ActionScope {
  readonly doors: ActionDoors;
  readonly version: DeploymentVersion;
  /** Its identity is what the action may know. */
  readonly request: RequestContext;
  /** Path of the action's component. */
  readonly component: string;
  /** `dir/module:function`; for HTTP actions `http:default`. */
  readonly path: string;
}

/** Never rejects. */
export async function runOperation(
  scope: ActionScope,
  op: string,
  argsText: string,
  bytes: Uint8Array | undefined,
): Promise<Answer> {
  try {
    const operation = OPERATIONS.get(op);
    if (operation === undefined) throw new DeveloperError(`Unknown async operation ${op}`);
    return await operation(scope, parseArgs(op, argsText), bytes);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  const data = error instanceof DeveloperError ? error.data : undefined;
  return data === undefined ? { ok: false, message } : { ok: false, message, data };
}

type Operation = (
  scope: ActionScope,
  args: SyscallArgs,
  bytes: Uint8Array | undefined,
) => Promise<Answer> | Answer;

const OPERATIONS = new Map<string, Operation>([
  [
    "1.0/actions/query",
    async (scope, args) => resultOf((await scope.doors.query(callOf(scope, args))).result),
  ],
  [
    "1.0/actions/mutation",
    async (scope, args) => resultOf(await scope.doors.mutation(callOf(scope, args))),
  ],
  [
    "1.0/actions/action",
    async (scope, args) => resultOf(await scope.doors.action(callOf(scope, args))),
  ],
  ["1.0/actions/schedule", schedule],
  [
    "1.0/actions/cancel_job",
    (scope, args) =>
      inTransaction(scope, (tx) => {
        scope.doors.options.scheduler.cancel(tx, stringArg(args, "id"), scope.request);
        return null;
      }),
  ],
  [
    "1.0/actions/vectorSearch",
    async ({ doors, component }, args) => {
      const results = await doors.options.database.vectorSearch(component, args.query);
      return json({ results: results.map((hit) => ({ ...hit })) });
    },
  ],
  ["1.0/createFunctionHandle", createHandle],
  [
    "1.0/getUserIdentity",
    ({ request, doors }) => json(userIdentity(request.identity, doors.options.clock.nowMs())),
  ],
  [
    "1.0/getFunctionMetadata",
    ({ path, component }) => json({ name: path, componentPath: component }),
  ],
  ["1.0/getDeploymentMetadata", ({ doors }) => text(deploymentMetadata(doors.options))],
  ["1.0/getRequestMetadata", ({ request }) => json(metadataOf(request))],
  [
    "1.0/storageGenerateUploadUrl",
    ({ doors, component }) => json(doors.options.storage.generateUploadUrl(component)),
  ],
  [
    "1.0/storageGetUrl",
    (scope, args) =>
      reading(scope, (tx) => scope.doors.options.storage.getUrl(tx, stringArg(args, "storageId"))),
  ],
  [
    "1.0/storageGetMetadata",
    (scope, args) =>
      reading(scope, (tx) => {
        const metadata = scope.doors.options.storage.getMetadata(tx, stringArg(args, "storageId"));
        return metadata === null ? null : { ...metadata };
      }),
  ],
  [
    "1.0/storageDelete",
    (scope, args) =>
      inTransaction(scope, (tx) => {
        scope.doors.options.storage.delete(tx, stringArg(args, "storageId"));
        return null;
      }),
  ],
  ["storage/storeBlob", storeBlob],
  ["storage/getBlob", getBlob],
]);

function callOf(scope: ActionScope, args: SyscallArgs): FunctionCall {
  const address = addressIn(scope, args);
  const identity = identityAcross(scope.request.identity, scope.component, address.component);
  const request = { ...scope.request, identity };
  return { address, args: [args.args ?? {}], request, allowed: "all" };
}

function addressIn({ component, version, doors }: ActionScope, args: SyscallArgs) {
  return resolveAddress(args, component, { version, database: doors.options.database });
}

type Outcome =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly failure: { readonly text: string; readonly data?: JSONValue } };

function resultOf(outcome: Outcome): Answer {
  if (outcome.ok) return text(outcome.json);
  const { failure } = outcome;
  const message = messageOf(failure);
  return failure.data === undefined
    ? { ok: false, message }
    : { ok: false, message, data: failure.data };
}

function text(json: string): Answer {
  return { ok: true, json };
}

function json(value: JSONValue): Answer {
  return text(JSON.stringify(value));
}

function schedule(scope: ActionScope, args: SyscallArgs): Promise<Answer> {
  const { scheduler } = scope.doors.options;
  const address = addressIn(scope, args);
  checkSchedulable(scope.version, address);
  return inTransaction(scope, (tx) =>
    scheduler.schedule(tx, {
      address,
      args: [args.args ?? {}],
      tsSeconds: numberArg(args, "ts"),
      request: scope.request,
    }),
  );
}

function createHandle(scope: ActionScope, args: SyscallArgs): Answer {
  if (typeof args.functionHandle === "string") return json(args.functionHandle);
  const address = addressIn(scope, args);
  if (scope.version.find(address) === null) throw new DeveloperError(notFound(address, "all"));
  return json(functionHandle(address, scope.doors.options.database));
}

async function storeBlob(
  { doors, component }: ActionScope,
  args: SyscallArgs,
  bytes: Uint8Array | undefined,
): Promise<Answer> {
  const given = optionalString(args, "contentType");
  const sha256 = optionalString(args, "sha256") ?? undefined;
  const about = { contentType: given === "" ? null : given, sha256 };
  return json(await doors.options.storage.store(component, bytes ?? new Uint8Array(), about));
}

async function getBlob({ doors, component }: ActionScope, args: SyscallArgs): Promise<Answer> {
  const file = await doors.options.storage.read(component, stringArg(args, "storageId"));
  return { ok: true, bytes: file?.bytes ?? null, contentType: file?.contentType ?? null };
}

function reading({ doors, component }: ActionScope, work: (tx: Transaction) => JSONValue): Answer {
  const tx = doors.options.database.begin({ durable: true });
  try {
    return json(work(tx.within(component)));
  } finally {
    tx.close();
  }
}

const MAX_ATTEMPTS = 5;

async function inTransaction(
  { doors, path, component }: ActionScope,
  work: (tx: Transaction) => JSONValue,
): Promise<Answer> {
  const { database } = doors.options;
  for (let attempt = 1; ; attempt++) {
    const tx = database.begin();
    try {
      const value = work(tx.within(component));
      await database.commit(tx, { source: path }).durable;
      return json(value);
    } catch (error) {
      const conflict = (error as { code?: unknown }).code === "OptimisticConcurrencyControlFailure";
      if (!conflict || attempt === MAX_ATTEMPTS) throw error;
    } finally {
      tx.close();
    }
  }
}
