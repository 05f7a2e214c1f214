/** The routes of the CLI, by requests like its own. */
import type { JSONValue } from "convex/values";
import { beforeAll, expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { asAdmin, ask, deployment, mutate, post, unique } from "./deployment.ts";
import { makePushRequest, type PushRequest, postCompressed } from "./push-request.ts";
import { Session } from "./session.ts";

const { url, adminKey } = deployment;
let request: PushRequest;
beforeAll(async () => {
  request = await makePushRequest();
});

type Fields = { readonly [field: string]: JSONValue };
const app = () => request.appDefinition as unknown as Fields & { changedModules: Fields[] };
const withModules = (change: (module: Fields) => Fields): PushRequest => ({
  ...request,
  appDefinition: { ...app(), changedModules: app().changedModules.map(change) },
});
const startPush = (body: PushRequest) => postCompressed("/api/deploy2/start_push", body);

test("[CLITRAP2] an address that ends in a slash makes double slashes, which count as one", async () => {
  const { status, json } = await post("//api/function", { path: "rows:hidden", args: {} }, asAdmin);
  expect([status, json]).toEqual([200, expect.objectContaining({ value: "hidden" })]);
});

test("[CLITRAP3] no route that the CLI calls is a 404, which it would repeat for half a minute", async () => {
  const gets = ["/api/v1/get_canonical_urls", "/api/stream_function_logs?cursor=0", "/version"];
  for (const path of gets)
    expect((await fetch(`${url}${path}`, { headers: asAdmin })).status).toBe(200);
  const posts = ["get_config_hashes", "deploy2/start_push", "deploy2/evaluate_push"];
  const more = ["deploy2/wait_for_schema", "deploy2/finish_push", "deploy2/report_push_completed"];
  const rest = ["update_environment_variables", "run_test_function", "import/start_upload"];
  for (const path of [...posts, ...more, ...rest]) {
    expect([path, (await post(`/api/${path}`, { adminKey }, asAdmin)).status]).not.toEqual([
      path,
      404,
    ]);
  }
});

test("[CLITRAP4] compressed bodies are read; the key must be right in the header and in the body", async () => {
  expect((await startPush(request)).status).toBe(200);
  expect((await startPush({ ...request, adminKey: "wrong|key" })).status).toBe(403);
  const wrongHeader = await postCompressed("/api/deploy2/start_push", request, {
    Authorization: "Convex wrong|key",
  });
  expect([401, 403]).toContain(wrongHeader.status);
});

test("[CLITRAP6] logs that are not there yet are waited for", async () => {
  const logs = async (cursor: number) => {
    const response = await fetch(`${url}/api/stream_function_logs?cursor=${cursor}`, {
      headers: asAdmin,
    });
    return (await response.json()) as { entries: { identifier?: string }[]; newCursor: number };
  };
  const path = "rows:nothing";
  let cursor = (await logs(0)).newCursor;
  for (;;) {
    const waiting = logs(cursor);
    await mutate(path);
    const { entries, newCursor } = await waiting;
    expect(entries.length).toBeGreaterThan(0); // an empty answer would come again at once, for ever
    cursor = newCursor;
    if (entries.some(({ identifier }) => identifier === path)) break;
  }
});

test("[CLITRAP7] evaluate_schema is answered, or missing at once", async () => {
  const { status, json } = await postCompressed("/api/deploy2/evaluate_schema", request);
  expect([200, 404]).toContain(status);
  if (status === 200) {
    expect(json).toMatchObject({
      componentSchemaEvaluations: expect.any(Object),
      newComponentDefinitions: expect.any(Array),
    });
  }
});

test("[CLITRAP8] a definition has a path, and each of its instances another; the app's are empty", async () => {
  const { json } = await startPush(request);
  const { analysis, schemaChange } = json as unknown as {
    analysis: Record<string, { functions: object; definition: object }>;
    schemaChange: { schemaIds: object };
  };
  expect(Object.keys(analysis).sort()).toEqual(["", "../tally"]);
  expect(Object.keys(analysis[""]?.functions ?? {})).toContain("shared/counter.js");
  expect(analysis["../tally"]?.definition).toMatchObject({
    exports: { branch: [["marks", { branch: [["add", { type: "leaf" }]] }]] },
  });
  expect(Object.keys(schemaChange.schemaIds).sort()).toEqual(["", "evenings", "mornings"]);
  const call = { path: "rows:hidden", args: {}, componentPath: "" };
  expect((await post("/api/function", call, asAdmin)).json).toMatchObject({ value: "hidden" });
  const of = unique("tally");
  expect(await mutate("tallies:add", { of })).toEqual([1, 2, 1]);
  await expect(mutate("tallies:add", { of, fails: true })).rejects.toThrow("taken back");
  const marks = { path: "marks:add", args: { of } };
  const counts: unknown[] = [];
  for (const componentPath of ["mornings", "evenings"]) {
    const { json } = await post("/api/function", { ...marks, componentPath }, asAdmin);
    counts.push((json as { value: unknown }).value);
  }
  expect(counts).toEqual([3, 2]);
});

test("[CLITRAP10] validators are JSON texts in an analysis, and objects in the function spec", async () => {
  const { json } = await startPush(request);
  const { analysis } = json as unknown as {
    analysis: { "": { functions: Record<string, { functions: { name: string }[] }> } };
  };
  const checked = analysis[""].functions["echo.js"]?.functions.find(
    ({ name }) => name === "checked",
  );
  expect(checked).toMatchObject({
    udfType: "Mutation",
    visibility: { kind: "public" },
    args: expect.stringMatching(/^\{"type":"object"/),
    returns: expect.stringMatching(/^\{"type":"object"/),
  });
  const list = analysis[""].functions["rows.js"]?.functions.find(({ name }) => name === "list");
  expect(list).toMatchObject({ returns: "null" });
  const session = await Session.open();
  session.socket.send({
    type: "Authenticate",
    baseVersion: 0,
    tokenType: "Admin",
    value: adminKey,
  });
  const { modifications } = await session.watch(add(0, "_system/cli/modules:apiSpec"));
  const functions = modifications[0]?.value as unknown as { identifier?: string }[];
  expect(functions.find(({ identifier }) => identifier === "echo.js:checked")).toMatchObject({
    functionType: "Mutation",
    args: { type: "object" },
    returns: { type: "object" },
  });
});

test("[CLITRAP11] keys that the CLI requires are there, also when they are null", async () => {
  const { json } = await startPush(request);
  expect(json).toMatchObject({
    appAuth: [{ type: "customJwt", applicationID: null, issuer: expect.any(String) }],
    componentDefinitionPackages: expect.any(Object),
    environmentVariables: expect.objectContaining({ JWKS: expect.any(String) }),
  });
  expect(json).toHaveProperty("externalDepsId");
});

test("[CLITRAP14] an int64 in an answer is encoded as one", async () => {
  const session = await Session.open();
  session.socket.send({
    type: "Authenticate",
    baseVersion: 0,
    tokenType: "Admin",
    value: adminKey,
  });
  await session.watch(add(0, "_system/cli/exports:getLatest"));
  await fetch(`${url}/api/export/request/zip?includeStorage=false`, {
    method: "POST",
    headers: asAdmin,
  });
  const stateOf = () => session.values.get(0) as { state?: string; start_ts?: unknown } | null;
  while (stateOf()?.state !== "completed") await session.until(() => true);
  expect(stateOf()?.start_ts).toEqual({ $integer: expect.stringMatching(/^[\w+/]{11}=$/) });
});

test("[CLITRAP18] source maps and positions may be missing from a push", async () => {
  const bare = withModules(
    ({ path, source, environment }) => ({ path, source, environment }) as Fields,
  );
  const { status, json } = await startPush(bare);
  expect(status).toBe(200);
  expect(json).toHaveProperty("schemaChange");
});

test("[CLITRAP19] the CLI sends what this was written for, and a field more does not matter", async () => {
  expect(Object.keys(request).sort()).toEqual([
    "adminKey",
    "appDefinition",
    "componentDefinitions",
    "dryRun",
    "forCodegen",
    "functions",
    "nodeDependencies",
  ]);
  expect(Object.keys(app()).sort()).toEqual([
    "changedModules",
    "definition",
    "dependencies",
    "schema",
    "udfServerVersion",
    "unchangedModuleHashes",
  ]);
  expect(app().udfServerVersion).toBe("1.48.0");
  const later = { ...withModules((module) => ({ ...module, later: 1 })), later: { version: 2 } };
  expect((await startPush(later)).status).toBe(200);
});

test("[CLITRAP5] a push that is only begun changes nothing, nor do two at once", async () => {
  const before = await ask("echo:value", { value: unique("before") });
  const renamed = withModules((module) =>
    module.path === "left.js" ? { ...module, path: "begun.js" } : module,
  );
  const begun = await Promise.all([startPush(renamed), startPush(request), startPush(renamed)]);
  expect(begun.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await ask("echo:value", { value: before as string })).toBe(before);
  expect(await ask("left:counted")).toBe(1);
  await expect(ask("begun:counted")).rejects.toThrow("Could not find public function");
});
