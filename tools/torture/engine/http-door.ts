/** Functions over the HTTP API, and timestamps as the wire has them. */
import type { Deployment } from "../../deployment/convex-cli.ts";

/** The function itself failed. What kept it from running is a plain error. */
export class FunctionFailedError extends Error {
  override readonly name = "FunctionFailedError";
}

export async function call<Result>(
  deployment: Pick<Deployment, "url">,
  kind: "query" | "mutation",
  path: string,
  args: Record<string, unknown> = {},
): Promise<Result> {
  const response = await fetch(`${deployment.url}/api/${kind}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ path, args, format: "json" }),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  const answer = (await response.json()) as
    | { readonly status: "success"; readonly value: Result }
    | { readonly status: "error"; readonly errorMessage: string };
  if (answer.status === "error") throw new FunctionFailedError(`${path}: ${answer.errorMessage}`);
  return answer.value;
}

interface Page<Row> {
  readonly page: readonly Row[];
  readonly isDone: boolean;
  readonly continueCursor: string;
}

/** All pages of a paginated query. */
export async function readAll<Row>(
  deployment: Pick<Deployment, "url">,
  path: string,
  args: Record<string, unknown> = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = null; ; ) {
    const paginationOpts = { numItems: 2_000, cursor };
    const page: Page<Row> = await call(deployment, "query", path, { ...args, paginationOpts });
    rows.push(...page.page);
    if (page.isDone) return rows;
    cursor = page.continueCursor;
  }
}

export function timestampOf(text: string): bigint {
  return Buffer.from(text, "base64").readBigUInt64LE();
}

export function timestampText(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
