/** Data of components out of one deployment and into another, with the official CLI. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import type { Value } from "convex/values";
import { afterEach, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject, type Project } from "./official-cli.ts";
import { action, mutation, query } from "./running-server.ts";
import { unzip } from "./unzip.ts";

interface Deployment {
  readonly dir: string;
  readonly engine: EmbeddedConvex;
  readonly project: Project;
}

const opened: Deployment[] = [];
afterEach(async () => {
  for (const { dir, engine, project } of opened.splice(0)) {
    await engine.close();
    project.remove();
    rmSync(dir, { recursive: true, force: true });
  }
});

/** Nothing is pushed to it yet. */
async function start(): Promise<Deployment> {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  const engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  const deployment = { dir, engine, project: copyProject("components", engine) };
  opened.push(deployment);
  // Nothing but the test writes.
  deployment.project.edit("notes/crons.ts", "crons.interval(", "void (");
  return deployment;
}

async function convex({ project }: Deployment, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.convex(...args);
  if (code !== 0) throw new Error(`convex ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

async function push(deployment: Deployment): Promise<string> {
  await convex(deployment, "env", "set", "HOME_LABEL=x");
  await convex(deployment, "env", "set", "JWKS=data:application/json,{}");
  return await convex(deployment, "deploy", "--yes", "--typecheck", "disable");
}

async function exported(deployment: Deployment, ...options: string[]) {
  const path = join(deployment.project.dir, "exported.zip");
  rmSync(path, { force: true });
  await convex(deployment, "export", ...options, "--path", path);
  return { path, entries: await unzip(readFileSync(path)) };
}

type Args = Record<string, Value>;
const clientOf = ({ engine }: Deployment) => new ConvexHttpClient(engine.url, { logger: false });
const ask = (on: Deployment, path: string, args: Args = {}) =>
  clientOf(on).query(query(`app:${path}`), args);
const mutate = (on: Deployment, path: string, args: Args = {}) =>
  clientOf(on).mutation(mutation(`app:${path}`), args);

/** Notes that refer to each other in two components, lines below them, files, a published component's rows. */
async function fill(on: Deployment) {
  for (const to of ["work", "home"]) {
    const of = (await mutate(on, "add", { to, body: `first at ${to}` })) as string;
    await mutate(on, "add", { to, body: `second at ${to}`, of });
  }
  await mutate(on, "isolation");
  await mutate(on, "tryOnce", { key: "me" });
  const { id } = (await clientOf(on).action(action("app:files"))) as { id: string };
  return { id };
}

const FILES = /_storage\/[^/]+\.(?!jsonl)[^/]+$|_storage\/[^/.]+$/;
const WORK = "_components/work/";
const AUDIT = `${WORK}_components/audit/`;

test("[IMPORT12] export, then import into the same app without data, restores every component", async () => {
  const here = await start();
  await push(here);
  const { id } = await fill(here);
  const { path, entries } = await exported(here, "--include-file-storage");
  const linesOf = (of: typeof entries, name: string) =>
    (of.get(name) ?? "").split("\n").filter(Boolean);
  expect(linesOf(entries, `${WORK}notes/documents.jsonl`)).toHaveLength(3);
  expect(linesOf(entries, `${AUDIT}lines/documents.jsonl`)).toHaveLength(3);
  expect([...entries.keys()].some((name) => name.startsWith("_components/rateLimiter/"))).toBe(
    true,
  );
  expect([...entries.keys()].filter((name) => FILES.test(name))).toEqual([
    expect.stringContaining(`${WORK}_storage/${id}`),
  ]);

  // Its tables get other numbers at first: they are pushed beside another one.
  const there = await start();
  there.project.edit(
    "notes/schema.ts",
    "notes: defineTable",
    "aaa: defineTable(v.any()),\n  notes: defineTable",
  );
  await push(there);
  await convex(there, "import", path);
  const { entries: again } = await exported(there, "--include-file-storage");
  for (const [name, text] of entries) {
    if (name.endsWith("_tables/documents.jsonl")) {
      expect(linesOf(again, name)).toEqual(expect.arrayContaining(linesOf(entries, name)));
    } else expect([name, again.get(name)]).toEqual([name, text]);
  }
  for (const of of ["work", "home"]) {
    expect(await ask(there, "list", { of })).toEqual(await ask(here, "list", { of }));
    expect(await ask(there, "lines", { of })).toEqual(await ask(here, "lines", { of }));
    const body = `second at ${of}`;
    const found = await ask(there, "withBody", { of, body });
    expect(found).toEqual(expect.any(String));
    expect(found).toBe(await ask(here, "withBody", { of, body }));
  }
  const url = await ask(there, "fileUrl", { of: "work", id });
  expect(await (await fetch(url)).text()).toBe("of work");
  expect(await ask(there, "fileUrl", { of: "home", id })).toBeNull();
  expect(await mutate(there, "tryOnce", { key: "me" })).toBe(true);
  expect(await mutate(there, "tryOnce", { key: "me" })).toBe(false); // the first was here

  const without = await exported(here);
  expect([...without.entries.keys()].filter((name) => name.includes("_storage"))).toEqual([]);
  expect(linesOf(without.entries, `${WORK}notes/documents.jsonl`)).toHaveLength(3);
}, 180_000);

test("[IMPORT12] what is imported before the app is pushed is there afterwards, and the CLI reaches one component", async () => {
  const here = await start();
  await push(here);
  const { id } = await fill(here);
  const { path } = await exported(here, "--include-file-storage");
  const there = await start();
  await convex(there, "import", path);
  expect(await push(there)).toContain("Remounted component work/audit");
  for (const of of ["work", "home"]) {
    expect(await ask(there, "list", { of })).toEqual(await ask(here, "list", { of }));
    expect(await ask(there, "lines", { of })).toEqual(await ask(here, "lines", { of }));
  }
  const url = await ask(there, "fileUrl", { of: "work", id });
  expect(await (await fetch(url)).text()).toBe("of work");

  there.project.write("lines.jsonl", '{"line":"imported"}\n');
  const lines = join(there.project.dir, "lines.jsonl");
  const into = ["import", "--component", "home/audit", "--table", "lines"];
  await expect(convex(there, ...into, lines)).rejects.toThrow("already exists");
  await convex(there, ...into, "--append", lines);
  expect(await ask(there, "lines", { of: "home" })).toContain("imported");
  const asked = await convex(there, ...into, "--replace", "--yes", lines);
  expect(asked).toContain('lines in component "home/audit"');
  expect(await ask(there, "lines", { of: "home" })).toEqual(["imported"]);
  expect(await ask(there, "lines", { of: "work" })).not.toContain("imported");

  await convex(there, "import", "--replace-all", "--yes", path);
  expect(await ask(there, "lines", { of: "home" })).toEqual(
    await ask(here, "lines", { of: "home" }),
  );
}, 180_000);
