import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { convexToJson, type Value } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { unzip } from "../../test/unzip.ts";
import {
  changeExports,
  insertExport,
  latestExport,
  patchExport,
  readExports,
} from "./export-rows.ts";
import { type Exports, openExports } from "./exports.ts";

let bed: TemporaryDatabase;
let exports: Exports;

beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  mkdirSync(join(bed.dir, "files"));
  exports = await open();
});
afterEach(async () => {
  await exports.close();
  await bed.remove();
});

const open = () =>
  openExports({
    dir: bed.dir,
    database: bed.database,
    clock: bed.clock,
    logger: () => {},
    instanceName: "here",
  });
const latest = () => {
  const tx = bed.database.begin({ durable: true });
  try {
    return readExports(tx)[0];
  } finally {
    tx.close();
  }
};
const ended = async () => {
  await expect.poll(() => latest()?.state, { timeout: 20_000 }).toMatch(/completed|failed/);
  return latest();
};
const download = async () => {
  const { body, headers } = await exports.download(latest()?.startTs ?? "");
  return { zip: await unzip(await buffer(body as AsyncIterable<Uint8Array>)), headers };
};
const insert = (table: string, values: readonly { [field: string]: Value }[]) =>
  bed.write((tx) => values.map((value) => tx.insert(table, convexToJson(value))));
const zips = () => readdirSync(join(bed.dir, "exports"));

test("[EXPORT2] an int64 has no fraction, a float64 always has one or an exponent", async () => {
  const bytes = new Uint8Array([0, 255]).buffer;
  const numbers = { i: 1n, min: -(2n ** 63n), f: 1, zero: -0, big: 1e21, tiny: 5e-324, nan: NaN };
  await insert("values", [{ ...numbers, bytes, list: [0, 0n], text: "1.0 ünï\n" }]);
  await exports.request(false);
  await ended();
  const { zip } = await download();
  const [line] = (zip.get("values/documents.jsonl") ?? "").split("\n");
  for (const part of [
    '"i":1,',
    '"min":-9223372036854775808,',
    '"f":1.0,',
    '"zero":-0.0',
    '"big":1e+21,',
    '"tiny":5e-324,',
    '"nan":{"$float":',
    '"bytes":{"$bytes":"AP8="}',
    '"list":[0.0,0]',
    '"text":"1.0 ünï\\n"',
  ]) {
    expect(`${line},`).toContain(part);
  }
  expect(zip.get("values/generated_schema.jsonl")).toBe('"uniform"\n');
  expect(zip.get("_tables/documents.jsonl")).toBe('{"name":"values","id":10001}\n');
});

test("[EXPORT6] every component is in it, mounted or not, with its tables, numbers and files", async () => {
  const row = { state: "active", args: {}, env: {}, httpPrefix: null, httpMounts: {} };
  await bed.write((tx) => {
    for (const path of ["work/audit", "work"]) {
      const name = path.split("/").at(-1) ?? "";
      const state = path === "work" ? "active" : "unmounted";
      tx.system.insert("_components", { ...row, path, name, state, definition: "x" });
      tx.within(path).ensureSystemTables();
    }
    tx.insert("notes", { of: "the app" });
    tx.within("work").insert("others", { of: "work" });
    tx.within("work").insert("notes", { of: "work" });
    tx.within("work/audit").insert("lines", { of: "audit" });
    tx.within("elsewhere").insert("unfinished", {}); // a push that was given up left it
    for (const component of ["", "work"]) {
      const text = `bytes of ${component}`;
      const storageId = randomUUID();
      const about = { sha256: "x", size: text.length, contentType: "text/plain" };
      const fileId = tx.within(component).system.insert("_storage", about);
      const place = component === "" ? {} : { component };
      tx.system.insert("_storage_internal", { fileId, storageId, ...place });
      writeFileSync(join(bed.dir, "files", storageId), text);
    }
  });
  await exports.request(true);
  await ended();
  const { zip } = await download();
  const [work, audit] = ["_components/work/", "_components/work/_components/audit/"];
  const ofComponents = [...zip.keys()].filter((name) => !/_storage\/[^/]+\.txt$/.test(name));
  expect(ofComponents.toSorted()).toEqual(
    [
      "README.md",
      ...["_tables", "_storage", "notes"].map((table) => `${table}/documents.jsonl`),
      ...["_tables", "_storage", "notes", "others"].map((t) => `${work}${t}/documents.jsonl`),
      ...["_tables", "_storage", "lines"].map((table) => `${audit}${table}/documents.jsonl`),
      ...["", `${work}`].map((folder) => `${folder}notes/generated_schema.jsonl`),
      `${work}others/generated_schema.jsonl`,
      `${audit}lines/generated_schema.jsonl`,
    ].toSorted(),
  );
  expect(zip.get(`${work}_tables/documents.jsonl`)).toBe(
    '{"name":"notes","id":10002}\n{"name":"others","id":10001}\n',
  );
  expect(zip.get(`${work}notes/documents.jsonl`)).toContain('"of":"work"');
  expect(zip.get(`${audit}lines/documents.jsonl`)).toContain('"of":"audit"');
  for (const [folder, text] of [
    ["", "bytes of "],
    [work, "bytes of work"],
  ] as const) {
    const { _id } = JSON.parse(zip.get(`${folder}_storage/documents.jsonl`) ?? "");
    expect(zip.get(`${folder}_storage/${_id}.txt`)).toBe(text);
  }
  expect(zip.get(`${audit}_storage/documents.jsonl`)).toBe("");
});

