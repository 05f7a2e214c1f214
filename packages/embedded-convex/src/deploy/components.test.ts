import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { APP_DEFINITION, DeployBed, functionOf, moduleOf } from "../../test/deploy-bed.ts";

let bed: DeployBed;
beforeEach(async () => {
  bed = await new DeployBed().open();
});
afterEach(() => bed.remove());

type Json = { readonly [field: string]: JSONValue };

const config = (definition: Json) => moduleOf("convex.config.js", definition);
const use = (name: string, path: string, more: Json = {}): Json => ({
  name,
  path,
  args: [],
  env: [],
  ...more,
});
const text = (optional = false): Json => ({ type: "value", value: '{"type":"string"}', optional });

/** A definition at `path` with one public and one internal function. */
function component(path: string, more: Json = {}, modules?: readonly Json[]): Json {
  const hidden = { ...functionOf("hidden", "Query"), visibility: { kind: "internal" } };
  const functions = [functionOf("add", "Mutation"), hidden];
  const { childComponents = [] } = more as { childComponents?: Json[] };
  return {
    definitionPath: path,
    definition: config({
      name: path,
      definitionType: { type: "childComponent", name: path, args: [] },
      childComponents: [],
      httpMounts: {},
      exports: { type: "branch", branch: [] },
      ...more,
    }),
    dependencies: childComponents.map((child) => child.path ?? null),
    schema: null,
    functions: [...(modules ?? [moduleOf("dir/mod.js", { functions })])],
    udfServerVersion: "1.48.0",
  };
}

const app = (childComponents: readonly Json[], more: Json = {}) => ({
  definition: config({ ...APP_DEFINITION, childComponents: [...childComponents], ...more }),
  dependencies: [...new Set(childComponents.map(({ path }) => String(path)))],
});
const push = (components: readonly Json[], children: readonly Json[], more: Json = {}) => ({
  componentDefinitions: [...components],
  app: app(children, more),
});
const deploy = (components: readonly Json[], children: readonly Json[], more: Json = {}) =>
  bed.deploy([], push(components, children, more));
const rows = () => bed.rows("_components", "by_path").map(({ path, state }) => `${path} ${state}`);

