/**
 * What clients send on the socket, checked field by field: nothing behind this file
 * sees a message of another shape.
 *
 * [SYNC1] A frame that is not JSON, is nested too deep, has an unknown type or a field
 *         of the wrong type is refused with "Received Invalid JSON on websocket".
 */
import type { JSONValue } from "convex/values";
import { parseFunctionPath } from "../function-path.ts";
import type { FunctionAddress, Timestamp } from "../rooms.ts";
import { parseShallowJson } from "../values/nesting.ts";
import { tsFromBase64 } from "../values/timestamps.ts";

export type QuerySetChange =
  | {
      readonly type: "Add";
      readonly queryId: number;
      readonly address: FunctionAddress;
      readonly args: readonly JSONValue[];
      readonly journal: string | null;
    }
  | { readonly type: "Remove"; readonly queryId: number };

export type ClientMessage =
  | {
      readonly type: "Connect";
      readonly sessionId: string;
      readonly connectionCount: number;
      readonly lastCloseReason: string;
      readonly clientTs: number | null;
      readonly maxObservedTimestamp: Timestamp | null;
    }
  | {
      readonly type: "Authenticate";
      readonly baseVersion: number;
      readonly token:
        | { readonly kind: "None" }
        | { readonly kind: "User"; readonly value: string }
        | { readonly kind: "Admin"; readonly value: string; readonly actingAs: unknown };
    }
  | {
      readonly type: "ModifyQuerySet";
      readonly baseVersion: number;
      readonly newVersion: number;
      readonly modifications: readonly QuerySetChange[];
    }
  | {
      readonly type: "Mutation" | "Action";
      readonly requestId: number;
      readonly address: FunctionAddress;
      readonly args: readonly JSONValue[];
    }
  | { readonly type: "Event" };

/** The frame cannot be understood; `message` is what the client is told. */
export class InvalidMessageError extends Error {
  override readonly name = "InvalidMessageError";

  constructor(reason: string) {
    super(`Received Invalid JSON on websocket: ${reason}`);
  }
}

type Fields = { readonly [field: string]: JSONValue | undefined };

const MAX_U32 = 2 ** 32 - 1;
const MAX_TIMESTAMP = 2n ** 63n - 1n;

/** Throws InvalidMessageError. */
export function parseClientMessage(frame: string): ClientMessage {
  let value: JSONValue;
  try {
    value = parseShallowJson(frame);
  } catch (error) {
    throw new InvalidMessageError(error instanceof Error ? error.message : String(error));
  }
  const fields = object(value, "message");
  switch (fields.type) {
    case "Connect":
      return parseConnect(fields);
    case "Authenticate":
      return parseAuthenticate(fields);
    case "ModifyQuerySet":
      return {
        type: "ModifyQuerySet",
        baseVersion: u32(fields, "baseVersion"),
        newVersion: u32(fields, "newVersion"),
        modifications: array(fields, "modifications").map(parseChange),
      };
    case "Mutation":
    case "Action":
      return {
        type: fields.type,
        requestId: u32(fields, "requestId"),
        address: address(fields),
        args: array(fields, "args"),
      };
    case "Event":
      text(fields, "eventType");
      return { type: "Event" };
    default:
      throw new InvalidMessageError(`unknown type ${JSON.stringify(fields.type ?? null)}`);
  }
}

function parseConnect(fields: Fields): ClientMessage {
  const { clientTs, maxObservedTimestamp } = fields;
  return {
    type: "Connect",
    sessionId: uuid(fields),
    connectionCount: u32(fields, "connectionCount"),
    lastCloseReason: optionalText(fields, "lastCloseReason") ?? "unknown",
    clientTs: typeof clientTs === "number" && Number.isFinite(clientTs) ? clientTs : null, // 1e999
    maxObservedTimestamp:
      maxObservedTimestamp === undefined || maxObservedTimestamp === null
        ? null
        : timestamp(maxObservedTimestamp),
  };
}

function parseAuthenticate(fields: Fields): ClientMessage {
  const baseVersion = u32(fields, "baseVersion");
  switch (fields.tokenType) {
    case "None":
      return { type: "Authenticate", baseVersion, token: { kind: "None" } };
    case "User": {
      const value = text(fields, "value");
      return { type: "Authenticate", baseVersion, token: { kind: "User", value } };
    }
    case "Admin": {
      const value = text(fields, "value");
      const actingAs = fields.impersonating ?? fields.acting_as ?? null;
      return { type: "Authenticate", baseVersion, token: { kind: "Admin", value, actingAs } };
    }
    default:
      throw new InvalidMessageError("`tokenType` must be User, Admin or None");
  }
}

function parseChange(value: JSONValue): QuerySetChange {
  const fields = object(value, "modification");
  const queryId = u32(fields, "queryId");
  switch (fields.type) {
    case "Add":
      return {
        type: "Add",
        queryId,
        address: address(fields),
        args: fields.args === undefined || fields.args === null ? [] : array(fields, "args"),
        journal: optionalText(fields, "journal"),
      };
    case "Remove":
      return { type: "Remove", queryId };
    default:
      throw new InvalidMessageError("a modification must be Add or Remove");
  }
}

function address(fields: Fields): FunctionAddress {
  const parsed = parseFunctionPath(text(fields, "udfPath"));
  if (!parsed.ok) throw new InvalidMessageError(parsed.message);
  return { component: optionalText(fields, "componentPath") ?? "", path: parsed.path };
}

function uuid(fields: Fields): string {
  const sessionId = text(fields, "sessionId");
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sessionId)) {
    throw new InvalidMessageError("`sessionId` must be a UUID");
  }
  return sessionId.toLowerCase();
}

function timestamp(value: JSONValue): Timestamp {
  try {
    const ts = tsFromBase64(String(value));
    if (ts <= MAX_TIMESTAMP) return ts;
  } catch {
    // told below
  }
  throw new InvalidMessageError("`maxObservedTimestamp` is not a timestamp");
}

function object(value: JSONValue, what: string): Fields {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  throw new InvalidMessageError(`a ${what} must be an object`);
}

function array(fields: Fields, name: string): readonly JSONValue[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw new InvalidMessageError(`\`${name}\` must be an array`);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new InvalidMessageError(`\`${name}\` must be a string`);
}

function optionalText(fields: Fields, name: string): string | null {
  const value = fields[name];
  return value === undefined || value === null ? null : text(fields, name);
}

function u32(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_U32) {
    return value;
  }
  throw new InvalidMessageError(`\`${name}\` must be an unsigned 32-bit number`);
}
