/**
 * A pushed module as a script: ESM becomes CommonJS (esbuild), state tracking and ticks are
 * added, and the result is a wrapper function as in Node. 50 modules of a real app
 * take about 60 ms, once per push; running a compiled script in a new context 0.02 ms.
 */
import { Script } from "node:vm";
import { transform } from "esbuild";
import { PushError } from "../errors.ts";
import type { PushedModule } from "../rooms.ts";
import { scriptFile } from "./script-files.ts";
import { SourcePositions } from "./source-positions.ts";
import { TRACKER, type TrackedCode, trackState } from "./state-tracking.ts";

export interface ModuleScript {
  readonly path: string;
  /** Its value in a context is the wrapper function. */
  readonly script: Script;
  readonly positions: SourcePositions;
}

/** Throws PushError InvalidModules for code that cannot be run this way, without the file's name. */
export async function compileModule(module: PushedModule): Promise<ModuleScript> {
  const { code, map } = await toCommonJs(module);
  const tracked = trackState(code);
  return {
    path: module.path,
    script: wrap(tracked, scriptFile(module.path)),
    positions: new SourcePositions(map, tracked.edits),
  };
}

/** The wrapper opens on a line of its own, so lines stay those of `code`. */
function wrap({ code, fuel }: TrackedCode, filename: string): Script {
  const head = `(function (exports, require, module, ${TRACKER}) {"use strict";let ${fuel}=0;`;
  return new Script(`${head}\n${code}\n})`, { filename, lineOffset: -1 });
}

/** `map` leads from the CommonJS text to the developer's files where the push brought a map. */
export async function toCommonJs(module: PushedModule): Promise<{ code: string; map: string }> {
  try {
    return await transform(withInlineMap(module), {
      format: "cjs",
      platform: module.environment === "node" ? "node" : "neutral",
      target: "esnext",
      loader: "js",
      sourcefile: module.path,
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
    });
  } catch (error) {
    throw new PushError("InvalidModules", firstLine(error));
  }
}

function withInlineMap({ source, sourceMap }: PushedModule): string {
  if (sourceMap === null) return source;
  const encoded = Buffer.from(sourceMap).toString("base64");
  const code = source.replace(/\n\/\/# sourceMappingURL=[^\n]*\s*$/, "\n");
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

const TOP_LEVEL_AWAIT = /^Top-level await/;

function firstLine(error: unknown): string {
  const errors = (error as { errors?: { text: string; location: { line: number } | null }[] })
    .errors;
  const [first] = errors ?? [];
  if (first === undefined) return String(error);
  const text = TOP_LEVEL_AWAIT.test(first.text) ? "Top-level await is not supported" : first.text;
  return first.location === null ? text : `${text} (line ${first.location.line} of the bundle)`;
}
