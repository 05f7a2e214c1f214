/** Calls internal functions of a deployment with its admin key, through the official HTTP client. */
import { ConvexHttpClient } from "convex/browser";
import {
  type DefaultFunctionArgs,
  type FunctionReference,
  makeFunctionReference,
} from "convex/server";
import type { Deployment } from "./convex-cli.ts";

/** What the CLI itself uses of the client, and what its public types leave out. */
interface AdminClient {
  setAdminAuth(key: string): void;
  query(reference: FunctionReference<"query">, args: DefaultFunctionArgs): Promise<unknown>;
  function(
    reference: FunctionReference<"mutation">,
    component: string | undefined,
    args: DefaultFunctionArgs,
  ): Promise<unknown>;
}

/** Runs any function, internal ones included, whatever its type. Throws what the function threw. */
export async function runAsAdmin<Result>(
  deployment: Deployment,
  path: string,
  args: DefaultFunctionArgs,
): Promise<Result> {
  const client = adminClient(deployment);
  return (await client.function(
    makeFunctionReference<"mutation">(path),
    undefined,
    args,
  )) as Result;
}

type Row = Record<string, unknown>;
type RowPage = { page: Row[]; isDone: boolean; continueCursor: string };

/** Every row of a table, as `npx convex data` reads them. */
export async function readTable(deployment: Deployment, table: string): Promise<Row[]> {
  const client = adminClient(deployment);
  const reference = makeFunctionReference<"query">("_system/cli/tableData:default");
  const rows: Row[] = [];
  for (let cursor: string | null = null; ; ) {
    const paginationOpts = { numItems: 1_000, cursor };
    const page = (await client.query(reference, {
      ...{ table, order: "asc", paginationOpts },
    })) as RowPage;
    rows.push(...page.page);
    if (page.isDone) return rows;
    cursor = page.continueCursor;
  }
}

function adminClient(deployment: Deployment): AdminClient {
  const client = new ConvexHttpClient(deployment.url, { logger: false }) as unknown as AdminClient;
  client.setAdminAuth(deployment.adminKey);
  return client;
}

export interface IssuedMachine {
  readonly token: string;
  readonly machineId: string;
}

/** Makes a machine identity; its token is shown this once. */
export function issueMachine(
  deployment: Deployment,
  machine: {
    readonly kind: "bot" | "source" | "console" | "tradingview";
    readonly name: string;
    readonly ttlMs?: number;
    readonly sourceName?: string; // binds it to that source
  },
): Promise<IssuedMachine> {
  return runAsAdmin(deployment, "machines:issue", machine);
}

/** Keys of the three feeds for a link that shows them without an account. */
export async function previewKeys(deployment: Deployment): Promise<readonly string[]> {
  const answer = await runAsAdmin<{ keys: string[] }>(deployment, "access:previewKeys", {});
  return answer.keys;
}

/** Keys of the three feeds on one of the shards that viewers share. */
export async function shardKeys(deployment: Deployment, shard: number): Promise<readonly string[]> {
  const answer = await runAsAdmin<{ keys: string[] }>(deployment, "access:shardKeys", { shard });
  return answer.keys;
}

/** Makes and publishes the plans that are not there yet; changes nothing on a repeat. */
export async function seedCatalogue(
  deployment: Deployment,
  catalogue: DefaultFunctionArgs,
): Promise<void> {
  await runAsAdmin(deployment, "setup:seedCatalogue", catalogue);
}

/** Makes sources and routes that are not there yet; changes nothing on a repeat. */
export async function seed(deployment: Deployment, world: DefaultFunctionArgs): Promise<void> {
  await runAsAdmin(deployment, "setup:seed", world);
}
