/** Stored files, whose bytes lie beside the database, on forgetful and full disks. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { runCli } from "../../deployment/convex-cli.ts";
import { type DiskBed, diskBed } from "./disk-bed.ts";
import { call } from "./http-door.ts";
import { prepareTemplate, type Template } from "./template.ts";

let dir: string;
let template: Template;
let bed: DiskBed;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "stored-files-"));
  template = await prepareTemplate(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(async () => {
  bed = await diskBed(template.dataDir);
  await bed.start();
});
afterEach(() => bed.remove());

const BYTES = "some bytes ".repeat(1_000);

async function upload(): Promise<Response> {
  const url = await call<string>(bed.engine, "mutation", "files:uploadUrl");
  return fetch(url, { method: "POST", body: BYTES });
}

async function idOf(response: Response): Promise<string> {
  return ((await response.json()) as { storageId: string }).storageId;
}

async function download(id: string): Promise<string> {
  const url = await call<string>(bed.engine, "query", "files:url", { id });
  return (await fetch(url)).text();
}

test("[CRASH7] a file that was stored survives a power cut", async () => {
  const id = await idOf(await upload());
  await bed.cutPower();
  await bed.start();
  expect(await download(id)).toBe(BYTES);
});

test("[CRASH7] a file that was imported under its old name survives a power cut", async () => {
  const id = await idOf(await upload());
  const zip = join(dir, "snapshot.zip");
  await runCli(bed.engine, ["export", "--path", zip, "--include-file-storage"], {
    cwd: join(dir, "app"),
  });
  await bed.remove();
  bed = await diskBed(template.dataDir);
  await bed.start();
  await runCli(bed.engine, ["import", "--replace-all", "--yes", zip], { cwd: join(dir, "app") });
  expect(await download(id)).toBe(BYTES);
  await bed.cutPower();
  await bed.start();
  expect(await download(id)).toBe(BYTES);
});

test("[CRASH8] an upload that the disk has no room for is refused, leaves nothing, and the rest goes on", async () => {
  bed.supply.fault("full .part 1000");
  const refused = await upload();
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect(readdirSync(join(bed.dataDir, "files"))).toEqual([]);
  bed.supply.fault("none");
  expect(await download(await idOf(await upload()))).toBe(BYTES);
});
