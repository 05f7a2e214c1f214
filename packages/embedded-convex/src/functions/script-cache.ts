/** Compiled scripts by content, so that a push compiles only what changed. */
import { createHash } from "node:crypto";
import type { PushedModule } from "../rooms.ts";
import { compileModule, type ModuleScript } from "./module-script.ts";

const MAX_AHEAD = 2_000; // modules of pushes that were never activated

export class ScriptCache {
  #scripts = new Map<string, ModuleScript>();
  /** Of pushes that may be activated soon. */
  readonly #ahead = new Map<string, ModuleScript>();

  /** Compiles what a push brings, so that its activation finds it done. */
  async compileAhead(modules: Iterable<PushedModule>): Promise<void> {
    if (this.#ahead.size > MAX_AHEAD) this.#ahead.clear();
    for (const [key, , script] of await this.#compileAll(modules)) this.#ahead.set(key, script);
  }

  /** Modules by definition become scripts by definition and path. Forgets what these do not use. */
  async compile(
    definitions: ReadonlyMap<string, ReadonlyMap<string, PushedModule>>,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, ModuleScript>>> {
    const used = new Map<string, ModuleScript>();
    const compiled = [...definitions].map(async ([definition, modules]) => {
      const entries = await this.#compileAll(modules.values());
      for (const [key, , script] of entries) used.set(key, script);
      return [definition, new Map(entries.map(([, path, script]) => [path, script]))] as const;
    });
    const scripts = new Map(await Promise.all(compiled));
    this.#scripts = used;
    this.#ahead.clear();
    return scripts;
  }

  #compileAll(modules: Iterable<PushedModule>) {
    return Promise.all(
      [...modules].filter(runsInRealm).map(async (module) => {
        const key = contentKey(module);
        const known = this.#scripts.get(key) ?? this.#ahead.get(key);
        return [key, module.path, known ?? (await compileModule(module))] as const;
      }),
    );
  }
}

function contentKey({ path, source, sourceMap }: PushedModule): string {
  const hash = createHash("sha256")
    .update(source)
    .update("\0")
    .update(sourceMap ?? "");
  return `${path} ${hash.digest("hex")}`;
}

function runsInRealm({ environment, path }: PushedModule): boolean {
  return environment === "isolate" && path !== "auth.config.js";
}
