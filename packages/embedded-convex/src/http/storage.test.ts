/** File storage on loopback over the real database. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { openDatabase } from "../database/database.ts";
import type { Database } from "../database/types.ts";
import type { Clock } from "../rooms.ts";
import { holdFiles, trySweepHold } from "../store/file-hold.ts";
import { readRange } from "./byte-range.ts";
import { openFileBytes } from "./file-bytes.ts";
import { createFileStorage, type FileStorage } from "./file-storage.ts";
import { createHealthRoutes } from "./health-routes.ts";
import { createMainPort } from "./main-port.ts";
import { openPorts } from "./ports.ts";
import { createStorageRoutes } from "./storage-routes.ts";
import { createUploadTokens, loadUploadSecret } from "./upload-tokens.ts";

const logger = () => undefined;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(clock: Clock & { advance(ms: number): void } = new ManualClock(Date.now())) {
  const dir = await mkdtemp(join(tmpdir(), "embedded-convex-"));
  cleanups.push(() => rm(dir, { recursive: true }));
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const database = await openDatabase({ dir, clock, logger, random });
  cleanups.push(() => database.close());
  const files = join(dir, "files");
  const bytes = await openFileBytes(files);
  const tokens = createUploadTokens(await loadUploadSecret(database, random), clock);
  const ports = await openPorts({ host: "127.0.0.1", port: 0, sitePort: 0, clock, logger });
  cleanups.push(() => ports.close());
  const url = `http://127.0.0.1:${ports.port}`;
  const holdFiles = () => trySweepHold(dir);
  const storage = createFileStorage({
    ...{ database, bytes, tokens, cloudUrl: url, clock, logger, holdFiles },
  });
  cleanups.push(() => storage.close());
  const nowhere = async () => null;
  ports.serve({
    main: createMainPort([createStorageRoutes(storage, tokens)], nowhere, logger),
    site: nowhere,
    upgrade: (_request, socket) => socket.destroy(),
  });
  const reading = <T>(read: (tx: ReturnType<Database["begin"]>) => T): T => {
    const tx = database.begin();
    try {
      return read(tx);
    } finally {
      tx.close();
    }
  };
  return { dir, clock, database, storage, files, url, reading };
}

type Setup = Awaited<ReturnType<typeof setup>>;

async function upload(storage: FileStorage, body: string | Buffer, headers = {}) {
  const response = await fetch(storage.generateUploadUrl(""), {
    method: "POST",
    body: Buffer.from(body),
    headers,
  });
  return { status: response.status, json: (await response.json()) as Record<string, string> };
}

async function download(at: Setup, id: string, headers = {}) {
  const address = at.reading((tx) => at.storage.getUrl(tx, id)) ?? "";
  const response = await fetch(address, { headers });
  return { response, text: await response.text() };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

describe("upload and download", () => {
  test("[HTTP26] an upload answers with the document id, its row has exactly the contract's fields", async () => {
    const at = await setup();
    const { status, json } = await upload(at.storage, "hello", { "Content-Type": "text/markdown" });
    expect(status).toBe(200);
    const row = at.reading((tx) => tx.get(json.storageId ?? "", { system: true }));
    expect(JSON.parse(row ?? "null")).toEqual({
      _id: json.storageId,
      _creationTime: expect.any(Number),
      sha256: sha256("hello"),
      size: 5,
      contentType: "text/markdown",
    });
  });

  test("[HTTP27] a download carries type, length and digest, and no ETag", async () => {
    const at = await setup();
    const { json } = await upload(at.storage, "hello", { "Content-Type": "text/markdown" });
    const { response, text } = await download(at, json.storageId ?? "");
    expect(text).toBe("hello");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/markdown",
      "content-length": "5",
      digest: `sha-256=${sha256("hello")}`,
      "cache-control": "private, max-age=2592000",
      "accept-ranges": "bytes",
    });
    expect(response.headers.has("etag")).toBe(false);
    const head = await fetch(response.url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("5");
  });

  test("[HTTP26] a digest that does not fit is refused and leaves nothing", async () => {
    const { storage, files } = await setup();
    const good = await upload(storage, "hello", { Digest: `sha-256=${sha256("hello")}` });
    expect(good.status).toBe(200);
    const wrong = await upload(storage, "hello", { Digest: `sha-256=${sha256("other")}` });
    expect(wrong).toMatchObject({
      status: 400,
      json: {
        code: "Sha256Mismatch",
        message: `Sha256 mismatch. Expected: ${sha256("other")} Actual: ${sha256("hello")}`,
      },
    });
    const malformed = await upload(storage, "hello", { Digest: "md5=abc" });
    expect(malformed).toMatchObject({ status: 400, json: { code: "BadHeader" } });
    expect(await readdir(files)).toHaveLength(1);
  });

  test("[HTTP21] an upload that breaks off leaves nothing", async () => {
    const { storage, files } = await setup();
    const { hostname, port, pathname, search } = new URL(storage.generateUploadUrl(""));
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf`,
    );
    await expect.poll(async () => (await readdir(files)).length).toBe(1);
    expect((await readdir(files))[0]).toMatch(/\.part$/);
    socket.destroy();
    await expect.poll(() => readdir(files)).toEqual([]);
  });

  test("[HTTP20] a token ends after an hour; a forged one never was good", async () => {
    const { clock, storage, url } = await setup();
    const address = storage.generateUploadUrl("");
    const post = async (to: string) => {
      const response = await fetch(to, { method: "POST", body: "x" });
      return { status: response.status, json: await response.json() };
    };
    clock.advance(3_599_000);
    expect((await post(address)).status).toBe(200);
    clock.advance(2_000);
    expect(await post(address)).toEqual({
      status: 401,
      json: { code: "StorageTokenExpired", message: "Store File Authorization expired" },
    });
    const later = address.replace(/token=\d+/, `token=${clock.nowMs() + 1_000_000}`);
    for (const forged of [
      later,
      `${url}/api/storage/upload`,
      `${url}/api/storage/upload?token=.`,
    ]) {
      expect(await post(forged)).toMatchObject({
        status: 401,
        json: { code: "StorageTokenInvalid" },
      });
    }
  });

  test("[HTTP20] a component's token cannot be made into one of the app that never ends", async () => {
    const { storage, url } = await setup();
    const [time, seal] = (
      new URL(storage.generateUploadUrl("mailer")).searchParams.get("token") ?? ""
    ).split(".");
    for (const token of [`${time} mailer.${seal}`, `${time}%20mailer.${seal}`]) {
      const response = await fetch(`${url}/api/storage/upload?token=${token}`, {
        method: "POST",
        body: "x",
      });
      expect(response.status).toBe(401);
    }
  });

  test("[HTTP27] unknown files, malformed paths and other methods are refused", async () => {
    const { url } = await setup();
    const get = async (path: string, method = "GET") => {
      const response = await fetch(`${url}/api/storage/${path}`, { method });
      return { status: response.status, json: await response.json() };
    };
    const uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    expect(await get(uuid)).toEqual({
      status: 404,
      json: { code: "FileNotFound", message: `File ${uuid} not found` },
    });
    for (const path of ["x", "", "..%2f..%2fadmin-key", `${uuid}.part`]) {
      expect(await get(path)).toMatchObject({ status: 400, json: { code: "InvalidStoragePath" } });
    }
    expect((await get(uuid, "DELETE")).status).toBe(405);
  });
});

describe("ranges", () => {
  test.each([
    [undefined, 10, { kind: "whole" }],
    ["bytes=0-3", 0, { kind: "whole" }],
    ["bytes=0-3", 10, { kind: "part", start: 0, end: 3 }],
    ["bytes=4-", 10, { kind: "part", start: 4, end: 9 }],
    ["bytes=4-100", 10, { kind: "part", start: 4, end: 9 }],
    ["bytes=-3", 10, { kind: "part", start: 7, end: 9 }],
    ["bytes=-30", 10, { kind: "part", start: 0, end: 9 }],
    ["bytes=-0", 10, { kind: "unsatisfiable" }],
    ["bytes=10-", 10, { kind: "unsatisfiable" }],
    ["bytes=5-4", 10, { kind: "unsatisfiable" }],
    ["bytes=0-1,3-4", 10, { kind: "unsatisfiable" }],
    ["bytes=-", 10, { kind: "unsatisfiable" }],
    ["items=0-1", 10, { kind: "unsatisfiable" }],
  ] as const)("[HTTP25] %s of %i bytes", (header, size, expected) => {
    expect(readRange(header, size)).toEqual(expected);
  });

  test("[HTTP25] a part has its Content-Range and no digest, a refusal no body", async () => {
    const at = await setup();
    const id = (await upload(at.storage, "0123456789")).json.storageId ?? "";
    const part = await download(at, id, { Range: "bytes=2-4" });
    expect([part.response.status, part.text]).toEqual([206, "234"]);
    expect(part.response.headers.get("content-range")).toBe("bytes 2-4/10");
    expect(part.response.headers.has("digest")).toBe(false);
    const refused = await download(at, id, { Range: "bytes=0-1,5-6" });
    expect([refused.response.status, refused.text]).toEqual([416, ""]);
    const empty = (await upload(at.storage, "")).json.storageId ?? "";
    expect((await download(at, empty, { Range: "bytes=0-1" })).response.status).toBe(200);
  });
});

describe("the functions' door", () => {
  test("[HTTP23] both ids name a file; metadata has the hex digest and the UUID", async () => {
    const at = await setup();
    const id = await at.storage.store("", Buffer.from("hello"), { contentType: null });
    const metadata = at.reading((tx) => at.storage.getMetadata(tx, id));
    expect(metadata).toEqual({
      storageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sha256: createHash("sha256").update("hello").digest("hex"),
      size: 5,
      contentType: null,
    });
    const uuid = metadata?.storageId ?? "";
    for (const name of [id, uuid]) {
      expect(at.reading((tx) => at.storage.getUrl(tx, name))).toBe(`${at.url}/api/storage/${uuid}`);
      expect(Buffer.from((await at.storage.read("", name))?.bytes ?? []).toString()).toBe("hello");
    }
    for (const unknown of ["", "x", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"]) {
      expect(at.reading((tx) => at.storage.getUrl(tx, unknown))).toBeNull();
      expect(await at.storage.read("", unknown)).toBeNull();
    }
  });

  test("[HTTP22] deleting in a transaction takes effect when it commits", async () => {
    const at = await setup();
    const id = await at.storage.store("", Buffer.from("hello"), { contentType: null });
    const address = at.reading((tx) => at.storage.getUrl(tx, id)) ?? "";
    const abandoned = at.database.begin();
    at.storage.delete(abandoned, id);
    expect(at.storage.getUrl(abandoned, id)).toBeNull();
    abandoned.close();
    expect((await fetch(address)).status).toBe(200);
    const tx = at.database.begin();
    at.storage.delete(tx, id);
    await at.database.commit(tx, { source: null }).durable;
    expect((await fetch(address)).status).toBe(404);
    expect(() => at.reading((again) => at.storage.delete(again, id))).toThrow(
      `storage id ${id} not found`,
    );
  });

  test("[HTTP24] the sweep removes old bytes without a row, and only those", async () => {
    const at = await setup();
    const id = await at.storage.store("", Buffer.from("kept"), { contentType: null });
    const uuid = at.reading((tx) => at.storage.getMetadata(tx, id))?.storageId ?? "";
    const old = new Date(at.clock.nowMs() - 25 * 3_600_000);
    for (const name of ["3f2504e0-4f89-41d3-9a0c-0305e82c3301", "left.part"]) {
      await writeFile(join(at.files, name), "orphan");
      await utimes(join(at.files, name), old, old);
    }
    await utimes(join(at.files, uuid), old, old);
    await writeFile(join(at.files, "new.part"), "still uploading");
    at.storage.startSweeping();
    await expect
      .poll(async () => (await readdir(at.files)).sort())
      .toEqual([uuid, "new.part"].sort());
  });
});

test("[HTTP24] while somebody copies files the sweep leaves them, then takes them", async () => {
  const at = await setup();
  const old = new Date(at.clock.nowMs() - 25 * 3_600_000);
  await writeFile(join(at.files, "left.part"), "orphan");
  await utimes(join(at.files, "left.part"), old, old);
  const [first, second] = [holdFiles(at.dir), holdFiles(at.dir)];
  expect(trySweepHold(at.dir)).toBeNull();
  at.storage.startSweeping();
  first.release();
  at.clock.advance(7 * 3_600_000);
  expect(trySweepHold(at.dir)).toBeNull();
  expect(await readdir(at.files)).toEqual(["left.part"]);
  second.release();
  at.clock.advance(7 * 3_600_000);
  await expect.poll(() => readdir(at.files)).toEqual([]);
});

test("[HTTP34] health and readiness are told while everything else still answers 503", async () => {
  const health = createHealthRoutes(() => "starting");
  const clock = new ManualClock();
  const at = { host: "127.0.0.1", port: 0, sitePort: 0 };
  const ports = await openPorts({ ...at, health, clock, logger });
  cleanups.push(() => ports.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${ports.port}${path}`);
    return [response.status, await response.json()];
  };
  expect(await get("/health")).toEqual([200, { state: "starting" }]);
  expect(await get("/ready")).toEqual([503, { state: "starting" }]);
  expect(await get("/version")).toEqual([503, expect.objectContaining({ code: "Starting" })]);
});

test("[HTTP29] until everything is ready the ports answer 503", async () => {
  const clock = new ManualClock();
  const ports = await openPorts({ host: "127.0.0.1", port: 0, sitePort: 0, clock, logger });
  cleanups.push(() => ports.close());
  for (const port of [ports.port, ports.sitePort]) {
    expect((await fetch(`http://127.0.0.1:${port}/version`)).status).toBe(503);
  }
});
