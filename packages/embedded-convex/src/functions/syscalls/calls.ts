/** Calls of other functions inside the same transaction, handles, and scheduling (contract 3.9, 5.3). */
import type { JSONValue } from "convex/values";
import type { MetricName, Transaction } from "../../database/types.ts";
import { DeveloperError } from "../../errors.ts";
import type { FunctionAddress } from "../../rooms.ts";
import type { DeployedFunction, DeploymentVersion } from "../deployment-version.ts";
import {
  type ExecutionType,
  errorAnswer,
  NestedCall,
  type NestedExecution,
  type SyscallScope,
} from "../execution-contract.ts";
import { messageOf } from "../failure.ts";
import { canonicalPath, splitPath, strippedPath } from "../function-address.ts";
import { functionHandle } from "../function-handles.ts";
import { identityAcross, resolveAddress } from "../references.ts";
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
  const target = resolve(execution, addressIn(execution, args), type);
  const positional = [args.args ?? {}];
  const { target: caller, identity } = execution.call;
  checkArguments(target, positional, execution.tx.within(target.component));
  const call = {
    target,
    type,
    args: JSON.stringify(positional),
    seed: execution.drawSeed(),
    identity: identityAcross(identity, caller.component, target.component),
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
      checkReturn(nested.call.target, result.json, tx.within(nested.call.target.component));
      return `s${result.json}`;
    } catch (error) {
      if (error instanceof DeveloperError) return fail(error.message);
      throw error;
    }
  });
}

/** What the system call's arguments name, seen from where it is made. */
function addressIn(execution: SyscallScope, args: SyscallArgs): FunctionAddress {
  const { version, options } = execution.run;
  const { database } = options;
  return resolveAddress(args, execution.call.target.component, { version, database });
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
  const address = addressIn(execution, args);
  if (execution.run.version.find(address) === null)
    throw new DeveloperError(notFound(address, "all"));
  return JSON.stringify(functionHandle(address, execution.run.options.database));
}

/** `1.0/schedule`: part of the transaction. */
export function schedule(execution: SyscallScope, args: SyscallArgs): string {
  assertMutation(execution, "schedule functions");
  const { run, tx } = execution;
  const address = addressIn(execution, args);
  checkSchedulable(run.version, address);
  const positional = [args.args ?? {}];
  tx.usage.recordScheduled(Buffer.byteLength(JSON.stringify(positional)));
  const id = run.options.scheduler.schedule(tx, {
    address,
    args: positional,
    tsSeconds: numberArg(args, "ts"),
    request: run.request,
  });
  return JSON.stringify(id);
}

export function cancelJob(execution: SyscallScope, args: SyscallArgs): string {
  assertMutation(execution, "cancel scheduled functions");
  const { run, tx } = execution;
  run.options.scheduler.cancel(tx, stringArg(args, "id"), run.request);
  return "null";
}

type Functions = Pick<DeploymentVersion, "find" | "module">;

/** Throws DeveloperError with the texts of contract 5.3. */
export function checkSchedulable(version: Functions, address: FunctionAddress): void {
  const path = splitPath(address.path);
  if (path === null || version.module(address.component, path.module) === undefined) {
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

/** `1.0/componentArgument`; the app itself has no arguments. */
export function componentArgument({ run, call }: SyscallScope, args: SyscallArgs): string {
  const given = run.version.components.get(call.target.component)?.args ?? {};
  const name = stringArg(args, "name");
  return JSON.stringify(Object.hasOwn(given, name) ? { value: given[name] } : {});
}

/** `1.0/getFunctionMetadata`. */
export function functionMetadata(execution: SyscallScope): string {
  const { path, component } = execution.call.target;
  return JSON.stringify({ name: strippedPath(path), componentPath: component });
}
