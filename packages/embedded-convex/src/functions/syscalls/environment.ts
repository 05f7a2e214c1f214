/** What a function may know of its caller, its deployment and its own use of the limits; `ctx.storage`. */

import type { JSONValue } from "convex/values";
import { AuthError, DeveloperError } from "../../errors.ts";
import type { Identity, RequestContext } from "../../rooms.ts";
import type { SyscallScope } from "../execution-contract.ts";
import type { FunctionRunnerOptions } from "../options.ts";
import { optionalString, type SyscallArgs, stringArg } from "./arguments.ts";
import { assertMutation } from "./database.ts";

/** Null without a user. Throws DeveloperError for a token that did not verify, AuthError for an expired one. */
export function userIdentity(identity: Identity, nowMs: number): JSONValue {
  switch (identity.kind) {
    case "none":
      return null;
    case "admin":
      return identity.actingAs;
    case "user":
      assertNotExpired(identity, nowMs);
      return identity.attributes;
    case "unknown":
      throw new DeveloperError(identity.error, "Unauthenticated");
    default:
      return identity satisfies never;
  }
}

/** Throws AuthError when the token has run out since it was accepted. */
export function assertNotExpired(identity: Identity, nowMs: number): void {
  if (identity.kind !== "user" || identity.expiresAtMs > nowMs) return;
  throw new AuthError("TokenExpired", "Convex token identity expired", 401);
}

export function readIdentity({ run, call }: SyscallScope): string {
  // In a component the answer is the same whoever calls.
  if (call.target.component === "") run.observedIdentity = true;
  return JSON.stringify(userIdentity(call.identity, run.options.clock.nowMs()));
}

export function requestMetadata(execution: SyscallScope): string {
  if (execution.call.type === "query") {
    throw new DeveloperError(
      "Request metadata is not available in queries.",
      "RequestMetadataNotAllowed",
    );
  }
  const { run, call } = execution;
  return JSON.stringify(metadataOf({ ...run.request, identity: call.identity }));
}

export function metadataOf(request: RequestContext): JSONValue {
  return {
    ip: request.ip,
    userAgent: request.userAgent,
    requestId: request.requestId,
    scheduledFunctionId: request.scheduledFunctionId ?? null,
    authToken: request.identity.kind === "user" ? request.identity.token : null,
  };
}

export function deploymentMetadata(options: FunctionRunnerOptions): string {
  return JSON.stringify({
    name: options.deploymentName ?? "embedded",
    region: null,
    class: "s256",
  });
}

/** The transaction of this room never counts files: their limits are reported as untouched. */
const FILE_METRICS = {
  filesWritten: { used: 0, remaining: 1000 },
  fileWriteBytes: { used: 0, remaining: 16 * 1024 * 1024 },
  filesRead: { used: 0, remaining: 1000 },
  fileReadBytes: { used: 0, remaining: 16 * 1024 * 1024 },
};

export function transactionMetrics({ run }: SyscallScope): string {
  return JSON.stringify({ ...run.tx.usage.metrics(), ...FILE_METRICS });
}

// ------------------------------------------------------------------- storage

export function storageUrl({ run, tx }: SyscallScope, args: SyscallArgs): string {
  return JSON.stringify(run.options.storage.getUrl(tx, stringArg(args, "storageId")));
}

export function storageMetadata({ run, tx }: SyscallScope, args: SyscallArgs): string {
  return JSON.stringify(run.options.storage.getMetadata(tx, stringArg(args, "storageId")));
}

export function uploadUrl(execution: SyscallScope): string {
  assertMutation(execution, "make upload URLs");
  return JSON.stringify(execution.run.options.storage.generateUploadUrl(execution.tx.component));
}

export function storageDelete(execution: SyscallScope, args: SyscallArgs): string {
  assertMutation(execution, "delete files");
  execution.run.options.storage.delete(execution.tx, stringArg(args, "storageId"));
  return "null";
}

/** Not part of the transaction: the file is there even when the mutation fails afterwards. */
export async function storageStore(execution: SyscallScope, args: SyscallArgs): Promise<string> {
  assertMutation(execution, "store files");
  const bytes = new Uint8Array(Buffer.from(stringArg(args, "blob"), "base64"));
  const contentType = optionalString(args, "contentType");
  const sha256 = optionalString(args, "sha256") ?? undefined;
  const { storage } = execution.run.options;
  return JSON.stringify(
    await storage.store(execution.tx.component, bytes, {
      contentType: contentType === "" ? null : contentType,
      sha256,
    }),
  );
}

export async function storageGet(execution: SyscallScope, args: SyscallArgs): Promise<string> {
  assertMutation(execution, "read files");
  const file = await execution.run.options.storage.read(
    execution.tx.component,
    stringArg(args, "storageId"),
  );
  if (file === null) return "null";
  return JSON.stringify({
    blob: Buffer.from(file.bytes).toString("base64"),
    contentType: file.contentType,
  });
}
