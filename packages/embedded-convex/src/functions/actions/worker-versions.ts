/** Workers by version: made when a version is first used, retired when another one takes over. */

import type { StoredModule } from "../../rooms.ts";
import type { DeploymentVersion } from "../deployment-version.ts";
import { redirectImports } from "../dynamic-imports.ts";
import type { PositionsOf } from "../failure.ts";
import { toCommonJs } from "../module-script.ts";
import type { FunctionRunnerOptions } from "../options.ts";
import { SourcePositions } from "../source-positions.ts";
import { TRACKER } from "../state-tracking.ts";
import type { WorkerModule } from "./protocol.ts";
import { type PoolStats, WorkerPool } from "./worker-pool.ts";

interface ActionWorkers {
  readonly pool: WorkerPool;
  /** Of a component's modules. */
  readonly positionsOf: (component: string) => PositionsOf;
}

export class WorkerVersions {
  readonly #options: FunctionRunnerOptions;
  #current: { readonly number: number; readonly workers: Promise<ActionWorkers> } | null = null;
  readonly #retired = new Set<WorkerPool>();
  /** The newest one that is ready. */
  #pool: WorkerPool | null = null;

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
  }

  /** Rejects with PushError when the code cannot be turned into scripts. */
  of(version: DeploymentVersion): Promise<ActionWorkers> {
    if (this.#current?.number === version.number) return this.#current.workers;
    const old = this.#current;
    const workers = this.#make(version);
    this.#current = { number: version.number, workers };
    void old?.workers.then(
      ({ pool }) => this.#retire(pool),
      () => {},
    );
    return workers;
  }

  /** Over all pools; those that are retired and done hold nothing. */
  stats(): PoolStats {
    const pools = new Set([...this.#retired, ...(this.#pool === null ? [] : [this.#pool])]);
    const stats = [...pools].map((pool) => pool.stats());
    const total = (name: keyof PoolStats) => stats.reduce((sum, each) => sum + each[name], 0);
    return { running: total("running"), waiting: total("waiting"), workers: total("workers") };
  }

  async close(): Promise<void> {
    const current = await this.#current?.workers.catch(() => null);
    const pools = [...this.#retired, ...(current ? [current.pool] : [])];
    await Promise.all(pools.map((pool) => pool.terminate()));
  }

  #retire(pool: WorkerPool): void {
    pool.retire();
    for (const old of this.#retired) if (old.isDone) this.#retired.delete(old);
    this.#retired.add(pool);
  }

  async #make({ components }: DeploymentVersion): Promise<ActionWorkers> {
    const definitions = new Map<string, Promise<TurnedModules>>();
    for (const { definition, modules } of components.values()) {
      if (!definitions.has(definition)) definitions.set(definition, turn(modules.values()));
    }
    const turned = new Map<string, TurnedModules>();
    for (const [definition, modules] of definitions) turned.set(definition, await modules);
    const { projectRoot = null, clock, logger } = this.#options;
    const setup = {
      modules: new Map([...turned].map(([definition, { modules }]) => [definition, modules])),
      components: [...components.values()].map(({ path, definition, environment: env, args }) => ({
        path,
        definition,
        env,
        args,
      })),
      projectRoot,
    };
    const pool = new WorkerPool(setup, components.get("")?.environment ?? {}, { clock, logger });
    const definitionOf = (component: string) => components.get(component)?.definition ?? "";
    this.#pool = pool;
    return {
      pool,
      positionsOf: (component) => (path) =>
        turned.get(definitionOf(component))?.positions.get(path) ?? null,
    };
  }
}

/** One definition's modules as workers run them. */
interface TurnedModules {
  readonly modules: readonly WorkerModule[];
  readonly positions: ReadonlyMap<string, SourcePositions>;
}

async function turn(stored: Iterable<StoredModule>): Promise<TurnedModules> {
  const positions = new Map<string, SourcePositions>();
  const modules = [...stored]
    .filter(({ path }) => path !== "auth.config.js")
    .map(async (module): Promise<WorkerModule> => {
      const { code, map } = await toCommonJs(module);
      positions.set(module.path, new SourcePositions(map, null));
      const { path, environment } = module;
      return { path, code: redirectImports(code, TRACKER), environment };
    });
  return { modules: await Promise.all(modules), positions };
}
