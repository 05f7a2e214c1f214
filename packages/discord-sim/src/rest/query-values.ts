/** Reads values of a query string. Throws refusals. */
import { fieldRefusal } from "../messages/form-errors.ts";
import { isSnowflake } from "../state/snowflakes.ts";

export function readLimit(
  value: string | undefined,
  { fallback, max }: { fallback: number; max: number },
): number {
  if (value === undefined) return fallback;
  const limit = Number(value);
  if (!Number.isInteger(limit))
    throw fieldRefusal(["limit"], "NUMBER_TYPE_COERCE", `Value "${value}" is not int.`);
  if (limit < 1)
    throw fieldRefusal(
      ["limit"],
      "NUMBER_TYPE_MIN",
      "int value should be greater than or equal to 1.",
    );
  if (limit > max)
    throw fieldRefusal(
      ["limit"],
      "NUMBER_TYPE_MAX",
      `int value should be less than or equal to ${max}.`,
    );
  return limit;
}

export function readQueryId(name: string, value: string | undefined): string | undefined {
  if (value === undefined || isSnowflake(value)) return value;
  throw fieldRefusal([name], "NUMBER_TYPE_COERCE", `Value "${value}" is not snowflake.`);
}
