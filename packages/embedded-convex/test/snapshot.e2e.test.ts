/** Data out of one deployment and into another, with the official CLI. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { convexToJson, type Value } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject, type Project } from "./official-cli.ts";

interface Deployment {
  readonly dir: string;
  readonly engine: EmbeddedConvex;
  readonly project: Project;
}

const opened: Deployment[] = [];
let here: Deployment;

beforeEach(async () => {
  here = await deploy();
});
afterEach(async () => {
  for (const { dir, engine, project } of opened.splice(0)) {
    await engine.close();
    project.remove();
    rmSync(dir, { recursive: true, force: true });
  }
});

async function deploy(prepare: (project: Project) => void = () => {}): Promise<Deployment> {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  const engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  const deployment = { dir, engine, project: copyProject("snapshot", engine) };
  opened.push(deployment);
  prepare(deployment.project);
  await convex(deployment, "deploy", "--typecheck", "disable");
  return deployment;
}

async function convex({ project }: Deployment, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.convex(...args);
  if (code !== 0) throw new Error(`convex ${args.join(" ")}: ${stdout}${stderr}`);
  return stderr;
}
const refusal = async ({ project }: Deployment, ...args: string[]) => {
  const { code, stderr } = await project.convex(...args);
  expect(code).toBe(1);
  return stderr;
};
const clientOf = ({ engine }: Deployment) => new ConvexHttpClient(engine.url, { logger: false });
const query = (on: Deployment, path: string, args = {}) =>
  clientOf(on).query(makeFunctionReference<"query">(path), args);
const mutate = (on: Deployment, path: string, args = {}) =>
  clientOf(on).mutation(makeFunctionReference<"mutation">(path), args);
const act = (on: Deployment, path: string, args = {}) =>
  clientOf(on).action(makeFunctionReference<"action">(path), args);

/** All documents of a table, encoded, in the order of creation. */
async function documents(on: Deployment, table: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const paginationOpts = { cursor, numItems: 4000 };
    const { page, isDone, continueCursor } = await query(on, "data:page", {
      table,
      paginationOpts,
    });
    found.push(...page.map((document: Value) => JSON.stringify(convexToJson(document))));
    if (isDone) return found;
    cursor = continueCursor;
  }
}
const bodies = async (on: Deployment, table: string) =>
  (await documents(on, table)).map((json) => {
    const { _id, _creationTime, ...fields } = JSON.parse(json);
    return fields;
  });

const THINGS: readonly Value[] = [
  { int: 1n, min: -(2n ** 63n), max: 2n ** 63n - 1n },
  { whole: 1, fraction: 1.5, zero: 0, minus: -0, huge: 1e300, tiny: 5e-324, unsafe: 2 ** 53 + 2 },
  { nan: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY },
  { bytes: new Uint8Array([0, 1, 254, 255]).buffer, none: new ArrayBuffer(0) },
  { text: 'ünïcode 🛰️ \u2028 \u0000 "quotes"\n', empty: "" },
  { nested: { list: [1n, 1, null, true, [{ deep: [0n] }]], "a b-c": {} } },
];

test("[IMPORT1] export, then import into an empty deployment, gives the same documents, ids, times and files", async () => {
  for (const value of THINGS) await mutate(here, "data:insert", { value });
  for (let n = 0; n < 10_000; n += 2500) await mutate(here, "data:fill", { from: n, to: n + 2500 });
  await act(here, "data:storeFile", { text: "contents of the file" });
  const zip = join(here.project.dir, "snapshot.zip");
  await convex(here, "export", "--include-file-storage", "--path", zip);

  // Its tables get other numbers at first: they are pushed in another order.
  const there = await deploy((project) => {
    project.edit(
      "convex/schema.ts",
      "authors: defineTable",
      "aaa: defineTable(v.any()),\n  authors: defineTable",
    );
  });
  expect(await convex(there, "import", zip)).toContain("Added 10012 documents");
  for (const table of ["authors", "posts", "things"]) {
    expect(await documents(there, table)).toEqual(await documents(here, table));
  }
  expect(await query(there, "data:files")).toEqual(await query(here, "data:files"));
  expect(await act(there, "data:readFiles")).toEqual(["contents of the file"]);
  expect(await query(there, "data:byN", { n: 4321 })).toEqual(
    await query(here, "data:byN", { n: 4321 }),
  );

  const again = join(there.project.dir, "again.zip");
  await convex(there, "export", "--path", again);
  await convex(here, "import", "--replace-all", "--yes", again);
  expect(await documents(here, "posts")).toEqual(await documents(there, "posts"));
});

