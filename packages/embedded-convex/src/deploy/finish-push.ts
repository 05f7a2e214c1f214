/**
 * wait_for_schema and finish_push: from a staged push to the active version.
 *
 * [PUSH5] Modules, components, schemas, indexes, auth config and crons change in one
 *         transaction, together with the `_deployment` row: no execution ever sees a mixture.
 * [PUSH6] The old version serves until then, whatever a push validates or backfills.
 * [PUSH7] A push activates only on the version it was computed against; otherwise, and
 *         when its token is not known any more, it is refused as RaceDetected.
 * [PUSH8] A dry run says what would change and changes nothing.
 * [PUSH9] A required environment variable the app declares must be set and fit its type.
 */
import type { JSONValue } from "convex/values";
import type { Database, SchemaPushState, Transaction } from "../database/types.ts";
import { ConflictError, PushError } from "../errors.ts";
import type { Clock } from "../rooms.ts";
import { applyCrons, type CronSpec, diffCrons } from "../scheduler/cron-rows.ts";
import {
  type ComponentChange,
  diffComponents,
  readComponents,
  writeComponents,
} from "./component-rows.ts";
import { checkDeclaredEnvironment } from "./declared-environment.ts";
import {
  diffAuthConfig,
  diffModules,
  readDeployment,
  writeAuthConfig,
  writeModules,
  writePushedWith,
} from "./deployment-rows.ts";
import { indexDiffJson } from "./push-answers.ts";
import type { StagedPush, StagedPushes } from "./staged-pushes.ts";

export interface PushDoors {
  readonly database: Database;
  readonly clock: Clock;
  readonly staged: StagedPushes;
}

/** The answer of wait_for_schema, after at most `timeoutMs`. */
export async function waitForSchema(
  push: StagedPush | undefined,
  timeoutMs: number,
  doors: PushDoors,
): Promise<JSONValue> {
  if (push === undefined) return { type: "raceDetected" };
  return schemaStateJson(await doors.staged.schemaPush(push).wait(timeoutMs));
}

/** Makes `push` the active version and returns its diff once that is durable. */
export async function activatePush(push: StagedPush, doors: PushDoors): Promise<JSONValue> {
  const app = push.definitions.get("")?.definition ?? {};
  checkDeclaredEnvironment(app, push.environment);
  const schemaPush = doors.staged.schemaPush(push);
  const state = schemaPush.state();
  if (state.kind === "failed") throw new PushError("SchemaValidationFailed", state.error);
  if (state.kind !== "complete") throw raceDetected("The schema of this push is not ready");
  const tx = doors.database.begin();
  try {
    if (readDeployment(tx).version !== push.baseVersion) {
      doors.staged.drop(push);
      throw raceDetected("Code or environment variables changed");
    }
    const diff = diffOf(push, tx);
    writeVersion(push, tx, doors.clock.nowMs());
    tx.activateSchema(schemaPush);
    await doors.database.commit(tx, { source: null }).durable;
    doors.staged.release(push);
    return diff;
  } catch (error) {
    if (error instanceof ConflictError) throw raceDetected("The deployment changed");
    throw error;
  } finally {
    tx.close();
  }
}

/** The diff alone. */
export function rehearsePush(push: StagedPush, doors: PushDoors): JSONValue {
  const tx = doors.database.begin();
  try {
    return diffOf(push, tx);
  } finally {
    tx.close();
  }
}

/** For a token that is not staged any more: the engine restarted or newer pushes came. */
export function raceDetected(reason: string): PushError {
  return new PushError("RaceDetected", `${reason} during the push. Please push again.`);
}

function writeVersion(push: StagedPush, tx: Transaction, nowMs: number): void {
  const modules = [...push.definitions].map(([path, part]) => [path, part.modules] as const);
  const modulesChanged = writeModules(tx, new Map(modules));
  for (const path of diffComponents(tx, push.components).keys()) {
    applyCrons(tx, path, cronsOf(push, path), nowMs);
  }
  const componentsChanged = writeComponents(tx, push.components);
  for (const { path } of push.components) tx.within(path).ensureSystemTables();
  writeAuthConfig(tx, push.authProviders);
  writePushedWith(tx, push.request);
  const code = modulesChanged || componentsChanged;
  tx.system.bumpDeployment({ code, activatedAtMs: nowMs });
}

/** None where nothing is mounted any more. */
function cronsOf(push: StagedPush, path: string): readonly CronSpec[] {
  const component = push.components.find((one) => one.path === path);
  return push.definitions.get(component?.definition ?? "-")?.crons ?? [];
}

function diffOf(push: StagedPush, tx: Transaction): JSONValue {
  return {
    authDiff: { ...diffAuthConfig(tx, push.authProviders) },
    definitionDiffs: {},
    componentDiffs: Object.fromEntries(
      [...diffComponents(tx, push.components)].map(([path, change]) => [
        path,
        componentDiff(push, tx, path, change),
      ]),
    ),
  };
}

const NO_INDEXES = { added: [], removed: [], enabled: [], disabled: [] };

function componentDiff(
  push: StagedPush,
  tx: Transaction,
  path: string,
  change: ComponentChange,
): JSONValue {
  const first = path === "" && readDeployment(tx).codeVersion === 0;
  const mounted = push.components.find((one) => one.path === path);
  const definition = mounted?.definition ?? readComponents(tx).get(path)?.definition ?? "";
  const modules = mounted === undefined ? [] : (push.definitions.get(definition)?.modules ?? []);
  return {
    diffType: { type: first ? "create" : change },
    moduleDiff: { ...diffModules(tx, definition, modules) },
    udfConfigDiff: null,
    cronDiff: { ...diffCrons(tx, path, cronsOf(push, path)) },
    indexDiff: indexDiffJson(push.indexDiffs.get(path) ?? NO_INDEXES),
    schemaDiff: null,
  };
}

function schemaStateJson(state: SchemaPushState): JSONValue {
  switch (state.kind) {
    case "complete":
      return { type: "complete" };
    case "raceDetected":
      return { type: "raceDetected" };
    case "failed":
      return {
        type: "failed",
        error: state.error,
        componentPath: state.component,
        tableName: state.tableName,
      };
    case "inProgress": {
      const components = [...state.components].map(([path, { validated, ...indexes }]) => {
        return [path, { schemaValidationComplete: validated, ...indexes }] as const;
      });
      return { type: "inProgress", components: Object.fromEntries(components) };
    }
    default:
      return state satisfies never;
  }
}
