/**
 * Modules of one action: evaluated afresh for each call, so that no call sees what
 * another one left in them. In the worker's own realm, with the platform's own globals.
 */
import { Script } from "node:vm";
import { scriptFile } from "../script-files.ts";
import { ExternalPackages } from "./external-packages.ts";
import type { WorkerModule } from "./protocol.ts";

/** What Node has and Convex's default runtime has not. */
const HIDDEN = ["process", "Buffer", "global", "setImmediate", "clearImmediate"] as const;

type Wrapper = (...values: unknown[]) => void;

interface Compiled {
  readonly environment: "isolate" | "node";
  readonly wrapper: Wrapper;
}

/** The scripts of one definition; compiled once per worker, on first use. */
export class ModuleScripts {
  readonly #modules: ReadonlyMap<string, WorkerModule>;
  readonly #compiled = new Map<string, Compiled>();
  readonly external: ExternalPackages;

  constructor(modules: readonly WorkerModule[], projectRoot: string) {
    this.#modules = new Map(modules.map((module) => [module.path, module]));
    this.external = new ExternalPackages(projectRoot);
  }

  has(path: string): boolean {
    return this.#modules.has(path);
  }

  isForNode(path: string): boolean {
    return this.#modules.get(path)?.environment === "node";
  }

  get(path: string): Compiled {
    const known = this.#compiled.get(path);
    if (known !== undefined) return known;
    const module = this.#modules.get(path);
    if (module === undefined) throw new Error(`Could not resolve "${path}"`);
    const hidden = module.environment === "isolate" ? HIDDEN : [];
    const names = ["exports", "require", "module", "$rt", ...hidden].join(", ");
    const script = new Script(`(function (${names}) {"use strict";\n${module.code}\n})`, {
      filename: scriptFile(path),
      lineOffset: -1,
    });
    const compiled = {
      environment: module.environment,
      wrapper: script.runInThisContext() as Wrapper,
    };
    this.#compiled.set(path, compiled);
    return compiled;
  }
}

interface LoadedModule {
  exports: Record<string, unknown>;
  /** Kept: a module that threw throws the same again. */
  failure?: { readonly error: unknown };
}

export class ModuleRegistry {
  readonly #scripts: ModuleScripts;
  readonly #process: { readonly env: Readonly<Record<string, string | undefined>> };
  readonly #loaded = new Map<string, LoadedModule>();

  /** `env`: what the modules of Convex's own runtime see; those for Node have the thread's. */
  constructor(scripts: ModuleScripts, env: Readonly<Record<string, string | undefined>>) {
    this.#scripts = scripts;
    this.#process = { env: { ...env } };
  }

  /** Throws what the module throws. */
  get(path: string): Record<string, unknown> {
    const known = this.#loaded.get(path);
    if (known !== undefined) {
      if (known.failure !== undefined) throw known.failure.error;
      return known.exports;
    }
    const { wrapper, environment } = this.#scripts.get(path);
    const module: { exports: Record<string, unknown> } = { exports: {} };
    const loaded: LoadedModule = module;
    this.#loaded.set(path, loaded);
    const isNode = environment === "node";
    const require = (specifier: string) => this.#require(path, specifier, isNode);
    const load = { load: async (specifier: string) => this.#load(path, specifier, isNode) };
    const hidden = isNode ? [] : [this.#process];
    try {
      wrapper(module.exports, require, module, load, ...hidden);
    } catch (error) {
      loaded.failure = { error };
      throw error;
    }
    return module.exports;
  }

  #require(importer: string, specifier: string, isNode: boolean): unknown {
    if (specifier.startsWith(".")) return this.get(resolvePath(importer, specifier));
    if (isNode) return this.#scripts.external.require(specifier);
    throw new Error(`Could not resolve "${specifier}" in "${importer}"`);
  }

  #load(importer: string, specifier: string, isNode: boolean): unknown {
    if (specifier.startsWith(".")) return this.get(resolvePath(importer, specifier));
    if (isNode) return this.#scripts.external.import(specifier);
    throw new Error(`Could not resolve "${specifier}" in "${importer}"`);
  }
}

/** `../_deps/X.js` as imported by `dir/module.js` is `_deps/X.js`. */
function resolvePath(importer: string, specifier: string): string {
  const parts = importer.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
