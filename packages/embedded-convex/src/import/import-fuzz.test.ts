/**
 * Uploaded files of every kind, damaged: either all of it arrives or nothing, the reason
 * is told, and no byte lands outside the deployment's own places.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { hostileText, mutatedBytes, mutatedJson, mutatedText } from "../../test/fuzz/hostile.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { type Random, rounds, seededRandom, seeds } from "../../test/seeds.ts";

const FILES = 25;
const PROMPT_MS = 10_000;
const MIB = 1024 * 1024;
const FILE_ID = "5b0a7a34-7f5b-4a11-9c5e-0d8f6f3f2a11";

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

type Entries = Readonly<Record<string, string>>;

const lines = (rows: readonly JSONValue[]) =>
  `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

const SECRETS = Array.from({ length: 3 }, (_, i) => ({ owner: "ann", body: `ann ${i}` }));
const SNAPSHOT: Entries = {
  "_tables/documents.jsonl": lines([{ name: "secrets", id: 10_050 }]),
  "secrets/documents.jsonl": lines(SECRETS),
  "secrets/generated_schema.jsonl": '"uniform"\n',
  "_storage/documents.jsonl": lines([
    {
      _id: "kg2am5dq1kx3e0bfxh0hzqxmkx7xxx00",
      _creationTime: 1_700_000_000_000,
      contentType: "text/plain",
      internalId: FILE_ID,
      sha256: "x",
      size: 4,
    },
  ]),
  [`_storage/${FILE_ID}.txt`]: "text",
  "_components/box/secrets/documents.jsonl": lines(SECRETS),
};

async function zipOf(entries: Entries): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(entries)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  return await buffer(zip.outputStream);
}

/** Names are written twice, and yazl refuses those that lead elsewhere. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(
    zip.toString("latin1").replaceAll(from, to.padEnd(from.length, "x")),
    "latin1",
  );
}

async function damagedZip(random: Random): Promise<Buffer> {
  const names = Object.keys(SNAPSHOT) as [string, ...string[]];
  const name = random.pick(names);
  switch (random.below(4)) {
    case 0:
      return mutatedBytes(await zipOf(SNAPSHOT), random);
    case 1:
      return renamed(
        await zipOf(SNAPSHOT),
        name,
        random.pick(["../../../evil", "/etc/evil", "__proto__"]),
      );
    case 2: {
      const [first = "", ...rest] = (SNAPSHOT[name] ?? "").split("\n");
      const row = first.startsWith("{")
        ? mutatedJson(JSON.parse(first), random)
        : hostileText(random);
      return await zipOf({ ...SNAPSHOT, [name]: [row, ...rest].join("\n") });
    }
    default: {
      const { [name]: _, ...rest } = SNAPSHOT;
      return await zipOf(
        random.oneIn(2) ? rest : { ...SNAPSHOT, [name]: mutatedText(SNAPSHOT[name] ?? "", random) },
      );
    }
  }
}

interface Upload {
  readonly format: string;
  readonly bytes: Buffer;
}

async function uploadOf(random: Random): Promise<Upload> {
  const text = (whole: string) => Buffer.from(mutatedText(whole, random));
  switch (random.below(5)) {
    case 0:
      return { format: "csv", bytes: text('owner,body\nann,"ann 1"\nann,ann 2\n') };
    case 1:
      return { format: "jsonLines", bytes: text(lines(SECRETS)) };
    case 2:
      return { format: "jsonArray", bytes: Buffer.from(mutatedJson(SECRETS, random)) };
    default:
      return { format: "zip", bytes: await damagedZip(random) };
  }
}

interface ImportState {
  readonly state: string;
  readonly error_message?: string;
}

/** To its end, confirmed where that is asked for. */
async function imported({ format, bytes }: Upload, mode: string): Promise<ImportState> {
  const { url, adminKey } = pushed.engine;
  const Authorization = `Convex ${adminKey}`;
  const { uploadToken } = (await pushed.admin("/api/import/start_upload", {})) as Record<
    string,
    string
  >;
  const part = await fetch(
    `${url}/api/import/upload_part?uploadToken=${uploadToken}&partNumber=1`,
    { method: "POST", headers: { Authorization }, body: new Uint8Array(bytes) },
  );
  const partTokens = [(await part.json()) as JSONValue];
  const tableName = format === "zip" ? null : "secrets";
  const about = { format, mode, tableName, componentPath: null };
  const body = { uploadToken: uploadToken ?? "", partTokens, import: about };
  const { importId } = (await pushed.admin("/api/import/finish_upload", body)) as Record<
    string,
    string
  >;
  const path = "_system/cli/queryImport";
  for (const startMs = Date.now(); Date.now() - startMs < PROMPT_MS; ) {
    const answer = await pushed.admin("/api/query", { path, args: { importId: importId ?? "" } });
    const { state } = (answer as unknown as { value: { state: ImportState } }).value;
    if (state.state === "completed" || state.state === "failed") return state;
    if (state.state === "waiting_for_confirmation") {
      await pushed.admin("/api/perform_import", { importId: importId ?? "" });
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the import of ${bytes.toString("base64").slice(0, 2_000)} hangs`);
}

async function secrets(): Promise<string> {
  const args = { paginationOpts: { numItems: 1_000, cursor: null } };
  const answer = await pushed.admin("/api/query", { path: "secrets:pagedAll", args });
  return JSON.stringify((answer as unknown as { value: { page: JSONValue } }).value.page);
}

/** Names in the data directory, but not of what comes and goes in it. */
const places = () => readdirSync(pushed.dir).filter((name) => !/-(wal|shm)$/.test(name));

test.each(seeds(2))(
  "[IMPORT11] a damaged file is imported whole or not at all, with a reason (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const before = places();
    const ends = { completed: 0, failed: 0 };
    for (let i = 0; i < FILES; i++) {
      const had = await secrets();
      const upload = await uploadOf(random);
      const mode = random.pick(["replace", "replaceAll", "append", "requireEmpty"]);
      const { state, error_message } = await imported(upload, mode);
      if (state === "completed") ends.completed++;
      else ends.failed++;
      if (state !== "failed") continue;
      expect(error_message).toMatch(/\S/);
      expect(await secrets()).toBe(had);
    }
    expect(ends.failed).toBeGreaterThan(FILES / 4);
    expect(ends.completed).toBeGreaterThan(0);
    expect(pushed.complaints).toEqual([]);
    expect(places()).toEqual(before);
    const files = readdirSync(join(pushed.dir, "files"));
    expect(files.filter((name) => !/^[0-9a-f-]{36}$/.test(name))).toEqual([]);
  },
  60_000 * rounds(),
);

test("[IMPORT7] a small file that blows up is refused while it is read", async () => {
  const row = lines([{ owner: "ann", body: "x".repeat(MIB / 2) }]);
  const bytes = await zipOf({ "secrets/documents.jsonl": row.repeat(200) });
  expect(bytes.length).toBeLessThan(MIB);
  const had = await secrets();
  expect(await imported({ format: "zip", bytes }, "append")).toMatchObject({ state: "failed" });
  expect(await secrets()).toBe(had);
}, 20_000);
