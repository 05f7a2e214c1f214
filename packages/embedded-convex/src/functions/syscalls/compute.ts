/** `crypto.subtle` for queries and mutations: pure computations of the platform. */
import { DeveloperError } from "../../errors.ts";

/** Answers JSON text later. */
export function compute(op: string, args: string): Promise<string> {
  const work = OPERATIONS.get(op);
  if (work === undefined) throw new DeveloperError(`Unknown operation ${op}`);
  return work(JSON.parse(args) as readonly unknown[]);
}

const OPERATIONS = new Map<string, (args: readonly unknown[]) => Promise<string>>([
  ["digest", ([algorithm, data]) => digest(String(algorithm), String(data))],
]);

async function digest(algorithm: string, data: string): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm, Buffer.from(data, "base64"));
  return JSON.stringify(Buffer.from(hash).toString("base64"));
}
