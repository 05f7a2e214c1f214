/**
 * Reads fields of a JSON body that came from outside. Everything it returns has the
 * type it says; everything else ends the request with 400 BadRequest and the field's name.
 */
import type { JSONValue } from "convex/values";
import { HttpError } from "../http/exchange.ts";

export type JsonObject = { readonly [field: string]: JSONValue };

/** `where` names the value in the message, as in every function below. */
export function objectField(value: JSONValue | undefined, where: string): JsonObject {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw malformed(where, "an object");
  }
  return value as JsonObject;
}

export function arrayField(value: JSONValue | undefined, where: string): readonly JSONValue[] {
  if (!Array.isArray(value)) throw malformed(where, "an array");
  return value;
}

export function stringField(value: JSONValue | undefined, where: string): string {
  if (typeof value !== "string") throw malformed(where, "a string");
  return value;
}

export function booleanField(value: JSONValue | undefined, where: string): boolean {
  if (typeof value !== "boolean") throw malformed(where, "a boolean");
  return value;
}

/** Absent and null both read as null. */
export function optionalField<T>(
  value: JSONValue | undefined,
  read: (value: JSONValue, where: string) => T,
  where: string,
): T | null {
  return value === undefined || value === null ? null : read(value, where);
}

function malformed(where: string, expected: string): HttpError {
  return new HttpError(400, "BadRequest", `\`${where}\` must be ${expected}`);
}
