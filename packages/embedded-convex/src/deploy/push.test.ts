import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  ADMIN_KEY,
  APP_DEFINITION,
  DeployBed,
  functionOf,
  moduleOf,
  pushBody,
} from "../../test/deploy-bed.ts";
import { moduleHash } from "./module-hash.ts";

let bed: DeployBed;

beforeEach(async () => {
  bed = await new DeployBed().open();
});
afterEach(() => bed.remove());

const messages = (...names: string[]) =>
  moduleOf("messages.js", { functions: names.map((name) => functionOf(name, "Query")) });
const usersSchema = (
  fieldType: string,
  indexes: { indexDescriptor: string; fields: string[] }[] = [],
) =>
  moduleOf("schema.js", {
    tables: [
      {
        tableName: "users",
        indexes,
        stagedDbIndexes: [],
        searchIndexes: [],
        stagedSearchIndexes: [],
        vectorIndexes: [],
        stagedVectorIndexes: [],
        documentType: {
          type: "object",
          value: { name: { fieldType: { type: fieldType }, optional: false } },
        },
      },
    ],
    schemaValidation: true,
  });

test("[PUSH5] a push becomes the active version in one step and tells what changed", async () => {
  const crons = moduleOf("crons.js", {
    cronSpecs: {
      tick: { name: "jobs:tick", args: [{}], schedule: { type: "interval", hours: 1 } },
    },
  });
  const jobs = moduleOf("jobs.js", { functions: [functionOf("tick", "Mutation")] });
  const auth = moduleOf("auth.config.js", {
    providers: [{ domain: "https://issuer.example", applicationID: "app" }],
  });
  const { body } = await bed.deploy([messages("list"), crons, jobs, auth], {
    app: { schema: usersSchema("string", [{ indexDescriptor: "by_name", fields: ["name"] }]) },
  });
  expect(body.componentDiffs[""]).toMatchObject({
    diffType: { type: "create" },
    moduleDiff: { added: ["messages.js", "crons.js", "jobs.js", "auth.config.js"], removed: [] },
    cronDiff: { added: ["tick"], updated: [], deleted: [] },
    indexDiff: { added_indexes: [{ name: "users.by_name", type: "database" }] },
  });
  expect(body.authDiff.added).toHaveLength(1);
  expect(bed.deployment()).toMatchObject({ version: 1, codeVersion: 1 });
  expect(bed.rows("_crons", "by_name")).toMatchObject([{ name: "tick", path: "jobs:tick" }]);
  expect(bed.activations).toBe(1);
});

test("[PUSH5] the same code again keeps the code version, other code raises it and drops old modules", async () => {
  await bed.deploy([messages("list"), moduleOf("old.js", {})]);
  await bed.deploy([messages("list"), moduleOf("old.js", {})]);
  expect(bed.deployment()).toMatchObject({ version: 2, codeVersion: 1 });
  const { body } = await bed.deploy([messages("list", "more")]);
  expect(body.componentDiffs[""].moduleDiff).toEqual({ added: [], removed: ["old.js"] });
  expect(bed.deployment()).toMatchObject({ version: 3, codeVersion: 2 });
  expect(bed.modulePaths()).toEqual(["messages.js"]);
});

test("[PUSH5] start_push answers in the shape the CLI checks", async () => {
  const http = moduleOf("http.js", {
    httpRoutes: [{ route: { path: "/hello", method: "GET" }, pos: null }],
  });
  const { body } = await bed.startPush([messages("list"), http]);
  expect(body).toMatchObject({
    environmentVariables: {},
    externalDepsId: null,
    componentDefinitionPackages: {},
    appAuth: [],
    app: {
      definitionPath: "",
      componentPath: "",
      httpRoutes: { httpModuleRoutes: [{ path: "/hello", method: "GET" }], mounts: [] },
    },
    schemaChange: { schemaIds: { "": null }, indexDiffs: { "": { added_indexes: [] } } },
  });
  const root = body.analysis[""];
  expect(root.definition).toEqual({ ...APP_DEFINITION, path: "" });
  expect(root.functions["messages.js"]).toMatchObject({
    functions: [{ name: "list", udfType: "Query", returns: "null" }],
    cronSpecs: null,
    sourceMapped: null,
  });
});

