import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeployBed, functionOf, moduleOf, ORIGINS } from "../../test/deploy-bed.ts";
import type { FunctionCall, Identity, QueryOutcome } from "../rooms.ts";
import { withSystemQueries } from "./system-query-runner.ts";

let bed: DeployBed;

beforeEach(async () => {
  bed = await new DeployBed().open();
});
afterEach(() => bed.remove());

const ADMIN: Identity = { kind: "admin", actingAs: null };
const run = (
  path: string,
  args: JSONValue = {},
  identity: Identity = ADMIN,
): Promise<QueryOutcome> => {
  const userQuery = () => Promise.reject(new Error(`${path} went to user code`));
  const { database, api } = bed;
  const query = withSystemQueries(userQuery, { database, systemQueries: api.systemQueries });
  const request = { requestId: "0", identity, ip: null, userAgent: null };
  const call: FunctionCall = {
    address: { component: "", path },
    args: [args],
    request,
    allowed: "all",
  };
  return query(call);
};
const answerOf = async (path: string, args: JSONValue = {}) => {
  const { result } = await run(path, args);
  return result.ok ? JSON.parse(result.json) : result.failure.text;
};

test("[PUSH14] system queries answer admins only", async () => {
  const { result } = await run("_system/cli/modules:apiSpec", {}, { kind: "none" });
  expect(result).toMatchObject({
    ok: false,
    failure: { text: expect.stringContaining("You do not have permission") },
  });
  expect(await answerOf("_system/cli/nothing:here")).toContain("Could not find function");
});

test("[PUSH14] what a system query read re-runs it", async () => {
  const { readSet } = await run("_system/cli/queryEnvironmentVariables:default");
  const commits: number[] = [];
  bed.database.onDurable((durable) => {
    for (const { indexWrites } of durable)
      commits.push(...indexWrites.map(({ indexId }) => indexId));
  });
  await bed.setEnv({ A: "1" });
  expect([...readSet.intervals.keys()].some((indexId) => commits.includes(indexId))).toBe(true);
});

test("[ENV5] variables are listed by name and looked up", async () => {
  await bed.setEnv({ B: "2", A: "1" });
  expect(await answerOf("_system/cli/queryEnvironmentVariables:default")).toEqual([
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ]);
  expect(await answerOf("_system/cli/queryEnvironmentVariables:get", { name: "B" })).toEqual({
    name: "B",
    value: "2",
  });
  expect(await answerOf("_system/cli/queryEnvironmentVariables:get", { name: "C" })).toBeNull();
});

test("[PUSH12] the api spec has validators as objects and any where there is none", async () => {
  const args = '{"type":"object","value":{}}';
  await bed.deploy([
    moduleOf("messages.js", { functions: [{ ...functionOf("list", "Query"), args }] }),
    moduleOf("http.js", {
      httpRoutes: [{ route: { path: "/hello", method: "GET" }, pos: null }],
    }),
  ]);
  expect(await answerOf("_system/cli/modules:apiSpec")).toEqual([
    {
      identifier: "messages.js:list",
      functionType: "Query",
      visibility: { kind: "public" },
      args: { type: "object", value: {} },
      returns: { type: "any" },
    },
    { functionType: "HttpAction", method: "GET", path: "/hello" },
  ]);
  expect(await answerOf("_system/cli/convexUrl:cloudUrl")).toBe(ORIGINS.cloudUrl);
});

test("[PUSH12] tables are listed, counted, paged and watched", async () => {
  await bed.commit((tx) => {
    for (const n of [1, 2, 3]) tx.insert("users", { n });
  });
  expect(await answerOf("_system/cli/tables:default")).toMatchObject({ page: [{ name: "users" }] });
  expect(await answerOf("_system/cli/tableSize:default", { tableName: "users" })).toBe(3);
  const args = { table: "users", order: "desc" };
  const first = await answerOf("_system/cli/tableData:default", {
    ...args,
    paginationOpts: { cursor: null, numItems: 2 },
  });
  expect([first.page.map(({ n }: { n: number }) => n), first.isDone]).toEqual([[3, 2], false]);
  const paginationOpts = { cursor: first.continueCursor, numItems: 2 };
  const rest = await answerOf("_system/cli/tableData:default", { ...args, paginationOpts });
  expect([rest.page.map(({ n }: { n: number }) => n), rest.isDone]).toEqual([[1], true]);
  const before = await answerOf("_system/cli/queryTable:default", { tableName: "users" });
  await bed.commit((tx) => tx.insert("users", { n: 4 }));
  expect(await answerOf("_system/cli/queryTable:default", { tableName: "users" })).not.toEqual(
    before,
  );
});
