/** What the official CLI offers beside pushing: looking, watching, trying out. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject, type Project } from "./official-cli.ts";

let dir: string;
let engine: EmbeddedConvex;
let project: Project;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "engine-"));
  engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  project = copyProject("messages", engine);
  await convex("deploy", "--typecheck", "disable");
  for (const body of ["one", "two", "three"]) await send(body);
});
afterAll(async () => {
  await engine.close();
  project.remove();
  rmSync(dir, { recursive: true, force: true });
});

const send = (body: string) =>
  new ConvexHttpClient(engine.url).mutation(makeFunctionReference<"mutation">("messages:send"), {
    author: "Ada",
    body,
  });

/** Standard output of a command that must succeed. */
async function convex(...args: string[]): Promise<string> {
  const finished = await project.convex(...args);
  if (finished.code !== 0) throw new Error(`convex ${args.join(" ")}: ${JSON.stringify(finished)}`);
  return finished.stdout;
}
const lines = (text: string) => text.trim().split("\n");

test("[PUSH31] data lists tables, and documents from either end", async () => {
  expect(lines(await convex("data"))).toEqual(["messages", "runs"]);
  const bodies = async (...flags: string[]) => {
    const rows = lines(await convex("data", "messages", "--format", "jsonl", ...flags));
    return rows.map((row) => /body": "(\w+)"/.exec(row)?.[1]);
  };
  expect(await bodies()).toEqual(["three", "two", "one"]);
  expect(await bodies("--limit", "2", "--order", "asc")).toEqual(["one", "two"]);
  expect(await convex("data", "messages")).toMatch(/"Ada"\s+\| "three"/);
});

test("[PUSH31] data shows the system tables that functions may see, and no others", async () => {
  await convex("run", "jobs:schedule", '{"name":"later","delayMs":600000,"action":false}');
  expect(await convex("data", "_scheduled_functions")).toContain("jobs.js:record");
  for (const table of ["_storage", "_environment", "_settings", "_modules", "_nothing"]) {
    const { code, stdout, stderr } = await project.convex("data", table);
    expect([table, code, stdout]).toEqual([table, 0, ""]);
    expect(stderr).toContain("There are no documents in this table");
  }
});

test("[LOG4] logs prints the history that is asked for, then follows", async () => {
  const logs = project.watch("logs", "--history", "1", "--success");
  try {
    await logs.saw("jobs:schedule");
    await send("logged");
    await logs.saw("M(messages:send)] Function executed in");
  } finally {
    await logs.stop();
  }
});

test("[LOG4] logs --jsonl prints whole entries", async () => {
  await send("as json");
  const logs = project.watch("logs", "--history", "1", "--jsonl");
  try {
    await logs.saw('"identifier":"messages:send"');
  } finally {
    await logs.stop();
  }
});

test("[ENV5] env set --from-file sets what is new and leaves the CLI's own names out", async () => {
  project.write("vars", 'ONE=1\nTWO="two words"\nCONVEX_URL=http://elsewhere\n');
  await convex("env", "set", "--from-file", join(project.dir, "vars"));
  expect(lines(await convex("env", "list"))).toEqual(["ONE=1", "TWO=two words"]);
  project.write("vars", "ONE=one\n");
  const refused = await project.convex("env", "set", "--from-file", join(project.dir, "vars"));
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--force")]);
  await convex("env", "set", "--force", "--from-file", join(project.dir, "vars"));
  expect(lines(await convex("env", "list"))).toEqual(["ONE=one", "TWO=two words"]);
});

test("[PUSH30] an inline query reads the data and calls functions", async () => {
  const inline = async (text: string) => JSON.parse(await convex("run", "--inline-query", text));
  expect(await inline("1 + 2")).toBe(3);
  expect(await inline('(await ctx.db.query("messages").first()).body')).toBe("one");
  expect(await inline('return await ctx.runQuery("messages:secret")')).toBe("internal");
  expect(await inline("return process.env.ONE")).toBe("one");
  const module = "export default internalQuery({ handler: async (ctx) => 'whole module' })";
  expect(await inline(module)).toBe("whole module");
});

test("[PUSH30] an inline query that fails, writes or imports ends with a message", async () => {
  const refused = async (text: string) =>
    (await project.convex("run", "--inline-query", text)).stderr;
  expect(await refused('throw new Error("on purpose")')).toContain(
    "Uncaught Error: on purpose\\n    at handler (testQuery.js:5",
  );
  expect(await refused('ctx.db.insert("messages", {})')).toContain("insert is not a function");
  expect(await refused('import fs from "fs"; export default query(() => 1)')).toContain(
    'An inline query cannot import "fs"',
  );
  expect(await refused("const 1")).toContain("Failed to bundle the inline query");
});

test("[PUSH32] run --watch prints every new result", async () => {
  const run = project.watch("run", "--watch", "messages:list");
  try {
    await run.saw('"one"');
    await send("while watching");
    await run.saw('"while watching"');
  } finally {
    await run.stop();
  }
});

test("[PUSH32] dev --run and --until-success push, run and end", async () => {
  expect(
    JSON.parse(
      await convex("dev", "--once", "--run", "messages:version", "--typecheck", "disable"),
    ),
  ).toBe("first");
  await convex("dev", "--until-success", "--typecheck", "disable");
});

test("[PUSH32] dev --until-success goes on until a push succeeds, then ends", async () => {
  const schema = project.read("convex/schema.ts");
  project.edit("convex/schema.ts", "body: v.string()", "body: v.number()");
  const dev = project.watch("dev", "--until-success", "--typecheck", "disable");
  try {
    await dev.saw("Schema validation failed");
    project.write("convex/schema.ts", schema);
    await dev.saw("Convex functions ready!");
    expect(await dev.ended()).toBe(0);
  } finally {
    await dev.stop();
    project.write("convex/schema.ts", schema);
  }
});

test("[PUSH32] dev --run of a function that fails, or is not there, ends with its message", async () => {
  const run = async (path: string) => {
    const flags = ["--once", "--typecheck", "disable", "--run", path];
    const { code, stderr } = await project.convex("dev", ...flags);
    return [code, stderr] as const;
  };
  const [failed, why] = await run("messages:send");
  expect([failed, why]).toEqual([1, expect.stringContaining("ArgumentValidationError")]);
  const [missing, what] = await run("messages:nope");
  expect([missing, what]).toEqual([1, expect.stringContaining("Could not find function")]);
});

test("[PUSH32] a debug bundle is written and nothing is pushed", async () => {
  const version = project.read("convex/messages.ts");
  project.edit("convex/messages.ts", `=> "first"`, `=> "bundled"`);
  await convex("deploy", "--debug-bundle-path", "bundle", "--typecheck", "disable");
  const sources = readdirSync(join(project.dir, "bundle/isolate"), { recursive: true })
    .filter((name) => String(name).endsWith("messages.js"))
    .map((name) => project.read(`bundle/isolate/${name}`));
  expect(sources).toEqual([expect.stringContaining("bundled")]);
  expect(JSON.parse(await convex("run", "messages:version"))).toBe("first");
  project.write("convex/messages.ts", version);
});

test("[PUSH32] what only the cloud has is refused with a message, at once", async () => {
  for (const [command, words] of [
    ["insights", "only available for cloud deployments"],
    ["deployment usage", "does not support"],
  ] as const) {
    const { code, stderr } = await project.convex(...command.split(" "));
    expect([command, code]).toEqual([command, 1]);
    expect(stderr).toContain(words);
  }
});

test("[PUSH8] a dry run of what is already deployed lists no change", async () => {
  const { code, stderr } = await project.convex("deploy", "--dry-run", "--typecheck", "disable");
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/\[[+-]\]|server's/);
});

test("[PUSH32] network-test passes", async () => {
  const { code, stderr } = await project.convex("network-test");
  expect(code).toBe(0);
  expect(stderr).toContain("Network test passed");
});
