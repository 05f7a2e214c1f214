/**
 * What "use node" modules import by name: Node's own modules, and packages from the
 * project's node_modules. The CLI sends of those only name and version.
 */
import { createRequire, registerHooks } from "node:module";
import { resolve } from "node:path";

const NOT_EXPORTED = "ERR_PACKAGE_PATH_NOT_EXPORTED";

/** Registered once for the thread: static imports have become `require`, which packages that are only for `import` refuse. */
registerHooks({
  resolve: (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_EXPORTED) throw error;
      return next(specifier, { ...context, conditions: [...context.conditions, "import"] });
    }
  },
});

export class ExternalPackages {
  readonly #require: NodeJS.Require;

  constructor(projectRoot: string) {
    this.#require = createRequire(resolve(projectRoot, "package.json"));
  }

  require(specifier: string): unknown {
    return this.#require(specifier);
  }

  async import(specifier: string): Promise<unknown> {
    return import(this.#require.resolve(specifier));
  }
}
