import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openUploads, type Uploads } from "./uploads.ts";

let dir: string;
let uploads: Uploads;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "uploads-"));
  uploads = await openUploads(join(dir, "imports"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function* bytes(text: string) {
  yield Buffer.from(text);
}

test("[IMPORT10] parts are put together in the order the client names, a repeated part counts once", async () => {
  const token = await uploads.start();
  const second = await uploads.addPart(token, "2", bytes("b"));
  await uploads.addPart(token, "1", bytes("x"));
  const first = await uploads.addPart(token, "1", bytes("a"));
  expect(readFileSync(await uploads.finish(token, [first, second]), "utf8")).toBe("ab");
  await uploads.remove(token);
  expect(readdirSync(join(dir, "imports"))).toEqual([]);
});

test("[IMPORT10] tokens and part numbers that name no upload are refused", async () => {
  const token = await uploads.start();
  writeFileSync(join(dir, "secret"), "secret");
  for (const bad of ["", "..", "../..", "x", token.toUpperCase(), `${token}/..`]) {
    const part = uploads.addPart(bad, "1", bytes("a"));
    await expect(part).rejects.toMatchObject({ status: 400, code: "InvalidUploadToken" });
  }
  for (const bad of ["0", "10000", "-1", "1.5", "../../secret", "whole"]) {
    const refusal = { status: 400, code: "InvalidPartNumber" };
    await expect(uploads.addPart(token, bad, bytes("a"))).rejects.toMatchObject(refusal);
    await expect(uploads.finish(token, [bad])).rejects.toMatchObject(refusal);
  }
  const missing = uploads.finish(token, ["7"]);
  await expect(missing).rejects.toMatchObject({ code: "InvalidUploadToken" });
});

test("[IMPORT10] what a previous process left of uploads is removed", async () => {
  const left = join(dir, "imports", "left");
  mkdirSync(left);
  await openUploads(join(dir, "imports"));
  expect(readdirSync(join(dir, "imports"))).toEqual([]);
});

test("[IMPORT10] an upload nobody has added to for a day is forgotten, others are not", async () => {
  const [abandoned, alive] = [await uploads.start(), await uploads.start()];
  const dayAgo = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(join(dir, "imports", abandoned), dayAgo, dayAgo);
  const newest = await uploads.start();
  expect(readdirSync(join(dir, "imports")).toSorted()).toEqual([alive, newest].toSorted());
});