test("[PUSH1] a module that was not sent comes from the active version", async () => {
  const sent = messages("list");
  await bed.deploy([sent, moduleOf("b.js", {})]);
  const { body: hashes } = await bed.post("/api/get_config_hashes", { version: "1.48.0" });
  const sha256 = moduleHash({ source: String(sent.source), sourceMap: null });
  expect(hashes.moduleHashes).toContainEqual({
    path: "messages.js",
    hash: sha256,
    environment: "isolate",
  });
  const unchangedModuleHashes = [{ path: "messages.js", environment: "isolate", sha256 }];
  await bed.deploy([moduleOf("c.js", {})], { app: { unchangedModuleHashes } });
  expect(bed.modulePaths()).toEqual(["c.js", "messages.js"]);
});

test("[PUSH1] a hash that is not the active one is a race", async () => {
  await bed.deploy([messages("list")]);
  const unchangedModuleHashes = [{ path: "messages.js", environment: "isolate", sha256: "00" }];
  const answer = await bed.startPush([], { app: { unchangedModuleHashes } });
  expect([answer.status, answer.body.code]).toEqual([400, "RaceDetected"]);
});

test("[PUSH2] a push that is started and left alone changes nothing", async () => {
  await bed.deploy([messages("list")]);
  const { latestTs } = bed.database;
  await bed.startPush([messages("other")], { app: { schema: usersSchema("string") } });
  await bed.post("/api/deploy2/evaluate_push", pushBody([messages("other")]));
  await bed.post("/api/deploy2/evaluate_schema", pushBody([messages("other")]));
  expect(bed.database.latestTs).toBe(latestTs);
});

test("[PUSH35] evaluate_schema tells which indexes come and go, and how many documents they are about", async () => {
  const indexes = (name: string) => [{ indexDescriptor: name, fields: ["name"] }];
  await bed.deploy([messages("list")], { app: { schema: usersSchema("string", indexes("old")) } });
  for (const name of ["Ada", "Bob"]) await bed.commit((tx) => tx.insert("users", { name }));
  const body = pushBody([messages("other")], {
    app: { schema: usersSchema("string", indexes("new")) },
  });
  const answer = await bed.post("/api/deploy2/evaluate_schema", body);
  const about = { type: "database", fields: ["name", "_creationTime"], numDocs: 2 };
  expect(answer.body).toEqual({
    componentSchemaEvaluations: {
      "": {
        definitionPath: "",
        schemaValidation: true,
        tables: [],
        indexes: [
          { ...about, name: "users.new", change: "added", needsBackfill: true },
          { ...about, name: "users.old", change: "dropped", needsBackfill: false },
        ],
      },
    },
    newComponentDefinitions: [],
  });
});

test("[PUSH3] of nine pushes under way the first is forgotten", async () => {
  const pushes = [];
  for (let i = 0; i < 9; i++) pushes.push(await bed.startPush([messages(`f${i}`)]));
  const [first, second] = pushes;
  if (first === undefined || second === undefined) throw new Error("nine pushes were started");
  expect((await bed.waitForSchema(first)).body).toEqual({ type: "raceDetected" });
  expect((await bed.finishPush(first)).body.code).toBe("RaceDetected");
  expect((await bed.waitForSchema(second)).body).toEqual({ type: "complete" });
  expect((await bed.finishPush(second)).status).toBe(200);
});

