/**
 * What crons.js exported, checked against the functions of the same push.
 *
 * [PUSH22] A cron names an existing mutation or action, has a printable ASCII name and
 *          a schedule that comes; otherwise the push is refused with the cron's name.
 */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import { parseFunctionPath } from "../function-path.ts";
import type { AnalyzedModule } from "../rooms.ts";
import type { CronSpec } from "../scheduler/cron-rows.ts";
import { readCronSchedule } from "../scheduler/cron-schedule.ts";
import { type JsonObject, objectField } from "./request-fields.ts";

/** In the order of the file; empty without crons.js. Throws PushError InvalidCron or InvalidModules. */
export function readCronSpecs(modules: ReadonlyMap<string, AnalyzedModule>): readonly CronSpec[] {
  const exported = modules.get("crons.js")?.cronSpecs ?? null;
  if (exported === null) return [];
  return Object.entries(objectField(exported, "crons")).map(([name, spec]) =>
    readSpec(name, objectField(spec, `crons.${name}`), modules),
  );
}

function readSpec(
  name: string,
  spec: JsonObject,
  modules: ReadonlyMap<string, AnalyzedModule>,
): CronSpec {
  if (!/^[\x20-\x7e]+$/.test(name)) {
    throw new PushError("InvalidCron", `The name of the cron job '${name}' is not printable ASCII`);
  }
  const path = targetPath(name, spec.name);
  checkTarget(name, path, modules);
  return {
    name,
    path,
    args: readArgs(name, spec.args),
    schedule: readSchedule(name, spec.schedule),
  };
}

function checkTarget(name: string, path: string, modules: ReadonlyMap<string, AnalyzedModule>) {
  const [module = "", fn = ""] = path.split(":");
  const target = modules.get(`${module}.js`)?.functions.find((known) => known.name === fn);
  if (target === undefined) {
    throw new PushError(
      "InvalidModules",
      `The cron job '${name}' schedules a function that does not exist: ${module}.js:${fn}`,
    );
  }
  if (target.udfType === "Query") {
    throw new PushError(
      "InvalidModules",
      `The cron job '${name}' schedules a query function, only actions and mutations can be scheduled: ${module}.js:${fn}`,
    );
  }
}

function targetPath(name: string, value: JSONValue | undefined): string {
  const parsed = parseFunctionPath(String(value));
  if (parsed.ok) return parsed.path;
  throw new PushError("InvalidCron", `The cron job '${name}': ${parsed.message}`);
}

function readArgs(name: string, value: JSONValue | undefined): readonly JSONValue[] {
  if (Array.isArray(value)) return value;
  throw new PushError("InvalidCron", `The cron job '${name}' has arguments that are not a list`);
}

function readSchedule(name: string, value: JSONValue | undefined): CronSpec["schedule"] {
  try {
    return readCronSchedule(value);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new PushError("InvalidCron", `The cron job '${name}' has a wrong schedule: ${detail}`);
  }
}
