/**
 * Makes `dist/`, the package as it is published: JavaScript and declarations instead of
 * TypeScript, which Node does not run inside node_modules.
 *
 *   npm run build -w @heliograph/ingest-client && npm publish packages/ingest-client/dist
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

const root = import.meta.dirname;
const dist = join(root, "dist");
const sources = readdirSync(join(root, "src"))
  .filter((name) => !name.endsWith(".test.ts"))
  .map((name) => join(root, "src", name));

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: sources,
  outdir: dist,
  format: "esm",
  platform: "node",
  target: "node22",
  logLevel: "warning",
});
const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
for (const name of readdirSync(dist)) nameBuiltFiles(join(dist, name));
const command = join(dist, "cli.js");
writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, "utf8")}`);
chmodSync(command, 0o755);
copyFileSync(join(root, "README.md"), join(dist, "README.md"));
writeFileSync(join(dist, "package.json"), `${JSON.stringify(publishedManifest(), null, 2)}\n`);

/** "./outbox.ts" is "./outbox.js" here. */
function nameBuiltFiles(path) {
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replaceAll(/"(\.\/[^"\n]+)\.ts"/g, '"$1.js"'));
}

function publishedManifest() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { private: _, scripts: _scripts, devDependencies: _tools, ...published } = manifest;
  return {
    ...published,
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
    bin: { "heliograph-send": "./cli.js" },
  };
}