test("[PUSH6] a schema that a document violates is refused with the document and the field", async () => {
  await bed.deploy([messages("list")], { app: { schema: usersSchema("string") } });
  const id = await bed.commit((tx) => tx.insert("users", { name: "Ada" }));
  const started = await bed.startPush([messages("other")], {
    app: { schema: usersSchema("number") },
  });
  const { body } = await bed.waitForSchema(started);
  expect(body).toMatchObject({ type: "failed", componentPath: "", tableName: "users" });
  expect(body.error).toContain(
    `Document with ID "${id}" in table "users" does not match the schema`,
  );
  expect(body.error).toContain(".name");
  expect((await bed.finishPush(started)).status).toBe(400);
  expect(bed.deployment()).toMatchObject({ version: 1 });
  await bed.commit((tx) => tx.insert("users", { name: "still a string" }));
});

test("[PUSH6] a new index serves once the push is active", async () => {
  await bed.deploy([messages("list")], { app: { schema: usersSchema("string") } });
  await bed.commit((tx) => {
    for (let i = 0; i < 300; i++) tx.insert("users", { name: `n${i}` });
  });
  const schema = usersSchema("string", [{ indexDescriptor: "by_name", fields: ["name"] }]);
  await bed.deploy([messages("list")], { app: { schema } });
  const found = bed.read((tx) =>
    tx
      .openQuery({
        source: {
          type: "IndexRange",
          indexName: "users.by_name",
          range: [{ type: "Eq", fieldPath: "name", value: "n123" }],
          order: null,
        },
        operators: [],
      })
      .next(),
  );
  expect(JSON.parse(found ?? "null")).toMatchObject({ name: "n123" });
});

test("[PUSH7] of two pushes from one version the second is refused and can be repeated", async () => {
  const [a, b] = [await bed.startPush([messages("a")]), await bed.startPush([messages("b")])];
  await bed.waitForSchema(a);
  expect((await bed.finishPush(a)).status).toBe(200);
  await bed.waitForSchema(b);
  expect((await bed.finishPush(b)).body.code).toBe("RaceDetected");
  await bed.deploy([messages("b")]);
});

test("[PUSH7] variables set during a push make it a race", async () => {
  const started = await bed.startPush([messages("a")]);
  await bed.setEnv({ A: "1" });
  await bed.waitForSchema(started);
  expect((await bed.finishPush(started)).body.code).toBe("RaceDetected");
});

test("[PUSH7] a newer push with another schema overtakes one that waits", async () => {
  const first = await bed.startPush([messages("a")], { app: { schema: usersSchema("string") } });
  await bed.waitForSchema(first);
  const second = await bed.startPush([messages("a")], { app: { schema: usersSchema("number") } });
  expect((await bed.waitForSchema(second)).body).toEqual({ type: "complete" });
  expect((await bed.waitForSchema(first)).body).toEqual({ type: "raceDetected" });
});

test("[PUSH8] a dry run tells the difference and changes nothing", async () => {
  await bed.deploy([messages("list")]);
  const { latestTs } = bed.database;
  const started = await bed.startPush([moduleOf("new.js", {})], { dryRun: true });
  expect((await bed.waitForSchema(started, true)).body).toEqual({ type: "complete" });
  const { status, body } = await bed.finishPush(started, true);
  expect([status, body.componentDiffs[""].moduleDiff]).toEqual([
    200,
    { added: ["new.js"], removed: ["messages.js"] },
  ]);
  expect([bed.database.latestTs, bed.activations]).toEqual([latestTs, 1]);
});

test("[PUSH9] a required variable must be set and fit, an optional one may be missing", async () => {
  const envVars = [
    ["SECRET", { type: "value", value: '{"type":"string"}' }],
    ["MODE", { type: "value", value: '{"type":"literal","value":"on"}', optional: true }],
  ];
  const definition = moduleOf("convex.config.js", { ...APP_DEFINITION, envVars });
  const push = async () => {
    const started = await bed.startPush([messages("a")], { app: { definition } });
    await bed.waitForSchema(started);
    return await bed.finishPush(started);
  };
  expect((await push()).body).toEqual({
    code: "MissingEnvironmentVariables",
    message: "Environment variables declared in convex.config.ts are not set: SECRET.",
  });
  await bed.setEnv({ SECRET: "s", MODE: "off" });
  expect((await push()).body.code).toBe("InvalidEnvironmentVariable");
  await bed.setEnv({ MODE: null });
  expect((await push()).status).toBe(200);
});

