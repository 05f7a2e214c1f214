/** The modules of a realm: one instance of each, evaluated on first import. */
import type { Bridge, ModuleWrapper, Tracker } from "./bridge.ts";

interface LoadedModule {
  exports: Record<string, unknown>;
  /** Kept: a module that threw throws the same again. */
  failure: { readonly error: unknown } | null;
}

export class Modules {
  readonly #bridge: Bridge;
  readonly #tracker: Tracker;
  readonly #loaded = new Map<string, LoadedModule>();

  constructor(bridge: Bridge, tracker: Tracker) {
    this.#bridge = bridge;
    this.#tracker = tracker;
  }

  has(path: string): boolean {
    return this.#loaded.has(path);
  }

  /** Exports of the module, evaluated if this is the first time. Throws what it throws. */
  get(path: string): Record<string, unknown> {
    const known = this.#loaded.get(path);
    if (known !== undefined) {
      if (known.failure !== null) throw known.failure.error;
      return known.exports;
    }
    const wrapper = this.#bridge.wrapper(path);
    if (wrapper === null) throw new Error(`Could not resolve "${path}"`);
    return this.#evaluate(path, wrapper);
  }

  resolve(importer: string, specifier: string): string {
    if (!specifier.startsWith("."))
      throw new Error(`Could not resolve "${specifier}" in "${importer}"`);
    const parts = importer.split("/").slice(0, -1);
    for (const part of specifier.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "." && part !== "") parts.push(part);
    }
    return parts.join("/");
  }

  #evaluate(path: string, wrapper: ModuleWrapper): Record<string, unknown> {
    const module = { exports: {} };
    const loaded: LoadedModule = { exports: module.exports, failure: null };
    this.#loaded.set(path, loaded);
    const require = (specifier: string) => this.get(this.resolve(path, specifier));
    try {
      const tracker = {
        ...this.#tracker,
        load: (specifier: string) => this.#tracker.load(this.resolve(path, specifier)),
      };
      wrapper(module.exports, withExports(require, loaded, module), module, tracker);
    } catch (error) {
      loaded.failure = { error };
      throw error;
    }
    loaded.exports = module.exports;
    return loaded.exports;
  }
}

/** Modules that import each other in a circle see what is there so far. */
function withExports(
  require: (specifier: string) => object,
  loaded: LoadedModule,
  module: { exports: object },
): (specifier: string) => object {
  return (specifier) => {
    loaded.exports = module.exports as Record<string, unknown>;
    return require(specifier);
  };
}
