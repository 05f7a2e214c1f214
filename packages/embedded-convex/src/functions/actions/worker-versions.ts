/** Workers by version: made when a version is first used, retired when another one takes over. */
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
  readonly positionsOf: PositionsOf;
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

  async #make(version: DeploymentVersion): Promise<ActionWorkers> {
    const positions = new Map<string, SourcePositions>();
    const stored = [...version.modules.values()].filter(({ path }) => path !== "auth.config.js");
    const modules = await Promise.all(
      stored.map(async (module): Promise<WorkerModule> => {
        const { code, map } = await toCommonJs(module);
        positions.set(module.path, new SourcePositions(map, null));
        return {
          path: module.path,
          code: redirectImports(code, TRACKER),
          environment: module.environment,
        };
      }),
    );
    const { projectRoot = ".", clock, logger } = this.#options;
    const pool = new WorkerPool({ modules, projectRoot }, version.environment, { clock, logger });
    this.#pool = pool;
    return { pool, positionsOf: (path) => positions.get(path) ?? null };
  }
}
