/** The deployed versions that executions still ask for, loaded: code, realms. */
import type { Transaction } from "../database/types.ts";
import type { PushedModule } from "../rooms.ts";
import { DeploymentVersion } from "./deployment-version.ts";
import { RealmPools } from "./realm-pools.ts";
import { realmScript } from "./realm-script.ts";
import { ScriptCache } from "./script-cache.ts";
import { readStoredVersion, readVersionNumber } from "./stored-version.ts";

export interface LoadedVersion {
  readonly version: DeploymentVersion;
  readonly pools: RealmPools;
}

const KEPT_VERSIONS = 2; // the active one, and the one before for snapshots that are still open

export class Versions {
  readonly #system: Readonly<Record<string, string>>;
  readonly #scripts = new ScriptCache();
  readonly #loaded = new Map<number, Promise<LoadedVersion>>();

  /** `system`: environment variables every function sees. */
  constructor(system: Readonly<Record<string, string>>) {
    this.#system = system;
  }

  /** The version `tx` sees; that it was looked at is recorded in `tx`. */
  of(tx: Transaction): Promise<LoadedVersion> {
    const number = readVersionNumber(tx);
    const known = this.#loaded.get(number);
    if (known !== undefined) return known;
    const loading = this.#load(tx);
    this.#loaded.set(number, loading);
    loading.catch(() => this.#loaded.delete(number));
    this.#forgetOld(number);
    return loading;
  }

  /** Compiles what a push brings, so that its activation finds it done. */
  compileAhead(modules: Iterable<PushedModule>): Promise<void> {
    return this.#scripts.compileAhead(modules);
  }

  async close(): Promise<void> {
    const loaded = await Promise.allSettled(this.#loaded.values());
    for (const result of loaded) if (result.status === "fulfilled") result.value.pools.close();
  }

  async #load(tx: Transaction): Promise<LoadedVersion> {
    const stored = readStoredVersion(tx);
    const [scripts, bootstrap] = await Promise.all([
      this.#scripts.compile(stored.modules),
      realmScript(),
    ]);
    const version = new DeploymentVersion(stored, scripts, this.#system);
    return { version, pools: new RealmPools(version, bootstrap) };
  }

  #forgetOld(newest: number): void {
    const old = [...this.#loaded.keys()]
      .filter((number) => number !== newest)
      .sort((a, b) => b - a);
    for (const number of old.slice(KEPT_VERSIONS - 1)) {
      void this.#loaded.get(number)?.then(
        ({ pools }) => pools.close(),
        () => {},
      );
      this.#loaded.delete(number);
    }
  }
}
