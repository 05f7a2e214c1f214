/** The official CLI, unmodified, as a child process against the whole engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject, type Finished, type Project } from "./official-cli.ts";

let dir: string;
let engine: EmbeddedConvex;
let project: Project;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "engine-"));
  engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  project = copyProject("messages", engine);
});
afterEach(async () => {
  await engine.close();
  project.remove();
  rmSync(dir, { recursive: true, force: true });
});

const query = (path: string, args = {}) =>
  new ConvexHttpClient(engine.url).query(makeFunctionReference<"query">(path), args);
const mutate = (path: string, args = {}) =>
  new ConvexHttpClient(engine.url).mutation(makeFunctionReference<"mutation">(path), args);

/** Runs the CLI and says what it printed when it failed. */
async function convex(...args: string[]): Promise<Finished> {
  const finished = await project.convex(...args);
  if (finished.code !== 0) throw new Error(`convex ${args.join(" ")}: ${JSON.stringify(finished)}`);
  return finished;
}
const deploy = (...flags: string[]) => convex("deploy", "--typecheck", "disable", ...flags);
const resultOf = (finished: Finished) => JSON.parse(finished.stdout || "null");

test("[PUSH12] dev --once pushes, writes .env.local, type-checks and prints the indexes", async () => {
  const { stderr } = await convex("dev", "--once");
  expect(stderr).toContain("Added table indexes");
  expect(stderr).toContain("messages.by_author");
  expect(stderr).toContain("Convex functions ready!");
  expect(project.read(".env.local")).toContain(`CONVEX_SITE_URL=${engine.siteUrl}`);
  expect(project.read("convex/_generated/api.d.ts")).toContain("messages: typeof messages");
  expect(await query("messages:version")).toBe("first");
});

test("[PUSH12] deploy swaps the code and keeps the data, also across a restart", async () => {
  await deploy();
  await mutate("messages:send", { author: "Ada", body: "hello" });
  project.edit("convex/messages.ts", `=> "first"`, `=> "second"`);
  await deploy();
  expect(await query("messages:version")).toBe("second");
  expect(await query("messages:list")).toEqual(["hello"]);
  expect(await (await fetch(`${engine.siteUrl}/hello`)).text()).toBe("hello");

  await engine.close();
  engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  expect(await query("messages:version")).toBe("second");
  expect(await query("messages:list")).toEqual(["hello"]);
});

test("[PUSH35] deploy asks before it drops an index of a large table or fills one", async () => {
  await deploy();
  await mutate("messages:send", { author: "Ada", body: "hello" });
  const limits = ["DELETE", "BACKFILL"].map(
    (what) => `CONVEX_MIN_DOCUMENTS_FOR_INDEX_${what}_WARNING=1`,
  );
  project.write(".env.local", limits.join("\n")); // one document is a large table
  const index = '.index("by_author", ["author"])';
  const unasked = ["deploy", "--typecheck", "disable", "--yes"];
  project.edit("convex/schema.ts", index, '.index("by_body", ["body"])');
  const both = await project.convex(...unasked);
  expect(both.code).toBe(1);
  expect(both.stderr).toMatch(/delete.*the following index/);
  expect(both.stderr).toContain("messages.by_author");
  project.edit("convex/schema.ts", '.index("by_body"', `${index}.index("by_body"`);
  const filled = await project.convex(...unasked);
  expect(filled.code).toBe(1);
  expect(filled.stderr).toMatch(/create.*the following index on a large table/);
  await deploy("--skip-large-indexes-check");
});

test("[PUSH12] run calls public and internal functions, and acts as a user", async () => {
  await deploy();
  await convex("run", "messages:send", '{"author":"Ada","body":"hi"}');
  expect(resultOf(await convex("run", "messages:list"))).toEqual(["hi"]);
  expect(resultOf(await convex("run", "messages:secret"))).toBe("internal");
  expect(resultOf(await convex("run", "jobs:recordFromAction", '{"name":"by hand"}'))).toBeNull();
  const asBob = await convex("run", "messages:whoAmI", "--identity", '{"name":"Bob"}');
  expect(resultOf(asBob)).toBe("Bob");
  expect(resultOf(await convex("run", "messages:whoAmI"))).toBeNull();

  const missing = await project.convex("run", "messages:nope");
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("messages:whoAmI");
});

test("[PUSH12] codegen writes types and function-spec describes them, without a deploy in between", async () => {
  await deploy();
  project.edit("convex/messages.ts", "export const version", "export const edition");
  await convex("codegen");
  expect(project.read("convex/_generated/api.d.ts")).toContain("jobs: typeof jobs");
  const { functions, url } = resultOf(await convex("function-spec"));
  expect(url).toBe(engine.url);
  expect(functions).toContainEqual({
    identifier: "messages.js:list",
    functionType: "Query",
    visibility: { kind: "public" },
    args: { type: "object", value: {} },
    returns: { type: "array", value: { type: "string" } },
  });
  expect(functions).toContainEqual({ functionType: "HttpAction", method: "GET", path: "/hello" });
  expect(functions.map(({ identifier }: { identifier?: string }) => identifier)).toContain(
    "messages.js:version",
  );
});

