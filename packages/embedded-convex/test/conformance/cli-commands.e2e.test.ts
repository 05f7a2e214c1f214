/** The official CLI, unmodified. What changes the deployment stays in this file, one after the other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { unzip } from "../unzip.ts";
import { cliProject } from "./cli-project.ts";
import { act, asAdmin, ask, deployment, mutate, post, unique } from "./deployment.ts";
import { decodeId } from "./document-ids.ts";
import { Session } from "./session.ts";

const DEPLOY = ["deploy", "--yes", "--typecheck", "disable"] as const;
const ONCE = ["dev", "--once", "--typecheck", "disable"] as const;

test("[TRAP33] a changed variable and a push are seen by every live query", async () => {
  const project = cliProject();
  const name = `MARK_${Date.now()}`;
  const session = await Session.open();
  await session.watch(add(0, "runtime:environment", { name }));
  expect(session.values.get(0)).toBeNull();
  await project.succeed("env", "set", `${name}=set`);
  await session.until(() => session.values.get(0) === "set");
  await project.succeed("env", "remove", name);
  await session.until(() => session.values.get(0) === null);
  const [id = ""] = (await mutate("rows:insert", { of: unique("kept"), values: [1] })) as string[];
  project.edit("convex/runtime.ts", "process.env[name] ?? null", 'process.env[name] ?? "pushed"');
  await project.succeed(...DEPLOY);
  await session.until(() => session.values.get(0) === "pushed");
  const [later = ""] = (await mutate("rows:insert", {
    of: unique("kept"),
    values: [1],
  })) as string[];
  expect(decodeId(later).table).toBe(decodeId(id).table);
  await cliProject().succeed(...DEPLOY);
  await session.until(() => session.values.get(0) === null);
});

test("[CLITRAP1] a push that is wrong ends `dev --once` with 1, and says why", async () => {
  const project = cliProject();
  project.edit(
    "convex/schema.ts",
    '.index("by_of", ["of"])',
    '.index("by_of", ["of"]).index("by_id", ["of"])',
  );
  const { code, stderr } = await project.convex(...ONCE);
  expect([code, stderr]).toEqual([1, expect.stringContaining("by_id")]);
  expect(await ask("left:counted")).toBe(1);
});

test("[CLITRAP9] a function object is one, whichever module exports it", async () => {
  expect(await ask("left:counted")).toBe(1);
  expect(await ask("right:count")).toBe(1);
  expect(await ask("shared/counter:count")).toBe(1);
  expect(await ask("right:same")).toEqual([true, true, 1]);
});

test("[CLITRAP12] a variable that auth.config.ts reads must be set", async () => {
  const project = cliProject();
  project.edit("convex/auth.config.ts", 'process.env.JWKS ?? ""', 'process.env.NEVER_SET ?? ""');
  const { code, stderr } = await project.convex(...ONCE);
  expect([code, stderr]).toEqual([1, expect.stringContaining("NEVER_SET")]);
});

test("[CLITRAP13] in an export an int64 has no fraction and a float64 always one", async () => {
  const of = unique("exported");
  await mutate("rows:insert", { of, values: [1, 1n, -0, 2 ** 60, Number.NaN] });
  const project = cliProject();
  await project.succeed("export", "--path", "snapshot.zip");
  const files = await unzip(readFileSync(join(project.dir, "snapshot.zip")));
  const lines = files
    .get("rows/documents.jsonl")
    ?.split("\n")
    .filter((line) => line.includes(of));
  const written = lines?.map((line) => /"value":(.*?)[,}]/.exec(line)?.[1]).sort();
  expect(written?.slice(0, 3)).toEqual(["-0.0", "1", "1.0"]);
  expect([Number(written?.[3]), written?.[3]]).toEqual([2 ** 60, expect.stringMatching(/[.e]/)]);
  expect(written?.[4]).toMatch(/^\{"\$float"/);
  expect(files.get("rows/generated_schema.jsonl")).toBe('"uniform"\n');
});

test("[CLITRAP15] a wrong admin key on the socket ends the CLI with an error", async () => {
  const wrong = cliProject({ url: deployment.url, adminKey: "wrong|key" });
  const { code } = await wrong.convex("env", "list");
  expect(code).not.toBe(0);
});

test("[CLITRAP16] `dev` writes the address it was given into .env.local, for good", async () => {
  const project = cliProject();
  await project.succeed(...ONCE);
  const written = project.read(".env.local");
  expect(written).toContain(`CONVEX_URL=${deployment.url}\n`);
  expect(written).toContain(`CONVEX_SITE_URL=${deployment.siteUrl}\n`);
});

test("[CLITRAP17] a module for Node imports packages that were not uploaded", async () => {
  expect(await act("inspecting:show", { value: { a: [1, "x"] } })).toEqual({
    shown: "{ a: [ 1, 'x' ] }",
    sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  });
});

test("[CONTRACT9] run, env, data, function-spec and codegen", async () => {
  const project = cliProject();
  const run = await project.succeed("run", "rows:hidden");
  expect(JSON.parse(run.stdout)).toBe("hidden");
  const failed = await project.convex("run", "echo:fail", '{"message":"boom"}');
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("boom")]);
  const user = '{"name":"Bob","subject":"7","issuer":"https://convex.test"}';
  const acting = await project.succeed("run", "--identity", user, "runtime:whoami");
  expect(JSON.parse(acting.stdout)).toMatchObject({ name: "Bob", subject: "7" });
  expect((await project.succeed("env", "list", "--include-values")).stdout).toContain("JWKS=");
  expect((await project.succeed("data")).stdout).toContain("rows");
  const spec = JSON.parse((await project.succeed("function-spec")).stdout) as {
    functions: { identifier?: string }[];
  };
  expect(spec.functions.map(({ identifier }) => identifier)).toContain("shared/counter.js:count");
  await project.succeed("codegen", "--typecheck", "disable");
  expect(project.read("convex/_generated/api.d.ts")).toContain('"shared/counter"');
  const { json } = await post("/api/function", { path: "left:counted", args: {} }, asAdmin);
  expect(json).toMatchObject({ value: 1 });
});
