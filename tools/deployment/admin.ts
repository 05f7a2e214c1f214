/** Calls internal functions of a deployment with its admin key, through the official HTTP client. */
import { ConvexHttpClient } from "convex/browser";
import { internal } from "../../convex/_generated/api.js";
import type { Deployment } from "./convex-cli.ts";

type AnyFunction = Parameters<ConvexHttpClient["function"]>[0];
type WithAdminAuth = ConvexHttpClient & { setAdminAuth(key: string): void };

/** A client that may call every function. The admin key stays in this process. */
export function adminClient({ url, adminKey }: Deployment): ConvexHttpClient {
  const client = new ConvexHttpClient(url, { logger: false }) as WithAdminAuth;
  client.setAdminAuth(adminKey); // not in the public types: the CLI and the dashboard use it
  return client;
}

export interface IssuedMachine {
  readonly token: string;
  readonly machineId: string;
}

/** Makes a machine identity; its token is shown this once. */
export async function issueMachine(
  deployment: Deployment,
  machine: { readonly kind: "bot" | "source" | "console"; readonly name: string; readonly ttlMs?: number },
): Promise<IssuedMachine> {
  return adminClient(deployment).function(internal.machines.issue as unknown as AnyFunction, undefined, machine);
}

/** Keys of the three feeds for a link that shows them without an account. */
export async function previewKeys(deployment: Deployment): Promise<readonly string[]> {
  const answer: { keys: string[] } = await adminClient(deployment).function(
    internal.access.previewKeys as unknown as AnyFunction,
    undefined,
    {},
  );
  return answer.keys;
}

/** Makes sources and routes that are not there yet; changes nothing on a repeat. */
export async function seed(deployment: Deployment, world: Record<string, unknown>): Promise<void> {
  await adminClient(deployment).function(internal.setup.seed as unknown as AnyFunction, undefined, world);
}
