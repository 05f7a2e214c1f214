/** Calls of other functions inside the same transaction, handles, and scheduling (contract 3.9, 5.3). */
import type { JSONValue } from "convex/values";
import type { MetricName, Transaction } from "../../database/types.ts";
import { DeveloperError } from "../../errors.ts";
import type { FunctionAddress } from "../../rooms.ts";
import type { DeployedFunction } from "../deployment-version.ts";
import {
  type ExecutionType,
  errorAnswer,
  NestedCall,
  type NestedExecution,
  type SyscallScope,
} from "../execution-contract.ts";
import { messageOf } from "../failure.ts";
import {
  addressOf,
  canonicalPath,
  functionHandle,
  splitPath,
  strippedPath,
} from "../function-address.ts";
import { notFound, wrongType } from "../resolution.ts";
import { checkArguments, checkReturn } from "../validation.ts";
import { numberArg, type SyscallArgs, stringArg } from "./arguments.ts";
import { assertMutation } from "./database.ts";

const MAX_DEPTH = 8;
const TOO_DEEP =
  "Cross component call depth limit exceeded. Do you have an infinite loop in your app?";

/** `1.0/runUdf`. */
export function runNested(execution: SyscallScope, args: SyscallArgs): NestedCall {
  const udfType = stringArg(args, "udfType");
  const type: ExecutionType = udfType === "mutation" ? "mutation" : "query";
  if (type === "mutation" && execution.call.type === "query") {
    throw new DeveloperError("Cannot call a Mutation function from a Query function");
  }
  if (udfType === "snapshotQuery") assertMutation(execution, "read a stale snapshot");
  if (execution.call.depth >= MAX_DEPTH) throw new DeveloperError(TOO_DEEP);
  const target = resolve(execution, addressOf(args, ""), type);
  const positional = [args.args ?? {}];
  checkArguments(target, positional, execution.tx);
  const call = {
    target,
    type,
    args: JSON.stringify(positional),
    seed: execution.drawSeed(),
    depth: execution.call.depth + 1,
  };
  const tx = udfType === "snapshotQuery" ? execution.tx.staleView() : execution.tx;
  return nestedCall(execution.nest(call, tx), tx, limitsOf(args));
}

/** Undoes what a failed call wrote; its reads stay with the caller. */
function nestedCall(
  nested: NestedExecution,
  tx: Transaction,
  limits: Partial<Record<MetricName, number>> | null,
): NestedCall {
  const savepoint = tx.savepoint();
  const restore = limits === null ? () => {} : tx.usage.narrow(limits);
  const fail = (message: string, data?: JSONValue) => {
    if (nested.call.type === "mutation") tx.rollbackTo(savepoint);
    return errorAnswer(message, data);
  };
  return new NestedCall(nested, (result) => {
    restore();
    if (!result.ok) return fail(messageOf(result.failure), result.failure.data);
    try {
      checkReturn(nested.call.target, result.json, tx);
      return `s${result.json}`;
    } catch (error) {
      if (error instanceof DeveloperError) return fail(error.message);
      throw error;
    }
  });
}

function resolve(
  execution: SyscallScope,
  address: FunctionAddress,
  type: ExecutionType,
): DeployedFunction {
  const target = execution.run.version.find(address);
  if (target === null) throw new DeveloperError(notFound(address, "all"));
  const expected = type === "query" ? "Query" : "Mutation";
  if (target.analyzed.udfType !== expected) throw new DeveloperError(wrongType(target, expected));
  return target;
}

function limitsOf(args: SyscallArgs): Partial<Record<MetricName, number>> | null {
  const limits = args.transactionLimits;
  if (typeof limits !== "object" || limits === null || Array.isArray(limits)) return null;
  return limits as Partial<Record<MetricName, number>>;
}

/** `1.0/createFunctionHandle`. */
export function createHandle(execution: SyscallScope, args: SyscallArgs): string {
  if (typeof args.functionHandle === "string") return JSON.stringify(args.functionHandle);
  const address = addressOf(args, "");
  if (execution.run.version.find(address) === null)
    throw new DeveloperError(notFound(address, "all"));
  return JSON.stringify(functionHandle(address));
}

/** `1.0/schedule`: part of the transaction. */
export function schedule(execution: SyscallScope, args: SyscallArgs): string {
  assertMutation(execution, "schedule functions");
  const { run } = execution;
  const address = addressOf(args, "");
  checkSchedulable(run.version, address);
  const positional = [args.args ?? {}];
  run.tx.usage.recordScheduled(Buffer.byteLength(JSON.stringify(positional)));
  const id = run.options.scheduler.schedule(run.tx, {
    address,
    args: positional,
    tsSeconds: numberArg(args, "ts"),
    request: run.request,
  });
  return JSON.stringify(id);
}

export function cancelJob(execution: SyscallScope, args: SyscallArgs): string {
  assertMutation(execution, "cancel scheduled functions");
  const { run } = execution;
  run.options.scheduler.cancel(run.tx, stringArg(args, "id"), run.request);
  return "null";
}

interface Functions {
  find(address: FunctionAddress): DeployedFunction | null;
  hasModule(path: string): boolean;
}

/** Throws DeveloperError with the texts of contract 5.3. */
export function checkSchedulable(version: Functions, address: FunctionAddress): void {
  const path = splitPath(address.path);
  if (path === null || !version.hasModule(path.module)) {
    const file = path?.module ?? address.path;
    throw new DeveloperError(`Attempted to schedule function at nonexistent path: ${file}`);
  }
  const target = version.find(address);
  if (target === null) {
    throw new DeveloperError(
      `Attempted to schedule function, but no exported function ${path.name} found in the file: ${path.module}. Did you forget to export it?`,
    );
  }
  if (target.analyzed.udfType === "Query") {
    throw new DeveloperError(
      `Attempted to schedule the query ${canonicalPath(path)}: only mutations and actions can be scheduled.`,
    );
  }
}

/** `1.0/getFunctionMetadata`. */
export function functionMetadata(execution: SyscallScope): string {
  return JSON.stringify({ name: strippedPath(execution.call.target.path), componentPath: "" });
}
