/**
 * Evaluates the expressions of `.filter` (contract 3.6): comparisons in the total
 * order of values, arithmetic on two numbers of one kind, boolean logic that stops
 * as soon as it knows.
 */
import { compareValues, type JSONValue, type Value } from "convex/values";
import { DeveloperError } from "../errors.ts";
import { type DocumentFields, fieldValue } from "../values/document-fields.ts";
import { printType, printValue } from "../values/value-text.ts";
import { decodeBound } from "./index-range.ts";

type Result = Value | undefined;

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

interface Arithmetic {
  readonly verb: string;
  readonly floats: (a: number, b: number) => number;
  /** Null where integers have no result. */
  readonly ints: (a: bigint, b: bigint) => bigint | null;
}

const ARITHMETIC: Record<string, Arithmetic> = {
  $add: { verb: "add", floats: (a, b) => a + b, ints: (a, b) => a + b },
  $sub: { verb: "subtract", floats: (a, b) => a - b, ints: (a, b) => a - b },
  $mul: { verb: "multiply", floats: (a, b) => a * b, ints: (a, b) => a * b },
  $div: { verb: "divide", floats: (a, b) => a / b, ints: (a, b) => (b === 0n ? null : a / b) },
  $mod: { verb: "modulo", floats: (a, b) => a % b, ints: (a, b) => (b === 0n ? null : a % b) },
};

/** Throws a DeveloperError when the filter's result is not a boolean, or inside. */
export function passesFilter(expression: JSONValue, document: DocumentFields): boolean {
  return asBoolean(evaluate(expression, document));
}

export function evaluate(expression: JSONValue, document: DocumentFields): Result {
  const [operator, operand] = parts(expression);
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) {
    const [a, b] = pair(operand).map((one) => evaluate(one, document));
    return comparison(compareValues(a, b));
  }
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) {
    const [a, b] = pair(operand).map((one) => evaluate(one, document));
    return calculate(arithmetic, a, b);
  }
  return evaluateOther(operator, operand, document);
}

function evaluateOther(operator: string, operand: JSONValue, document: DocumentFields): Result {
  switch (operator) {
    case "$literal":
      return decodeBound(operand);
    case "$field":
      return typeof operand === "string" ? fieldValue(document, operand) : malformed(operand);
    case "$and":
      return asList(operand).every((one) => passesFilter(one, document));
    case "$or":
      return asList(operand).some((one) => passesFilter(one, document));
    case "$not":
      return !passesFilter(operand, document);
    case "$neg":
      return negate(evaluate(operand, document));
    default:
      return malformed({ [operator]: operand });
  }
}

function calculate({ verb, floats, ints }: Arithmetic, a: Result, b: Result): Value {
  if (typeof a === "number" && typeof b === "number") return floats(a, b);
  if (typeof a === "bigint" && typeof b === "bigint") {
    const result = ints(a, b);
    if (result === null) throw invalid(`Cannot ${verb} ${a} by zero`);
    return int64(result);
  }
  throw invalid(
    `Cannot ${verb} ${printValue(a)} (type ${printType(a)}) and ${printValue(b)} (type ${printType(b)})`,
  );
}

function negate(value: Result): Value {
  if (typeof value === "number") return -value;
  if (typeof value === "bigint") return int64(-value);
  throw invalid(`Cannot negate ${printValue(value)} (type ${printType(value)})`);
}

function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw invalid(`Integer overflow: ${value}`);
  return value;
}

function asBoolean(value: Result): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(`Cannot use value ${printValue(value)} (type ${printType(value)}) as a Boolean`);
}

function parts(expression: JSONValue): [string, JSONValue] {
  if (expression === null || typeof expression !== "object" || Array.isArray(expression)) {
    return malformed(expression);
  }
  const [entry, ...others] = Object.entries(expression);
  return entry === undefined || others.length > 0 ? malformed(expression) : entry;
}

function pair(operand: JSONValue): [JSONValue, JSONValue] {
  const [a, b] = asList(operand);
  return a === undefined || b === undefined ? malformed(operand) : [a, b];
}

function asList(operand: JSONValue): JSONValue[] {
  return Array.isArray(operand) ? operand : malformed(operand);
}

function malformed(expression: JSONValue): never {
  throw invalid(`Invalid filter expression ${JSON.stringify(expression)}`);
}

function invalid(message: string): DeveloperError {
  return new DeveloperError(message, "InvalidFilter");
}
