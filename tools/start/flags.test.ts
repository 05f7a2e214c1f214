import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FlagError, keepPorts, makeDataDir, readFlags, type StartFlags } from "./flags.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "heliograph-flags-"));
});
afterEach(() => rmSync(base, { recursive: true }));

function flagsOf(...argv: readonly string[]): StartFlags {
  const invocation = readFlags(argv, { root: "/repo", cwd: base });
  if (invocation.kind !== "start") throw new Error("that asks for help");
  return invocation.flags;
}

test("without flags everything has its default", () => {
  expect(flagsOf()).toEqual({
    dataDir: "/repo/.heliograph",
    ports: {
      engine: 3210,
      site: 3211,
      web: 5173,
      console: 5174,
      discord: 4010,
      payments: 4020,
    },
    quietDemo: false,
    watch: false,
  });
});

test("the data folder may be given from here or from the root", () => {
  expect(flagsOf("--data", "here").dataDir).toBe(join(base, "here"));
  expect(flagsOf("--data", "/there").dataDir).toBe("/there");
});

test("ports given once hold for later starts on the same data, and others can be given", () => {
  const first = flagsOf("--data", ".", "--web-port", "6001", "--engine-port", "6002");
  keepPorts(first);
  expect(flagsOf("--data", ".").ports).toEqual(first.ports);
  expect(flagsOf("--data", ".", "--web-port", "6003").ports).toEqual({ ...first.ports, web: 6003 });
  expect(flagsOf("--data", "other").ports.web).toBe(5173);
});

test("kept ports that are none are passed over", () => {
  writeFileSync(join(base, "ports.json"), '{"web":"80","engine":70000,"site":6005,"moon":1}');
  expect(flagsOf("--data", ".").ports).toEqual({
    engine: 3210,
    site: 6005,
    web: 5173,
    console: 5174,
    discord: 4010,
    payments: 4020,
  });
});

test.each([
  ["an unknown flag", ["--moon"], "--moon"],
  ["a port that is none", ["--web-port", "0"], "--web-port takes a port between 1 and 65535"],
  ["a port of two parts", ["--web-port", "3210"], "engine and web would share port 3210"],
])("%s is refused by its name", (_, argv, message) => {
  expect(() => flagsOf(...argv)).toThrow(FlagError);
  expect(() => flagsOf(...argv)).toThrow(message);
});

test("the data folder is for its owner only", () => {
  const flags = flagsOf("--data", "deep/down");
  makeDataDir(flags);
  expect(statSync(flags.dataDir).mode & 0o077).toBe(0);
  writeFileSync(join(base, "file"), "");
  expect(() => makeDataDir(flagsOf("--data", "file"))).toThrow(FlagError);
});
