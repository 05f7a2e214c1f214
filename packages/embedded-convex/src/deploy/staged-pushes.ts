/**
 * Pushes between start_push and finish_push, in memory under a token the CLI echoes.
 * Nothing here touches the deployment: a push that is abandoned is simply forgotten.
 *
 * [PUSH3] At most MAX_STAGED pushes are kept; the oldest is forgotten first.
 */
import { randomUUID } from "node:crypto";
import type { JSONValue } from "convex/values";
import type { IndexDiffs, PushedSchemas, SchemaPush } from "../database/types.ts";
import type { AnalyzedModule, AuthProvider, ComponentRow, StoredModule } from "../rooms.ts";
import type { CronSpec } from "../scheduler/cron-rows.ts";
import type { MountedComponent } from "./component-tree.ts";
import type { PushRequest } from "./push-request.ts";

export interface StagedPush {
  readonly token: string;
  readonly request: PushRequest;
  /** `_deployment.version` it was computed against: activation on another is a race. */
  readonly baseVersion: number;
  readonly environment: ReadonlyMap<string, string>;
  /** By path; the app is at "". */
  readonly definitions: ReadonlyMap<string, StagedDefinition>;
  readonly app: MountedComponent;
  /** All of the tree, the app first. */
  readonly components: readonly ComponentRow[];
  readonly schemas: PushedSchemas;
  readonly indexDiffs: IndexDiffs;
  readonly authProviders: readonly AuthProvider[];
}

/** The code of the app, or that of the components made from one definition. */
export interface StagedDefinition {
  /** The whole next version, unchanged modules included. */
  readonly modules: readonly StoredModule[];
  readonly analysis: ReadonlyMap<string, AnalyzedModule>;
  /** As exported. */
  readonly definition: JSONValue;
  readonly schema: JSONValue | null;
  readonly crons: readonly CronSpec[];
}

export interface StagedPushes {
  add(push: Omit<StagedPush, "token">): StagedPush;
  find(token: string): StagedPush | undefined;
  /** The schema's way into the database: begun on first use, once per push. */
  schemaPush(push: StagedPush): SchemaPush;
  /** Forgets a push that was activated: its schema now belongs to the deployment. */
  release(push: StagedPush): void;
  /** Forgets a push that cannot be activated any more, stopping what it validates or backfills. */
  drop(push: StagedPush): void;
  /** Forgets everything, stopping what validates or backfills. */
  clear(): void;
}

const MAX_STAGED = 8;

export function createStagedPushes(
  prepareSchema: (schemas: PushedSchemas) => SchemaPush,
): StagedPushes {
  const pushes = new Map<string, StagedPush>();
  const schemaPushes = new Map<string, SchemaPush>();
  const forget = (token: string) => {
    schemaPushes.get(token)?.cancel();
    schemaPushes.delete(token);
    pushes.delete(token);
  };
  return {
    add: (fields) => {
      const push = { ...fields, token: randomUUID() };
      pushes.set(push.token, push);
      for (const token of [...pushes.keys()].slice(0, -MAX_STAGED)) forget(token);
      return push;
    },
    find: (token) => pushes.get(token),
    schemaPush: (push) => {
      const begun = schemaPushes.get(push.token) ?? prepareSchema(push.schemas);
      schemaPushes.set(push.token, begun);
      return begun;
    },
    release: ({ token }) => {
      schemaPushes.delete(token);
      pushes.delete(token);
    },
    drop: ({ token }) => forget(token),
    clear: () => {
      for (const token of [...pushes.keys()]) forget(token);
    },
  };
}
