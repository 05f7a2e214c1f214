/** Every system call of queries and mutations by name (contract 3.6, 3.7). */
import { DeveloperError } from "../../errors.ts";
import type { SyscallAnswer, SyscallScope, Syscalls } from "../execution-contract.ts";
import { parseArgs, type SyscallArgs } from "./arguments.ts";
import {
  cancelJob,
  componentArgument,
  createHandle,
  functionMetadata,
  runNested,
  schedule,
} from "./calls.ts";
import { databaseCalls, databaseSyncCalls, searchCalls } from "./database.ts";
import {
  deploymentMetadata,
  readIdentity,
  requestMetadata,
  storageDelete,
  storageGet,
  storageMetadata,
  storageStore,
  storageUrl,
  transactionMetrics,
  uploadUrl,
} from "./environment.ts";

const SYNC = new Map<string, (scope: SyscallScope, args: SyscallArgs) => string>(
  Object.entries({
    ...databaseSyncCalls,
    "1.0/componentArgument": componentArgument,
    "1.0/requireOperation": () => "{}",
  }),
);

const ASYNC = new Map<string, (execution: SyscallScope, args: SyscallArgs) => SyscallAnswer>(
  Object.entries({
    ...searchCalls,
    "1.0/runUdf": runNested,
    "1.0/createFunctionHandle": createHandle,
    "1.0/schedule": schedule,
    "1.0/cancel_job": cancelJob,
    "1.0/getUserIdentity": readIdentity,
    "1.0/getFunctionMetadata": functionMetadata,
    "1.0/getDeploymentMetadata": (execution: SyscallScope) =>
      deploymentMetadata(execution.run.options),
    "1.0/getRequestMetadata": requestMetadata,
    "1.0/getTransactionMetrics": transactionMetrics,
    "1.0/auditLog": () => "null", // kept nowhere: there is no audit log to read it from
    "1.0/storageGetUrl": storageUrl,
    "1.0/storageGetMetadata": storageMetadata,
    "1.0/storageGenerateUploadUrl": uploadUrl,
    "1.0/storageDelete": storageDelete,
    "1.0/storageStore": storageStore,
    "1.0/storageGet": storageGet,
  }),
);

/** The database answers these while the code that asks still runs, unless it has to search first. */
const AT_ONCE = new Map(Object.entries(databaseCalls));

export const syscallTable: Syscalls = {
  sync(scope, op, args) {
    const call = SYNC.get(op);
    if (call === undefined) throw new DeveloperError(`Unknown operation ${op}`);
    return call(scope, parseArgs(op, args));
  },
  atOnce(scope, op, args) {
    return AT_ONCE.get(op)?.(scope, parseArgs(op, args)) ?? null;
  },
  async(scope, op, args) {
    const parsed = parseArgs(op, args);
    const answer = AT_ONCE.get(op)?.(scope, parsed) ?? ASYNC.get(op)?.(scope, parsed);
    if (answer === undefined) throw new DeveloperError(`Unknown async operation ${op}`);
    return answer;
  },
};