test("[EXPORT1] an export is one snapshot, also while transactions go on", async () => {
  const filler = Array.from({ length: 3000 }, (_, n) => ({ n, text: "x".repeat(500) }));
  await insert("aaa", filler);
  await insert("left", [{ n: 0 }]);
  await insert("right", [{ n: 0 }]);
  await exports.request(false);
  let commits = 0;
  while (latest()?.state !== "completed") {
    commits++;
    await bed.write((tx) => {
      tx.insert("left", { n: commits });
      tx.insert("right", { n: commits });
    });
  }
  const { zip } = await download();
  const count = (table: string) =>
    (zip.get(`${table}/documents.jsonl`) ?? "").split("\n").length - 1;
  expect(count("aaa")).toBe(3000);
  expect(count("left")).toBe(count("right"));
  expect(commits).toBeGreaterThan(count("left")); // it did overlap
});

test("[EXPORT1] the CLI is told a timestamp and a file name", async () => {
  await exports.request(false);
  const row = await ended();
  expect(bed.read(latestExport)).toMatchObject({
    state: "completed",
    start_ts: { $integer: expect.any(String) },
  });
  const { headers } = await download();
  expect(headers).toContainEqual([
    "Content-Disposition",
    `attachment; filename=snapshot_here_${row?.startTs}.zip`,
  ]);
  await expect(exports.download("123")).rejects.toMatchObject({ code: "ExportNotFound" });
});

test("[EXPORT3] a second export is refused while one runs", async () => {
  await exports.request(false);
  await expect(exports.request(false)).rejects.toMatchObject({ code: "ExportInProgress" });
  await ended();
  await exports.request(false);
  expect((await ended())?.state).toBe("completed");
});

test("[EXPORT4] an export that the end of the process cut short has failed and leaves no file", async () => {
  await exports.close();
  const id = await changeExports(bed.database, (tx) => {
    const row = insertExport(tx, false);
    patchExport(tx, row, { state: "in_progress", startTs: "1" });
    return row;
  });
  writeFileSync(join(bed.dir, "exports", `${id}.zip.part`), "half");
  exports = await open();
  expect(latest()?.state).toBe("failed");
  expect(zips()).toEqual([]);
});

test("[EXPORT4] bytes that are missing fail the export", async () => {
  await bed.write((tx) => {
    const fileId = tx.system.insert("_storage", { sha256: "x", size: 1 });
    tx.system.insert("_storage_internal", { fileId, storageId: "gone" });
  });
  await exports.request(true);
  expect((await ended())?.state).toBe("failed");
  expect(zips()).toEqual([]);
});

test("[EXPORT5] the two newest zips are kept, for a day", async () => {
  for (let i = 0; i < 3; i++) {
    bed.clock.advance(1000);
    await exports.request(false);
    await ended();
  }
  await expect.poll(() => zips().length).toBe(2);
  bed.clock.advance(25 * 3_600_000);
  await expect.poll(zips).toEqual([]);
  expect(latest()?.state).toBe("completed");
});
