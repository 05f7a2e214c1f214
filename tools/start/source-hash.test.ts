import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOfSources } from "./source-hash.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "heliograph-hash-"));
  mkdirSync(join(root, "app/src"), { recursive: true });
  write("app/src/page.ts", "page");
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const hash = (settings = {}) => hashOfSources(root, ["app"], settings);

test("the same sources and settings have the same hash", () => {
  expect(hash({ url: "a" })).toBe(hash({ url: "a" }));
});

test("a changed, new, renamed or removed file, and a changed setting, give another", () => {
  const seen = [hash(), hash({ url: "b" })];
  write("app/src/page.ts", "other");
  seen.push(hash());
  write("app/src/new.ts", "");
  seen.push(hash());
  renameSync(join(root, "app/src/new.ts"), join(root, "app/src/newer.ts"));
  seen.push(hash());
  rmSync(join(root, "app/src/page.ts"));
  seen.push(hash());
  expect(new Set(seen).size).toBe(seen.length);
});

test("tests, builds and installed packages change nothing", () => {
  const before = hash();
  for (const folder of ["app/dist", "app/node_modules", "app/test"]) {
    mkdirSync(join(root, folder));
    write(`${folder}/file.ts`, "");
  }
  write("app/src/page.test.ts", "");
  expect(hash()).toBe(before);
});