test("[IMPORT3] csv cells are numbers or strings, and empty optional ones are left out", async () => {
  here.project.write("authors.csv", 'name,age\n"Lovelace, ""Ada""",36\nGrace,\n12,1e1\n');
  await refusal(here, "import", "--table", "authors", join(here.project.dir, "authors.csv"));
  here.project.write("authors.csv", 'name,age\n"Lovelace, ""Ada""",36\nGrace,\n');
  await convex(here, "import", "--table", "authors", join(here.project.dir, "authors.csv"));
  expect(await bodies(here, "authors")).toEqual([
    { name: 'Lovelace, "Ada"', age: 36 },
    { name: "Grace" },
  ]);
});

test("[IMPORT4] jsonl and json import into tables by the mode that is asked for", async () => {
  const { project } = here;
  project.write("things.jsonl", '{"n":1}\n\n{"n":{"$integer":"AQAAAAAAAAA="}}\n');
  project.write("things.json", '[{"n":2.5}]');
  const [lines, list] = ["things.jsonl", "things.json"].map((name) => join(project.dir, name));
  await convex(here, "import", "--table", "things", lines ?? "");
  const first = [{ n: 1 }, { n: { $integer: "AQAAAAAAAAA=" } }];
  expect(await bodies(here, "things")).toEqual(first);
  const refused = await refusal(here, "import", "--table", "things", list ?? "");
  expect(refused).toContain("Table things already exists");
  await convex(here, "import", "--table", "things", "--append", list ?? "");
  expect(await bodies(here, "things")).toEqual([...first, { n: 2.5 }]);
  await convex(here, "import", "--table", "things", "--replace", "--yes", list ?? "");
  expect(await bodies(here, "things")).toEqual([{ n: 2.5 }]);
  await mutate(here, "data:fill", { from: 0, to: 2 });
  await convex(here, "import", "--table", "things", "--replace-all", "--yes", lines ?? "");
  expect(await bodies(here, "things")).toEqual(first);
  expect(await documents(here, "posts")).toEqual([]);
});

test("[IMPORT7] a file with a mistake changes nothing and the CLI says where it is", async () => {
  const { project } = here;
  await mutate(here, "data:insert", { value: { kept: true } });
  const attempt = async (text: string, table = "things") => {
    project.write("bad.jsonl", text);
    const path = join(project.dir, "bad.jsonl");
    return await refusal(here, "import", "--table", table, "--replace", "--yes", path);
  };
  expect(await attempt('{"n":1}\n{"n":')).toContain("line 2 is not valid JSON");
  expect(await attempt('{"n":1}\n[1]')).toContain("line 2 is not a JSON object");
  expect(await attempt('{"n":1}\n{"_id":"nonsense"}')).toContain(
    '`_id` "nonsense" is not a document id',
  );
  expect(await attempt('{"name":"x"}\n{"name":7}', "authors")).toContain(
    "does not match the schema",
  );
  const flags = ["--table", "things", "--append"];
  project.write("bad.json", '[{"n":1},\n{"n":}]');
  expect(await refusal(here, "import", ...flags, join(project.dir, "bad.json"))).toContain(
    "not valid JSON from line 2 on",
  );
  project.write("bad.csv", "n,m\n1,2\n3\n");
  expect(await refusal(here, "import", ...flags, join(project.dir, "bad.csv"))).toContain(
    "line 3 has 1 cells, but the header has 2",
  );
  expect(await bodies(here, "things")).toEqual([{ kept: true }]);
  expect(await bodies(here, "authors")).toEqual([]);
  project.write("bad.zip", "no zip");
  expect(await refusal(here, "import", join(project.dir, "bad.zip"))).toContain(
    "not a readable zip",
  );
});

test("[IMPORT8] an import that deletes has to be confirmed", async () => {
  await mutate(here, "data:insert", { value: { kept: true } });
  here.project.write("new.jsonl", '{"n":1}');
  const path = join(here.project.dir, "new.jsonl");
  const asked = await refusal(here, "import", "--table", "things", "--replace", path);
  expect(asked).toContain("things: 1 deleted, 1 added");
  expect(await bodies(here, "things")).toEqual([{ kept: true }]);
});
