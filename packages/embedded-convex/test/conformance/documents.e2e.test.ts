/** Documents: their ids, times, writes and pages. */
import type { Value } from "convex/values";
import { expect, test } from "vitest";
import { ask, mutate, unique } from "./deployment.ts";
import { decodeId } from "./document-ids.ts";

const insert = async (of: string, values: Value[]) =>
  (await mutate("rows:insert", { of, values })) as [string, ...string[]];
type Row = { _id: string; _creationTime: number; value?: Value };

test("[TRAP37] equal keys come in the order of creation, backwards also backwards", async () => {
  const of = unique("ties");
  const ids = await insert(of, ["same", "same", "same"]);
  const listed = async (order: string) =>
    ((await ask("rows:list", { of, order })) as Row[]).map(({ _id }) => _id);
  expect(await listed("asc")).toEqual(ids);
  expect(await listed("desc")).toEqual([...ids].reverse());
});

test("[TRAP38] creation times are of the transaction's begin, and go up by the smallest step", async () => {
  const of = unique("times");
  const before = Date.now();
  await insert(of, [1, 2, 3]);
  const times = ((await ask("rows:list", { of })) as Row[]).map(
    ({ _creationTime }) => _creationTime,
  );
  expect(times[0]).toBeGreaterThan(before - 60_000);
  expect(new Set(times).size).toBe(3);
  expect((times[2] ?? 0) - (times[0] ?? 0)).toBeLessThan(0.01);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test("[TRAP39] ids name their table for good, end in the day, and are random otherwise", async () => {
  const of = unique("ids");
  const ids = (await insert(of, [1, 2, 3])).map(decodeId);
  const [table] = new Set(ids.map((id) => id.table));
  expect(table).toBeGreaterThan(10_000);
  expect(new Set(ids.map(({ table }) => table)).size).toBe(1);
  const today = Math.floor(Date.now() / 86_400_000);
  for (const { internal } of ids) {
    expect(internal).toHaveLength(16);
    const day = (internal[14] ?? 0) * 256 + (internal[15] ?? 0);
    expect(Math.abs(day - today)).toBeLessThanOrEqual(1);
  }
  expect(new Set(ids.map(({ internal }) => internal.subarray(0, 14).join())).size).toBe(3);
  const job = await mutate("jobs:schedule", { name: "note", args: { of }, afterMs: 86_400_000 });
  expect(decodeId(String(job)).table).toBe(539);
  const uploaded = await fetch(String(await mutate("files:uploadUrl")), {
    method: "POST",
    body: of,
  });
  const { storageId } = (await uploaded.json()) as { storageId: string };
  expect(decodeId(storageId).table).toBe(540);
  await mutate("jobs:cancel", { id: String(job) });
  await mutate("files:remove", { id: storageId });
});

test("[TRAP40] the checksum of an id is Fletcher's with modulus 256, and is looked at", async () => {
  const [id] = await insert(unique("checksum"), [1]);
  const { checksum, computed } = decodeId(id);
  expect(checksum).toEqual(computed);
  const last = id.at(-1) === "0" ? "8" : "0";
  await expect(ask("rows:get", { id: `${id.slice(0, -1)}${last}` })).rejects.toThrow(
    "Unable to decode ID",
  );
  expect(await ask("rows:normalize", { table: "rows", id })).toBe(id);
  expect(await ask("rows:normalize", { table: "runs", id })).toBeNull();
  expect(await ask("rows:normalize", { table: "rows", id: "nonsense" })).toBeNull();
});

test("[TRAP42] patch removes fields that are undefined at the top, and only there", async () => {
  const [id] = await insert(unique("patched"), [{ a: 1 }]);
  expect(await mutate("rows:patchNestedUndefined", { id })).toMatchObject({ value: { kept: 1 } });
  const patched = (await mutate("rows:patch", {
    id,
    fields: { rank: 1 },
    unset: ["value"],
  })) as Row;
  expect(patched).toMatchObject({ rank: 1 });
  expect(patched).not.toHaveProperty("value");
});

test("[TRAP43] a document may be replaced by itself; wrong or unknown system fields are refused", async () => {
  const of = unique("replaced");
  const [id, other] = await insert(of, [1, 2]);
  const row = (await ask("rows:get", { id })) as Record<string, Value>;
  expect(await mutate("rows:replace", { id, document: { ...row, value: 3 } })).toEqual({
    ...row,
    value: 3,
  });
  const refused = (more: Record<string, Value>) =>
    mutate("rows:replace", { id, document: { ...row, ...more } });
  await expect(refused({ _id: other ?? "" })).rejects.toThrow("doesn't match '_id' field");
  await expect(refused({ _creationTime: 1 })).rejects.toThrow(
    "doesn't match '_creationTime' field",
  );
  await expect(refused({ _mine: 1 })).rejects.toThrow("starts with an underscore");
});

test("[TRAP44] v.id looks at the table only, not at whether the document is there", async () => {
  const of = unique("links");
  const [id] = await insert(of, [1]);
  await mutate("rows:remove", { id });
  expect(await ask("rows:get", { id })).toBeNull();
  const link = String(await mutate("rows:link", { row: id }));
  await expect(mutate("rows:link", { row: link })).rejects.toThrow(
    `Found ID "${link}" from table \`links\`, which does not match the table name in validator \`v.id("rows")\`.`,
  );
});

interface Page {
  readonly page: readonly Value[];
  readonly isDone: boolean;
  readonly continueCursor: string;
}
const pageOf = async (args: Record<string, Value>, options: Record<string, Value>): Promise<Page> =>
  (await ask("rows:page", { ...args, paginationOpts: options as never })) as Page;

test("[TRAP45] a page may be empty and not the last", async () => {
  const args = { of: unique("empty pages"), only: "found" };
  await insert(args.of, [...Array.from({ length: 20 }, (_, i) => i), "found"]);
  const first = await pageOf(args, { numItems: 5, cursor: null, maximumRowsRead: 5 });
  expect([first.page, first.isDone]).toEqual([[], false]);
  const seen: Value[] = [];
  let cursor = first.continueCursor;
  for (let rounds = 0; rounds < 10; rounds++) {
    const next = await pageOf(args, { numItems: 5, cursor, maximumRowsRead: 5 });
    expect(next.continueCursor).not.toBe(cursor);
    seen.push(...next.page);
    cursor = next.continueCursor;
    if (next.isDone) break;
  }
  expect(seen).toEqual(["found"]);
});

test("[TRAP46] a cursor is the same each time and its query's own; an end cursor decides the page", async () => {
  const of = unique("pages");
  await insert(of, [1, 2, 3, 5]);
  const first = await pageOf({ of }, { numItems: 2, cursor: null });
  expect(first.page).toEqual([1, 2]);
  expect(await pageOf({ of }, { numItems: 2, cursor: null })).toEqual(first);
  const second = await pageOf({ of }, { numItems: 2, cursor: first.continueCursor });
  expect(second.page).toEqual([3, 5]);
  await insert(of, [1.5, 4]);
  const grown = await pageOf(
    { of },
    { numItems: 2, cursor: null, endCursor: first.continueCursor },
  );
  expect(grown).toMatchObject({ page: [1, 1.5, 2], continueCursor: first.continueCursor });
  await expect(
    pageOf({ of, order: "desc" }, { numItems: 2, cursor: first.continueCursor }),
  ).rejects.toThrow("InvalidCursor");
  await expect(pageOf({ of }, { numItems: 0, cursor: null })).rejects.toThrow(
    "Must request at least 1 document while paginating",
  );
  await expect(
    ask("runtime:secondPaginate", { paginationOpts: { numItems: 1, cursor: null } }),
  ).rejects.toThrow("ran multiple paginated queries");
});
