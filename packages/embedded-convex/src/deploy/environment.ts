/**
 * update_environment_variables and list_environment_variables.
 *
 * [ENV1] A batch applies whole or not at all; removals come before sets.
 * [ENV2] Names, values, count and total are limited with the official codes.
 * [ENV3] A change raises the deployment version, so every execution sees the new values
 *        and every subscription runs again; a batch that changes nothing does not.
 * [ENV4] auth.config.js is evaluated again under the new values before they count; what
 *        it refuses is not set.
 */
import type { JSONValue } from "convex/values";
import type { Database, Transaction } from "../database/types.ts";
import { ConflictError, OccError } from "../errors.ts";
import type { AuthProvider, PushAnalyzer } from "../rooms.ts";
import { readAuthProviders } from "./auth-providers.ts";
import {
  readEnvironment,
  readModules,
  writeAuthConfig,
  writeEnvironment,
} from "./deployment-rows.ts";
import { applyChanges, type EnvironmentChange } from "./environment-limits.ts";
import { arrayField, objectField, optionalField, stringField } from "./request-fields.ts";

interface Doors {
  readonly database: Database;
  readonly analyzer: PushAnalyzer;
}

const MAX_ATTEMPTS = 5; // a conflict needs a push or another `env set` in the same moment
const AUTH_CONFIG = "auth.config.js";

export function readEnvironmentChanges(body: JSONValue): readonly EnvironmentChange[] {
  const changes = arrayField(objectField(body, "body").changes, "changes");
  return changes.map((change, i) => {
    const fields = objectField(change, `changes[${i}]`);
    return {
      name: stringField(fields.name, `changes[${i}].name`),
      value: optionalField(fields.value, stringField, `changes[${i}].value`),
    };
  });
}

/** Resolves once the change is durable. Throws HttpError or PushError, having changed nothing. */
export async function updateEnvironment(
  changes: readonly EnvironmentChange[],
  doors: Doors,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptUpdate(changes, doors);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt === MAX_ATTEMPTS) throw new OccError("The deployment keeps changing");
    }
  }
}

export function listEnvironment(database: Database): Readonly<Record<string, string>> {
  const tx = database.begin();
  try {
    return Object.fromEntries(readEnvironment(tx));
  } finally {
    tx.close();
  }
}

async function attemptUpdate(changes: readonly EnvironmentChange[], doors: Doors): Promise<void> {
  const tx = doors.database.begin();
  try {
    const wanted = applyChanges(readEnvironment(tx), changes);
    const providers = await evaluateAuthConfig(tx, wanted, doors.analyzer);
    if (!writeEnvironment(tx, wanted)) return;
    if (providers !== null) writeAuthConfig(tx, providers);
    tx.system.bumpDeployment();
    await doors.database.commit(tx, { source: null }).durable;
  } finally {
    tx.close();
  }
}

/** Null when no auth.config.js is deployed. */
async function evaluateAuthConfig(
  tx: Transaction,
  environment: ReadonlyMap<string, string>,
  analyzer: PushAnalyzer,
): Promise<readonly AuthProvider[] | null> {
  const modules = readModules(tx);
  if (!modules.has(AUTH_CONFIG)) return null;
  const needed = [...modules.values()].filter(
    ({ path }) => path === AUTH_CONFIG || path.startsWith("_deps/"),
  );
  return readAuthProviders(await analyzer.authConfig(needed, Object.fromEntries(environment)));
}
