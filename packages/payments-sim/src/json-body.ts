/** The JSON body of a request. */
import type { Context } from "hono";
import { type Fields, isFields } from "./fields.ts";
import { refuse } from "./refusal.ts";

/** An empty body reads as no fields. */
export async function readJson(c: Context): Promise<Fields> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // the same refusal as JSON that is no object
  }
  throw refuse.invalid("body", "The body must be a JSON object.");
}
