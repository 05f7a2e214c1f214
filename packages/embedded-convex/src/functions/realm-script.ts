/** The script that runs first in every realm, bundled once per process from `realm/`. */
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { build } from "esbuild";

let source: Promise<string> | null = null;
let script: Promise<Script> | null = null;

/** Its value in a context is `install` of `realm/main.ts`. */
export function realmScript(): Promise<Script> {
  script ??= realmSource().then((code) => new Script(code, { filename: REALM_FILE }));
  return script;
}

export function realmSource(): Promise<string> {
  source ??= bundle();
  return source;
}

/** Shown in stacks; frames of it are left out of what users see. */
const REALM_FILE = "realm:main";

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("./realm/main.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    globalName: "realm",
    platform: "browser",
    target: "esnext",
    minifySyntax: true,
    write: false,
    logLevel: "silent",
  });
  const code = result.outputFiles[0]?.text ?? "";
  return `(() => {${code}\nreturn realm.install;\n})()`;
}