test("[PUSH12] scheduled functions and crons of a deployed app run", async () => {
  await deploy();
  await mutate("jobs:schedule", { name: "mutation", delayMs: 0, action: false });
  await mutate("jobs:schedule", { name: "action", delayMs: 10, action: true });
  await mutate("jobs:schedule", { name: "fails", delayMs: 0, action: false });
  const canceled = await mutate("jobs:schedule", { name: "never", delayMs: 60_000, action: false });
  await mutate("jobs:cancel", { id: canceled });
  await expect
    .poll(async () => (await query("jobs:list")).runs.toSorted(), { timeout: 10_000 })
    .toEqual(["action", "cron", "mutation"]);
  const { jobs } = await query("jobs:list");
  expect(jobs.map(({ state }: { state: { kind: string } }) => state.kind)).toEqual([
    "success",
    "success",
    "failed",
    "canceled",
  ]);
  expect(jobs[2].state.error).toContain("the job fails");
});

test("[PUSH6] the CLI names the document and field that violate a schema and the old version keeps serving", async () => {
  await deploy();
  const id = await mutate("messages:send", { author: "Ada", body: "hello" });
  project.edit("convex/schema.ts", "body: v.string()", "body: v.number()");
  project.edit("convex/messages.ts", `=> "first"`, `=> "second"`);
  const refused = await project.convex("deploy", "--typecheck", "disable");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("Schema validation failed");
  expect(refused.stderr).toContain(`Document with ID "${id}" in table "messages"`);
  expect(refused.stderr).toContain(".body");
  expect(await query("messages:version")).toBe("first");
  await mutate("messages:send", { author: "Ada", body: "still a string" });
});

test("[PUSH13] dev pushes again when a file is edited, and the data stays", async () => {
  const dev = project.watch("dev", "--typecheck", "disable");
  try {
    await dev.saw("Convex functions ready!");
    await mutate("messages:send", { author: "Ada", body: "hello" });
    project.edit("convex/messages.ts", `=> "first"`, `=> "second"`);
    await dev.saw("Convex functions ready!");
    expect(await query("messages:version")).toBe("second");
    expect(await query("messages:list")).toEqual(["hello"]);
  } finally {
    await dev.stop();
  }
});

test("[ENV5] env sets, gets, lists and removes variables, and functions see them at once", async () => {
  await deploy();
  await convex("env", "set", "GREETING", "good morning");
  expect(await query("messages:greeting")).toBe("good morning");
  expect((await convex("env", "get", "GREETING")).stdout.trim()).toBe("good morning");
  await convex("env", "set", "OTHER=1");
  const list = await convex("env", "list");
  expect(list.stdout.trim().split("\n")).toEqual(["GREETING=good morning", "OTHER=1"]);
  await convex("env", "remove", "GREETING");
  expect(await query("messages:greeting")).toBeNull();
  const invalid = await project.convex("env", "set", "9X", "no");
  expect(invalid.code).toBe(1);
});

test("[PUSH13] dev that failed for a missing variable goes on when it is set", async () => {
  project.write(
    "convex/auth.config.ts",
    `export default { providers: [{ domain: process.env.ISSUER, applicationID: "app" }] };`,
  );
  const dev = project.watch("dev", "--typecheck", "disable");
  try {
    await dev.saw("is used in auth config file but its value was not set");
    await convex("env", "set", "ISSUER", "https://issuer.example");
    await dev.saw("Convex functions ready!");
    expect(await query("messages:version")).toBe("first");
  } finally {
    await dev.stop();
  }
});

test("[PUSH13] dev that failed for a document goes on when the document is gone", async () => {
  await deploy();
  await mutate("messages:send", { author: "Ada", body: "hello" });
  project.edit("convex/schema.ts", "body: v.string()", "body: v.number()");
  const dev = project.watch("dev", "--typecheck", "disable");
  try {
    await dev.saw("Schema validation failed");
    await convex("run", "messages:clear");
    await dev.saw("Convex functions ready!");
  } finally {
    await dev.stop();
  }
});

test("[LOG2] dev prints what functions log", async () => {
  project.edit(
    "convex/messages.ts",
    `handler: async () => "first"`,
    `handler: async () => { console.log("asked for the version"); return "first"; }`,
  );
  const dev = project.watch("dev", "--typecheck", "disable");
  try {
    await dev.saw("Convex functions ready!");
    await query("messages:version");
    await dev.saw("asked for the version");
  } finally {
    await dev.stop();
  }
});

test("[PUSH10] a wrong admin key ends the CLI with a message that says where the right one is", async () => {
  const stranger = copyProject("messages", { url: engine.url, adminKey: "x|y" });
  const refused = await stranger.convex("deploy", "--typecheck", "disable");
  stranger.remove();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("admin-key file");
});

test("[PUSH12] deploy --dry-run changes nothing", async () => {
  await deploy();
  project.edit("convex/messages.ts", `=> "first"`, `=> "second"`);
  await deploy("--dry-run");
  expect(await query("messages:version")).toBe("first");
});

test("[PUSH5] a live subscription gets the new version's answer on its open socket", async () => {
  await deploy();
  const client = new ConvexClient(engine.url);
  const seen: unknown[] = [];
  try {
    client.onUpdate(makeFunctionReference<"query">("messages:version"), {}, (version) => {
      seen.push(version);
    });
    await expect.poll(() => seen).toEqual(["first"]);
    project.edit("convex/messages.ts", `=> "first"`, `=> "second"`);
    await deploy();
    await expect.poll(() => seen).toEqual(["first", "second"]);
    expect(client.client.connectionState().connectionCount).toBe(1);
  } finally {
    await client.close();
  }
});
