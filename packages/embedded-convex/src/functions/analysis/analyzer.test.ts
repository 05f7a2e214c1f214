import { describe, expect, test } from "vitest";
import { bundleFiles, bundleModules, FIXTURES, textModule } from "../../../test/function-app.ts";
import { rawModule } from "../../../test/raw-functions.ts";
import { systemClock } from "../../clock.ts";
import type { PushedModule } from "../../rooms.ts";
import { createPushAnalyzer } from "./analyzer.ts";

const analyzer = createPushAnalyzer({
  clock: systemClock(),
  origins: { cloudUrl: "http://127.0.0.1:3210", siteUrl: "http://127.0.0.1:3211" },
});
const definition = textModule(
  "convex.config.js",
  `export default { export: () => '{"definitionType":{"type":"app"}}' };`,
);

function analyze(
  modules: readonly PushedModule[],
  environmentVariables: Record<string, string> = {},
  schema: PushedModule | null = null,
) {
  return analyzer.analyze({
    modules,
    schema,
    definition,
    dependencies: [],
    environmentVariables,
    components: [],
  });
}

const PREFIX =
  "Hit an error while pushing:\nLoading the pushed modules encountered the following\n    error:\n";

describe("analysis", () => {
  test("[ANA1] functions are found with type, visibility and validators, chunks and other exports are not", async () => {
    const found = await analyze(await bundleModules(`${FIXTURES}functions/convex`));
    expect(found.modules.get("messages.js")).toEqual({
      functions: [
        {
          name: "boom",
          udfType: "Query",
          visibility: { kind: "public" },
          args: '{"type":"object","value":{}}',
          returns: "null",
          pos: null,
        },
        {
          name: "list",
          udfType: "Query",
          visibility: { kind: "public" },
          args: '{"type":"object","value":{}}',
          returns: "null",
          pos: null,
        },
        {
          name: "send",
          udfType: "Mutation",
          visibility: { kind: "public" },
          args: '{"type":"object","value":{"body":{"fieldType":{"type":"string"},"optional":false}}}',
          returns: '{"type":"id","tableName":"messages"}',
          pos: null,
        },
      ],
      httpRoutes: null,
      cronSpecs: null,
    });
    expect([...found.modules.keys()].filter((path) => path.startsWith("_deps"))).toEqual([]);
    expect(
      found.modules.get("nested.js")?.functions.find(({ name }) => name === "add")?.visibility,
    ).toEqual({ kind: "internal" });
    expect(found.definition).toEqual({ definitionType: { type: "app" } });
    expect([found.schema, found.authConfig]).toEqual([null, null]);
  });

  test("[ANA2] http.js and crons.js are read by their paths", async () => {
    const found = await analyze([
      ...(await bundleModules(`${FIXTURES}functions/convex`)),
      textModule(
        "crons.js",
        `export default { isCrons: true, export: () => '{"c":{"name":"messages:send"}}' };`,
      ),
    ]);
    expect(
      found.modules.get("http.js")?.httpRoutes?.map(({ route }) => `${route.method} ${route.path}`),
    ).toEqual(["GET /boom", "POST /echo", "GET /stream", "GET /wrong", "GET /messages/*"]);
    expect(found.modules.get("crons.js")?.cronSpecs).toEqual({ c: { name: "messages:send" } });
    await expect(analyze([textModule("http.js", "export default 5;")])).rejects.toMatchObject({
      code: "InvalidModules",
      message: `${PREFIX}Failed to analyze http.js: Uncaught Error: \`convex/http.js\` must have a default export of a Router.`,
    });
  });

  test("[ANA3] modules for Node are looked at in Node", async () => {
    const node = await bundleFiles(
      `${FIXTURES}functions/node`,
      [`${FIXTURES}functions/node/server.ts`],
      "node",
    );
    const found = await analyze(node);
    expect(found.modules.get("server.js")?.functions).toMatchObject([
      { name: "hash", udfType: "Action" },
      { name: "sleeps", udfType: "Action" },
    ]);
  });

  test("[ANA4] what a module throws is shown with its file and the developer's own position", async () => {
    const thrower = await bundleFiles(
      `${FIXTURES}functions/broken`,
      [`${FIXTURES}functions/broken/thrower.ts`],
      "isolate",
    );
    await expect(analyze(thrower)).rejects.toMatchObject({
      code: "InvalidModules",
      message: `${PREFIX}Failed to analyze thrower.js: Uncaught Error: not today\n    at ../broken/thrower.ts:1:39\n[LOG] 'about to throw'`,
    });
  });

  test("[ANA5] the database, other functions and system calls are out of reach at import time", async () => {
    const at = (source: string) => analyze([rawModule("m.js", source)]);
    await expect(at(`sync("1.0/queryStream", {});`)).rejects.toThrow(
      "Can't use database at import time",
    );
    await expect(at(`sync("1.0/requireOperation", {});`)).rejects.toThrow(
      "Syscall 1.0/requireOperation unsupported at import time",
    );
    await expect(at("fetch('http://127.0.0.1');setTimeout(() => {});")).rejects.toThrow(
      "Can't use setTimeout",
    );
  });

  test("[ANA6] top-level await is refused with the file's name", async () => {
    await expect(
      analyze([textModule("dir/late.js", "await null; export const x = 1;")]),
    ).rejects.toMatchObject({
      code: "InvalidModules",
      message: expect.stringContaining(
        "Failed to analyze dir/late.js: Top-level await is not supported",
      ),
    });
  });

  test("[ANA7] an import that never ends is given up after four seconds", async () => {
    await expect(analyze([textModule("loop.js", "for (;;);")])).rejects.toMatchObject({
      code: "InvalidModules",
      message: expect.stringContaining(
        "Failed to analyze loop.js: Uncaught Function execution timed out (maximum duration: 4s)",
      ),
    });
  }, 15_000);

  test("[ANA8] auth.config may read variables that are set, and names those that are not", async () => {
    const config = textModule(
      "auth.config.js",
      `export default { providers: [{ domain: process.env.ISSUER, applicationID: "a" }] };`,
    );
    expect(await analyzer.authConfig([config], { ISSUER: "https://i" })).toEqual({
      providers: [{ domain: "https://i", applicationID: "a" }],
    });
    await expect(analyzer.authConfig([config], {})).rejects.toMatchObject({
      code: "AuthConfigMissingEnvironmentVariable",
      message: "Environment variable ISSUER is used in auth config file but its value was not set",
    });
    expect(await analyzer.authConfig([], {})).toBeNull();
  });

  test("[ANA9] the schema is what it exports; what is wrong with it has a code of its own", async () => {
    const schema = textModule(
      "schema.js",
      `export default { export: () => '{"tables":[],"schemaValidation":true}' };`,
    );
    expect((await analyze([], {}, schema)).schema).toEqual({ tables: [], schemaValidation: true });
    await expect(
      analyze([], {}, textModule("schema.js", "export default null;")),
    ).rejects.toMatchObject({ code: "InvalidSchema" });
  });
});
