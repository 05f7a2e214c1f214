/** The realms of one version: a pool for each component, because their variables and modules differ. */
import type { Script } from "node:vm";
import type { DeploymentVersion } from "./deployment-version.ts";
import { RealmPool } from "./realm-pool.ts";

export class RealmPools {
  readonly #version: DeploymentVersion;
  readonly #bootstrap: Script;
  /** By component; made when it is first called. */
  readonly #pools = new Map<string, RealmPool>();
  #closed = false;

  constructor(version: DeploymentVersion, bootstrap: Script) {
    this.#version = version;
    this.#bootstrap = bootstrap;
  }

  of(component: string): RealmPool {
    const known = this.#pools.get(component);
    if (known !== undefined) return known;
    const deployed = this.#version.components.get(component);
    if (deployed === undefined) throw new Error(`There is no component ${component}`);
    const pool = new RealmPool(deployed, this.#version.importStart, this.#bootstrap);
    this.#pools.set(component, pool);
    if (this.#closed) pool.close();
    return pool;
  }

  /** Evaluates every module once, one component after the other, so that no call pays for it. */
  async warm(): Promise<void> {
    for (const path of this.#version.components.keys()) {
      if (!this.#closed) await this.of(path).warm();
    }
  }

  close(): void {
    this.#closed = true;
    for (const pool of this.#pools.values()) pool.close();
  }
}
