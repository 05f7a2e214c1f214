/**
 * Makes `dist/` for the published package: Node runs TypeScript only outside of
 * node_modules. One .js file for each source, so that threads and programs find each
 * other by the same names, and the declarations that `index.ts` needs.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

const root = import.meta.dirname;
const dist = join(root, "dist");
const filesUnder = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

rmSync(dist, { recursive: true, force: true });
const sources = filesUnder(join(root, "src")).filter((path) => !path.endsWith(".test.ts"));
await build({
  entryPoints: sources,
  outbase: join(root, "src"),
  outdir: dist,
  format: "esm",
  platform: "node",
  target: "node24",
  logLevel: "warning",
});
declare();
for (const path of filesUnder(dist)) nameBuiltFiles(path);
dropPrivateDeclarations();

/** Its complaints are about files that `index.ts` does not show, and `npm run check` checks them all. */
function declare() {
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "ignore" });
}

/** Keeps what `index.d.ts` names, directly or not; throws when one of them was not made. */
function dropPrivateDeclarations() {
  const shown = new Set([join(dist, "index.d.ts")]);
  for (const path of shown) {
    const names = readFileSync(path, "utf8").matchAll(/"(\.\.?\/[^"\n]+)\.js"/g);
    for (const [, name] of names) shown.add(join(path, "..", `${name}.d.ts`));
  }
  for (const path of filesUnder(dist)) {
    if (path.endsWith(".d.ts") && !shown.has(path)) rmSync(path);
  }
}

/** "./writer-thread.ts", imported or started as a thread, is "./writer-thread.js" here. */
function nameBuiltFiles(path) {
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replaceAll(/"(\.\.?\/[^"\n]+)\.ts"/g, '"$1.js"'));
}
