/**
 * `convex run --inline-query`: one query from a text, as if it were a module of the
 * active version. It is compiled for this one run and leaves no trace.
 *
 * [PUSH30] The text sees the deployed data, variables and functions, may import the
 *          query builders and nothing else, and can only read.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type BuildFailure, build, type Plugin } from "esbuild";
import type { Transaction } from "../database/types.ts";
import { PushError } from "../errors.ts";
import type { PushedModule, QueryOutcome, RequestContext, StoredModule } from "../rooms.ts";
import { DeploymentVersion } from "./deployment-version.ts";
import { ExecutionLog } from "./execution-log.ts";
import type { FunctionRunnerOptions } from "./options.ts";
import { QueryRunner } from "./query-runner.ts";
import { RealmPools } from "./realm-pools.ts";
import { realmScript } from "./realm-script.ts";
import { ScriptCache } from "./script-cache.ts";
import { SliceLoop } from "./slices.ts";
import { readStoredVersion, readVersionNumber } from "./stored-version.ts";
import { type LoadedVersion, Versions } from "./versions.ts";

/** A module text whose default export is a query. Throws PushError for what is no such text. */
export type InlineQueries = (
  source: string,
  component: string,
  request: RequestContext,
) => Promise<QueryOutcome>;

/** The CLI puts an import of it in front of what it was given. */
const WRAPPERS = "convex:/_system/repl/wrappers.js";
const MODULE = "testQuery.js"; // the CLI's name for it, seen in stack traces
const IDENTIFIER = "testQuery:default";

export function createInlineQueries(options: FunctionRunnerOptions): InlineQueries {
  const scripts = new ScriptCache();
  const slices = new SliceLoop();
  const log = new ExecutionLog(options);
  return async (source, component, request) => {
    const versions = new InlineVersions(options, scripts, {
      component,
      module: await bundle(source),
    });
    const record = log.begin("Query", { component, path: IDENTIFIER }, request.requestId, "Tester");
    try {
      const address = { component, path: IDENTIFIER };
      const call = { address, args: [{}], request, allowed: "all" } as const;
      const outcome = await new QueryRunner(options, versions, slices).run(call, {});
      const { result, logLines } = outcome;
      record.end({ logLines, failure: result.ok ? null : result.failure });
      return outcome;
    } finally {
      await versions.close();
    }
  };
}

/** The version a transaction sees, with one module more. */
class InlineVersions extends Versions {
  readonly #system: Readonly<Record<string, string>>;
  readonly #scripts: ScriptCache;
  readonly #component: string;
  readonly #module: StoredModule;
  #loaded: LoadedVersion | null = null;

  constructor(
    { origins }: FunctionRunnerOptions,
    scripts: ScriptCache,
    { component, module }: { readonly component: string; readonly module: StoredModule },
  ) {
    const system = { CONVEX_CLOUD_URL: origins.cloudUrl, CONVEX_SITE_URL: origins.siteUrl };
    super(system);
    this.#system = system;
    this.#scripts = scripts;
    this.#component = component;
    this.#module = module;
  }

  override async of(tx: Transaction): Promise<LoadedVersion> {
    readVersionNumber(tx); // recorded as read, as for every other execution
    this.#loaded ??= await this.#load(tx);
    return this.#loaded;
  }

  override async close(): Promise<void> {
    this.#loaded?.pools.close();
  }

  async #load(tx: Transaction): Promise<LoadedVersion> {
    const stored = readStoredVersion(tx);
    const component = stored.components.find(({ path }) => path === this.#component);
    if (component === undefined) {
      throw new PushError("ComponentNotFound", `There is no component ${this.#component}.`);
    }
    const { definition } = component;
    const own = new Map([
      ...(stored.modules.get(definition) ?? []),
      [MODULE, this.#module] as const,
    ]);
    const modules = new Map([...stored.modules, [definition, own] as const]);
    const [scripts, bootstrap] = await Promise.all([this.#scripts.compile(modules), realmScript()]);
    const version = new DeploymentVersion({ ...stored, modules }, scripts, this.#system);
    return { version, pools: new RealmPools(version, bootstrap) };
  }
}

async function bundle(source: string): Promise<StoredModule> {
  const module = await bundleSource(source);
  const visibility = { kind: "public" } as const;
  const query = {
    name: "default",
    udfType: "Query",
    visibility,
    args: null,
    returns: null,
  } as const;
  return {
    ...module,
    component: "",
    sha256: createHash("sha256").update(module.source).digest("hex"),
    analysis: { functions: [{ ...query, pos: null }], httpRoutes: null, cronSpecs: null },
  };
}

async function bundleSource(source: string): Promise<PushedModule> {
  try {
    const { outputFiles } = await build({
      stdin: { contents: source, sourcefile: MODULE, resolveDir: HERE, loader: "js" },
      absWorkingDir: HERE, // stack traces name the module alone
      bundle: true,
      format: "esm",
      platform: "neutral",
      target: "esnext",
      sourcemap: "external",
      sourcesContent: false,
      outfile: MODULE,
      plugins: [onlyWrappers],
      write: false,
      logLevel: "silent",
    });
    const [map, code] = [".map", ".js"].map((end) =>
      outputFiles.find(({ path }) => path.endsWith(end)),
    );
    return {
      path: MODULE,
      source: code?.text ?? "",
      sourceMap: map?.text ?? null,
      environment: "isolate",
    };
  } catch (error) {
    throw new PushError("InvalidModules", messageOf(error));
  }
}

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The text's only import; the package behind it may import its own files. */
const onlyWrappers: Plugin = {
  name: "only-wrappers",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /./ }, ({ path, importer }) => {
      if (path === WRAPPERS) return { path, namespace: "wrappers" };
      if (!importer.endsWith(MODULE)) return undefined;
      return { errors: [{ text: `An inline query cannot import "${path}"` }] };
    });
    onLoad({ filter: /./, namespace: "wrappers" }, () => ({
      contents: `export { queryGeneric as query, internalQueryGeneric as internalQuery } from "convex/server";`,
      resolveDir: HERE,
    }));
  },
};

function messageOf(error: unknown): string {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (first === undefined) return String(error);
  const line = first.location === null ? "" : ` (line ${first.location.line})`;
  return `Failed to bundle the inline query: ${first.text}${line}`;
}