describe("components of a push", () => {
  test("[COMP1] every mount is a component of its own, in each place where its parent is mounted", async () => {
    const outer = component("outer", { childComponents: [use("in", "inner")] });
    const definitions = [component("inner"), outer];
    const { body } = await deploy(definitions, [use("a", "outer"), use("b", "outer")]);
    const types = Object.entries(body.componentDiffs as Record<string, { diffType: Json }>);
    expect(types.map(([path, { diffType }]) => [path, diffType.type])).toEqual([
      ["", "create"],
      ["a", "create"],
      ["a/in", "create"],
      ["b", "create"],
      ["b/in", "create"],
    ]);
    expect(rows()).toEqual([" active", "a active", "a/in active", "b active", "b/in active"]);
    // The code is there once, whatever the number of mounts.
    expect(bed.rows("_modules", "by_path").map(({ component: of }) => of)).toEqual([
      "inner",
      "outer",
    ]);
  });

  test("[COMP4] what a definition exports are its public functions, as codegen wants them", async () => {
    const { body } = await bed.startPush([], push([component("lib")], [use("lib", "lib")]));
    expect(body.analysis.lib.definition.exports).toEqual({
      type: "branch",
      branch: [
        [
          "dir",
          {
            type: "branch",
            branch: [
              [
                "mod",
                {
                  type: "branch",
                  branch: [["add", { type: "leaf", leaf: "_reference/function/dir/mod:add" }]],
                },
              ],
            ],
          },
        ],
      ],
    });
    expect(body.app.childComponents.lib).toMatchObject({
      definitionPath: "lib",
      componentPath: "lib",
    });
  });

  test("[COMP3] an unmounted component keeps its data and finds it when it is mounted again", async () => {
    const crons = moduleOf("crons.js", {
      cronSpecs: {
        tick: { name: "dir/mod:add", args: [{}], schedule: { type: "interval", hours: 1 } },
      },
    });
    const functions = moduleOf("dir/mod.js", { functions: [functionOf("add", "Mutation")] });
    const definitions = [component("lib", {}, [functions, crons])];
    await deploy(definitions, [use("lib", "lib")]);
    const id = await bed.commit((tx) => tx.within("lib").insert("kept", { n: 1 }));
    const cronsOf = () => bed.rows("_crons", "by_name").map(({ component: of }) => of);
    expect(cronsOf()).toEqual(["lib"]);

    const gone = await deploy([], []);
    expect(gone.body.componentDiffs.lib.diffType).toEqual({ type: "unmount" });
    expect([rows(), cronsOf()]).toEqual([[" active", "lib unmounted"], []]);
    expect(bed.rows("_modules", "by_path")).toEqual([]);

    const back = await deploy(definitions, [use("lib", "lib")]);
    expect(back.body.componentDiffs.lib.diffType).toEqual({ type: "remount" });
    expect(cronsOf()).toEqual(["lib"]);
    bed.read((tx) => expect(tx.within("lib").get(id)).toContain('"n":1'));
  });

  const env = { envVars: [["KEY", text()]] };
  const refused: [string, readonly Json[], readonly Json[], Json, string][] = [
    [
      "a definition that is not there",
      [],
      [use("a", "x")],
      {},
      "Component definition not found: x",
    ],
    [
      "two mounts of one name",
      [component("x")],
      [use("a", "x"), use("a", "x")],
      {},
      'The app mounts two components named "a".',
    ],
    [
      "a name that is none",
      [component("x")],
      [use("a/b", "x")],
      {},
      'Component name "a/b" must be',
    ],
    [
      "a variable nobody declares",
      [component("x")],
      [use("a", "x", { env: [["KEY", { type: "value", value: "v" }]] })],
      {},
      'Component "a" has no env var named "KEY".',
    ],
    [
      "a required variable that is not bound",
      [component("x", env)],
      [use("a", "x")],
      {},
      'Component "a" requires the env var "KEY".',
    ],
    [
      "a variable the app does not declare",
      [component("x", env)],
      [use("a", "x", { env: [["KEY", { type: "envVar", name: "OURS" }]] })],
      {},
      'env var "KEY" references undeclared parent env var OURS',
    ],
    [
      "a required variable bound to an optional one",
      [component("x", env)],
      [use("a", "x", { env: [["KEY", { type: "envVar", name: "OURS" }]] })],
      { envVars: [["OURS", text(true)]] },
      'env var "KEY" is required, but parent env var OURS is optional',
    ],
    [
      "an argument nobody declares",
      [component("x")],
      [use("a", "x", { args: [["size", { type: "value", value: "5" }]] })],
      {},
      'Component "a" has no argument named "size".',
    ],
    [
      "HTTP mounts that overlap",
      [component("x")],
      [use("a", "x"), use("b", "x")],
      {
        httpMounts: {
          "/a/": "_reference/childComponent/a",
          "/a/b/": "_reference/childComponent/b",
        },
      },
      "has HTTP mounts that overlap: /a/ and /a/b/",
    ],
  ];
  test.each(refused)("[COMP2] %s is refused", async (_, components, children, more, message) => {
    const answer = await bed.startPush([], push(components, children, more));
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
    expect(rows()).toEqual([]);
  });

  test("[COMP11] a variable of a nested component follows its parents' bindings to the app's", async () => {
    const leaf = component("leaf", env);
    const middle = component("middle", {
      ...env,
      childComponents: [
        use("up", "leaf", { env: [["KEY", { type: "envVar", name: "KEY" }]] }),
        use("fixed", "leaf", { env: [["KEY", { type: "value", value: "v" }]] }),
      ],
    });
    const mount = use("m", "middle", { env: [["KEY", { type: "envVar", name: "OURS" }]] });
    await bed.setEnv({ OURS: "ours" });
    await deploy([leaf, middle], [mount], { envVars: [["OURS", text()]] });
    const bound = bed.rows("_components", "by_path").map((row) => [row.path, row.env]);
    expect(Object.fromEntries(bound)).toEqual({
      "": {},
      m: { KEY: { type: "envVar", name: "OURS" } },
      "m/up": { KEY: { type: "envVar", name: "OURS" } },
      "m/fixed": { KEY: { type: "value", value: "v" } },
    });
  });

  test("[COMP15] a document that violates its component's schema fails the push and names the component", async () => {
    const schema = (type: string) =>
      moduleOf("schema.js", {
        tables: [
          {
            tableName: "t",
            indexes: [],
            documentType: {
              type: "object",
              value: { body: { fieldType: { type }, optional: false } },
            },
          },
        ],
        schemaValidation: true,
      });
    const lib = (type: string) => ({ ...component("lib"), schema: schema(type) });
    await deploy([lib("string")], [use("a", "lib"), use("b", "lib")]);
    await bed.commit((tx) => tx.within("b").insert("t", { body: "text" }));
    const started = await bed.startPush(
      [],
      push([lib("number")], [use("a", "lib"), use("b", "lib")]),
    );
    const waited = await bed.waitForSchema(started);
    expect(waited.body).toMatchObject({ type: "failed", componentPath: "b", tableName: "t" });
    expect((await bed.finishPush(started)).status).toBe(400);
  });
});