test("[PUSH10] a wrong key in the header or in the body is 403 BadDeployKey", async () => {
  const body = { adminKey: ADMIN_KEY, ...pushBody([]) };
  const wrongHeader = await bed.call("POST", "/api/deploy2/start_push", body, "test|wrong");
  const wrongBody = await bed.post("/api/deploy2/start_push", { ...body, adminKey: "test|wrong" });
  const noBodyKey = await bed.call("POST", "/api/deploy2/start_push", pushBody([]));
  const env = await bed.call("GET", "/api/v1/list_environment_variables", undefined, "no");
  for (const { status, body: answer } of [wrongHeader, wrongBody, noBodyKey, env]) {
    expect([status, answer.code]).toEqual([403, "BadDeployKey"]);
  }
});

test("[PUSH11] what analysis refuses is a 400 with its code", async () => {
  const answer = await bed.startPush([moduleOf("bad.js", { fails: "ReferenceError" })]);
  expect(answer).toEqual({
    status: 400,
    body: { code: "InvalidModules", message: "Failed to analyze bad.js: ReferenceError" },
  });
});

test("[PUSH11] a malformed push is a 400 that names the field", async () => {
  const answer = await bed.post("/api/deploy2/start_push", { functions: "convex/" });
  expect(answer.body).toEqual({ code: "BadRequest", message: "`appDefinition` must be an object" });
});

test("[PUSH11] routes of the CLI that are not there are 400, other paths are somebody else's", async () => {
  expect((await bed.post("/api/import/start_upload", {})).body.code).toBe(
    "UnsupportedByDeployment",
  );
  await expect(bed.post("/api/query", {})).rejects.toThrow("nobody's");
});

test.each([
  ["a missing function", "jobs:nope", "schedules a function that does not exist: jobs.js:nope"],
  ["a query", "jobs:look", "only actions and mutations can be scheduled: jobs.js:look"],
])("[PUSH22] a cron of %s is refused", async (_case, name, message) => {
  const jobs = moduleOf("jobs.js", { functions: [functionOf("look", "Query")] });
  const schedule = { type: "interval", hours: 1 };
  const crons = moduleOf("crons.js", { cronSpecs: { tick: { name, args: [{}], schedule } } });
  const answer = await bed.startPush([jobs, crons]);
  expect([answer.status, answer.body.message]).toEqual([
    400,
    expect.stringContaining(`The cron job 'tick' schedules a `),
  ]);
  expect(answer.body.message).toContain(message);
});

test("[PUSH22] a cron with a schedule that never comes is refused", async () => {
  const jobs = moduleOf("jobs.js", { functions: [functionOf("tick", "Mutation")] });
  const schedule = { type: "cron", cron: "0 0 31 2 *" };
  const crons = moduleOf("crons.js", {
    cronSpecs: { tick: { name: "jobs:tick", args: [{}], schedule } },
  });
  expect((await bed.startPush([jobs, crons])).body.code).toBe("InvalidCron");
});

test("[PUSH5] modules and cron arguments may be larger and deeper than documents of users", async () => {
  const deep = Array.from({ length: 40 }).reduce<JSONValue>((inner) => ({ inner }), 1);
  const jobs = moduleOf("jobs.js", {
    functions: [functionOf("tick", "Mutation")],
    padding: "x".repeat(3 * 1024 * 1024),
  });
  const schedule = { type: "interval", hours: 1 };
  const crons = moduleOf("crons.js", {
    cronSpecs: { tick: { name: "jobs:tick", args: [{ deep }], schedule } },
  });
  await bed.deploy([jobs, crons]);
  expect(bed.rows("_crons", "by_name")).toMatchObject([{ args: [{ deep }] }]);
});
