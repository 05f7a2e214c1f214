/** From an empty folder to a live query, as the README says it, with the package that npm packs. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installForNewcomer, type NewcomerProject } from "./installed-package.ts";

const CONVEX = "node_modules/convex/bin/main.js";
const COMMAND = "node_modules/embedded-convex/bin/embedded-convex.mjs";
let project: NewcomerProject;
beforeAll(async () => {
  project = await installForNewcomer();
});
afterAll(() => project.remove());

const node = (...args: readonly string[]) => project.run(process.execPath, ...args);

test("[ADOPT1] the README's steps lead from an empty folder to a live query", async () => {
  const server = await serve();
  const telling = /cat >> \.env\.local[\s\S]*?\nEND\n/.exec(project.readme)?.[0] ?? "";
  await project.run("sh", "-c", telling.replace("http://127.0.0.1:3210", server.url));
  try {
    expect(project.readme).toContain("npx convex dev");
    expect(await node(CONVEX, "dev", "--once", "--typecheck", "disable")).toContain(
      "functions ready",
    );
    expect(await node("show.mjs", "try embedded-convex")).toBe("try embedded-convex\n");
    await node(CONVEX, "export", "--path", "snapshot.zip");
    await node(CONVEX, "import", "--replace", "--yes", "snapshot.zip");
    expect(project.readme).toContain("embedded-convex backup");
    await node(COMMAND, "backup", "--data", "convex-data", "--to", "backup");
    expect(await node("show.mjs")).toBe("try embedded-convex\n");
  } finally {
    expect(await server.stop()).toBe(0);
  }
});

test("[ADOPT2] in the app's own process, and its types need nothing else", async () => {
  await node("node_modules/typescript/bin/tsc", "-p", ".");
  expect(await node("embedded.ts", join(project.dir, "own-data"))).toMatch(/^[a-z0-9-]+\n$/);
});

test("[ADOPT3] the package has built files and documents, no sources and no tests", () => {
  const installed = join(project.dir, "node_modules/embedded-convex");
  expect(readdirSync(installed).sort()).toEqual([
    "ARCHITECTURE.md",
    "LICENSE",
    "README.md",
    "SPEC.md",
    "bin",
    "dist",
    "package.json",
  ]);
  const built = readdirSync(join(installed, "dist"), { recursive: true }).map(String);
  expect(built.filter((name) => /\.test\.|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  expect(built.some((name) => name.endsWith("-thread.js"))).toBe(true);
});

/** `npx embedded-convex serve`, on free ports. */
async function serve() {
  expect(project.readme).toContain("npx embedded-convex serve --data ./convex-data");
  const args = ["serve", "--data", "./convex-data", "--port", "0", "--site-port", "0"];
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: project.dir });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await expect.poll(() => output, { timeout: 20_000 }).toContain("Admin key in ");
  return {
    url: /deployment at (\S+),/.exec(output)?.[1] ?? "",
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
