/** `node.externalPackages` of convex.json: the official CLI sends names, the engine finds the packages. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject, type Project } from "./official-cli.ts";

let dir: string;
let engine: EmbeddedConvex;
let project: Project;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "engine-"));
  engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0, projectRoot: join(dir, "app") });
  project = copyProject("messages", engine);
  installOnlyHere();
});
afterEach(async () => {
  await engine.close();
  project.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** A package that is nowhere but in the project, and too dynamic for a bundler. */
function installOnlyHere(): void {
  const home = join(dir, "app/node_modules/only-here");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{"name":"only-here","version":"1.2.3"}');
  const source = `exports.load = (name) => require("./" + name).text;`;
  writeFileSync(join(home, "index.js"), source);
  writeFileSync(join(home, "part.js"), 'exports.text = "found at run time";');
  const modules = join(project.dir, "node_modules");
  rmSync(modules);
  mkdirSync(modules);
  cpSync(home, join(modules, "only-here"), { recursive: true });
  const convex = createRequire(import.meta.url).resolve("convex/package.json");
  symlinkSync(dirname(convex), join(modules, "convex"));
  project.edit("package.json", `"convex":`, `"only-here": "1.2.3", "convex":`);
}

test("[ACT31] an external package is found in the project, at the push and at run time", async () => {
  project.write("convex.json", '{"node":{"externalPackages":["only-here"]}}');
  project.write(
    "convex/packages.ts",
    `"use node";
    import { hostname } from "node:os";
    import { load } from "only-here";
    import { action } from "./_generated/server";
    export const text = action({ args: {}, handler: async () => load("part") + (hostname() === "" ? "?" : "") });`,
  );
  const push = await project.convex("dev", "--once", "--typecheck", "disable");
  expect(push.stderr).toContain("Convex functions ready!");
  const run = await project.convex("run", "packages:text");
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(run.stdout)).toBe("found at run time");
});

test("[ACT31] a push whose package the engine cannot find says which one", async () => {
  project.write("convex.json", '{"node":{"externalPackages":["only-here"]}}');
  project.write(
    "convex/packages.ts",
    `"use node";
    import { load } from "only-here";
    import { action } from "./_generated/server";
    export const text = action({ args: {}, handler: async () => load("part") });`,
  );
  rmSync(join(dir, "app/node_modules/only-here"), { recursive: true });
  const push = await project.convex("deploy", "--typecheck", "disable");
  expect(push.code).toBe(1);
  expect(push.stderr).toContain("packages.js");
  expect(push.stderr).toContain("only-here");
});
