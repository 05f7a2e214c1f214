/**
 * start_push: evaluates what the CLI bundled and says what activating it would mean.
 * Side-effect free: codegen and dry runs call it and stop there.
 *
 * [PUSH1] A module the CLI did not send is taken from the active version when path,
 *         environment and hash agree; otherwise the push is a race.
 * [PUSH2] Nothing of the live deployment changes before finish_push.
 */
import type { Database, PushedSchemas, Transaction } from "../database/types.ts";
import { PushError } from "../errors.ts";
import type {
  AnalyzedComponent,
  AnalyzedModule,
  PushAnalyzer,
  PushedModule,
  StoredModule,
} from "../rooms.ts";
import { readAuthProviders } from "./auth-providers.ts";
import { readDefinition } from "./component-definition.ts";
import { mountApp, withDescendants } from "./component-tree.ts";
import { readCronSpecs } from "./cron-specs.ts";
import { readDeployment, readEnvironment, readModules } from "./deployment-rows.ts";
import { moduleHash } from "./module-hash.ts";
import type { PushRequest } from "./push-request.ts";
import type { StagedDefinition, StagedPush } from "./staged-pushes.ts";

export type UnstagedPush = Omit<StagedPush, "token">;

/** Throws PushError with what is wrong with the pushed code. */
export async function evaluatePush(
  request: PushRequest,
  doors: { readonly database: Database; readonly analyzer: PushAnalyzer },
): Promise<UnstagedPush> {
  const tx = doors.database.begin();
  try {
    const modules = collectModules(request, tx);
    const environment = readEnvironment(tx);
    const { schema, definition, dependencies, components: pushed } = request;
    const found = await doors.analyzer.analyze({
      modules,
      schema,
      definition,
      dependencies,
      environmentVariables: Object.fromEntries(environment),
      components: pushed,
    });
    const definitions = new Map([
      ["", stagedDefinition("", modules, found)],
      ...pushed.map(({ path, modules: own }) => {
        const part = found.components.get(path);
        if (part === undefined) throw new Error(`${path} was not analyzed`);
        return [path, stagedDefinition(path, own, part)] as const;
      }),
    ]);
    const app = mountApp(
      new Map([...definitions].map(([path, part]) => [path, readDefinition(part.definition)])),
      request.forCodegen,
    );
    const components = withDescendants(app);
    const schemas: PushedSchemas = new Map(
      components.map(({ path, definition: of }) => [path, definitions.get(of)?.schema ?? null]),
    );
    return {
      request,
      baseVersion: readDeployment(tx).version,
      environment,
      definitions,
      app,
      components,
      schemas,
      indexDiffs: doors.database.diffSchema(schemas),
      authProviders: readAuthProviders(found.authConfig),
    };
  } finally {
    tx.close();
  }
}

function stagedDefinition(
  path: string,
  modules: readonly PushedModule[],
  { modules: analysis, definition, schema }: AnalyzedComponent,
): StagedDefinition {
  return {
    modules: modules.map((module) => toStored(path, module, analysis)),
    analysis,
    definition,
    schema,
    crons: readCronSpecs(analysis),
  };
}

function collectModules(request: PushRequest, tx: Transaction): PushedModule[] {
  const stored = request.unchangedModules.length === 0 ? new Map() : readModules(tx);
  const unchanged = request.unchangedModules.map((module): PushedModule => {
    const row: StoredModule | undefined = stored.get(module.path);
    if (row?.sha256 === module.sha256 && row.environment === module.environment) return row;
    throw new PushError("RaceDetected", `${module.path} was changed by another push meanwhile`);
  });
  return [...request.changedModules, ...unchanged];
}

function toStored(
  component: string,
  module: PushedModule,
  found: ReadonlyMap<string, AnalyzedModule>,
): StoredModule {
  return {
    component,
    path: module.path,
    source: module.source,
    sourceMap: module.sourceMap,
    environment: module.environment,
    sha256: moduleHash(module),
    analysis: found.get(module.path) ?? null,
  };
}
