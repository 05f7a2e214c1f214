import { type JSONValue, jsonToConvex } from "convex/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect, fullScan, TemporaryDatabase } from "../../test/temporary-database.ts";
import { ConflictError, DeveloperError, OutOfRetentionError } from "../errors.ts";
import { decodeId, encodeId } from "../values/ids.ts";

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

function fieldsOf(json: string | null): Record<string, unknown> {
  return JSON.parse(json ?? "null") as Record<string, unknown>;
}

describe("conflicts", () => {
  test("[TX1] a document read and then changed by another stops the commit, and nothing is written", async () => {
    const id = await bed.write((tx) => tx.insert("t", { n: 1 }));
    const late = bed.database.begin();
    late.get(id);
    late.insert("t", { n: 2 });
    const quick = bed.database.begin();
    quick.patch(id, { n: 3 });
    bed.database.commit(quick, { source: "a:quick" });
    expect(() => bed.commit(late)).toThrow(ConflictError);
    bed.read((tx) => expect(tx.count("t")).toBe(1));
  });

  test("[TX1] the conflict names the table, the document and who wrote it", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    const late = bed.database.begin();
    late.patch(id, { a: 1 });
    const quick = bed.database.begin();
    quick.patch(id, { b: 1 });
    const { ts } = bed.database.commit(quick, { source: "a:quick" });
    const conflict = { table: "t", documentId: id, source: "a:quick", committedAt: ts };
    expect(() => bed.commit(late)).toThrow(expect.objectContaining({ conflict }));
  });

  test("[TX1] a row that appears in a range that was read, even an empty one, is a conflict", async () => {
    await bed.write((tx) => tx.ensureTable("t"));
    const late = bed.database.begin();
    expect(collect(late, fullScan("t"))).toEqual([]);
    late.insert("other", {});
    await bed.write((tx) => tx.insert("t", {}));
    expect(() => bed.commit(late)).toThrow(ConflictError);
  });

  test("[TX1] a row that leaves a range that was read is a conflict", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    const late = bed.database.begin();
    collect(late, fullScan("t"));
    late.insert("other", {});
    await bed.write((tx) => tx.remove(id));
    expect(() => bed.commit(late)).toThrow(ConflictError);
  });

  test("[TX1] a query of a table that did not exist conflicts with its creation", async () => {
    const late = bed.database.begin();
    expect(collect(late, fullScan("t"))).toEqual([]);
    expect(late.count("t")).toBe(0);
    late.insert("other", {});
    await bed.write((tx) => tx.insert("t", {}));
    expect(() => bed.commit(late)).toThrow(ConflictError);
  });

  test("[TX6] blind inserts into one table do not conflict", async () => {
    await bed.write((tx) => tx.insert("t", {}));
    const transactions = [1, 2, 3].map((n) => {
      const tx = bed.database.begin();
      tx.insert("t", { n });
      return tx;
    });
    for (const tx of transactions) bed.commit(tx);
    bed.read((tx) => expect(tx.count("t")).toBe(4));
  });

  test("[TX6] two transactions that create a table conflict, whatever its name", () => {
    const [a, b, c] = ["t", "t", "u"].map((name) => {
      const tx = bed.database.begin();
      tx.insert(name, {});
      return tx;
    });
    if (a === undefined || b === undefined || c === undefined)
      throw new Error("three transactions");
    bed.commit(a);
    expect(() => bed.commit(b)).toThrow(ConflictError);
    expect(() => bed.commit(c)).toThrow(ConflictError);
  });

  test("[TX1] what only read commits at its begin timestamp, also when something changed since", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    const reader = bed.database.begin();
    reader.get(id);
    await bed.write((tx) => tx.patch(id, { a: 1 }));
    expect(bed.commit(reader).ts).toBe(reader.beginTs);
  });
});

describe("timestamps and durability", () => {
  test("[TX2] timestamps go up while the clock stands or goes back, and across a restart", async () => {
    const first = (await receipt()).ts;
    const second = (await receipt()).ts;
    expect(second).toBe(first + 1n);
    bed.clock.advance(-3_600_000);
    expect((await receipt()).ts).toBe(first + 2n);
    await bed.reopen();
    expect(bed.database.latestTs).toBe(first + 3n); // opening commits
    expect((await receipt()).ts).toBe(first + 4n);
    bed.clock.advance(7_200_000);
    expect((await receipt()).ts).toBe(bed.clock.nowNs());
  });

  test("[TX2] a commit without writes gets a timestamp of its own only when asked", async () => {
    const plain = bed.database.begin();
    expect(bed.commit(plain).ts).toBe(plain.beginTs);
    const forced = bed.database.begin();
    const { ts, durable } = bed.database.commit(forced, { source: null, forceCommit: true });
    expect(ts).toBeGreaterThan(forced.beginTs);
    await durable;
    await bed.reopen();
    expect(bed.database.latestTs).toBeGreaterThanOrEqual(ts);
  });

  test("[TX3] listeners hear of a commit once it is durable, before its promise resolves", async () => {
    const heard: bigint[] = [];
    const stop = bed.database.onDurable((commits) => heard.push(...commits.map(({ ts }) => ts)));
    const tx = bed.database.begin();
    const id = tx.insert("t", {});
    const { ts, durable } = bed.commit(tx);
    expect(heard).toEqual([]);
    expect(bed.database.durableTs).toBeLessThan(ts);
    expect(bed.database.begin({ durable: true }).get(id)).toBe(null);
    expect(bed.database.begin().get(id)).not.toBe(null);
    await durable;
    expect(heard).toEqual([ts]);
    expect(bed.database.begin({ durable: true }).get(id)).not.toBe(null);
    stop();
  });

  test("[TX3] a transaction that read what is not durable yet waits for it, also when it wrote nothing", async () => {
    const tx = bed.database.begin();
    const id = tx.insert("t", {});
    const { ts } = bed.commit(tx);
    const reader = bed.database.begin();
    reader.get(id);
    await bed.commit(reader).durable;
    expect(bed.database.durableTs).toBeGreaterThanOrEqual(ts);
  });

  test("[TX5] a timestamp is readable for a minute, longer while a transaction holds it", async () => {
    const id = await bed.write((tx) => tx.insert("t", { n: 1 }));
    const then = bed.database.durableTs;
    await bed.write((tx) => tx.patch(id, { n: 2 }));
    const old = bed.database.begin({ at: then });
    expect(fieldsOf(old.get(id)).n).toBe(1);
    bed.clock.advance(61_000);
    await bed.write((tx) => tx.insert("t", {}));
    expect(fieldsOf(old.get(id)).n).toBe(1);
    old.close();
    await bed.write((tx) => tx.insert("t", {}));
    expect(() => bed.database.begin({ at: then })).toThrow(OutOfRetentionError);
  });

  test("[TX5] no snapshot is taken of the future", () => {
    expect(() => bed.database.begin({ at: bed.database.latestTs + 1n })).toThrow("no commit at");
  });
});

describe("writes", () => {
  test("[TX9] a patch or replace that changes nothing is no write", async () => {
    const id = await bed.write((tx) => tx.insert("t", { a: 1 }));
    const tx = bed.database.begin();
    tx.patch(id, { a: 1 });
    tx.replace(id, { a: 1 });
    tx.replace(id, fieldsOf(tx.get(id)) as never);
    expect(tx.hasWrites).toBe(false);
    expect(bed.commit(tx).ts).toBe(tx.beginTs);
  });

  test("[TX9] a change that is taken back in the same transaction is announced as nothing", async () => {
    const id = await bed.write((tx) => tx.insert("t", { a: 1 }));
    const heard: number[] = [];
    bed.database.onDurable((commits) =>
      heard.push(...commits.map((one) => one.indexWrites.length)),
    );
    await bed.write((tx) => {
      tx.patch(id, { a: 2 });
      tx.patch(id, { a: 1 });
      tx.remove(tx.insert("t", {}));
    });
    expect(heard).toEqual([0]);
  });

  test("[TX10] a transaction sees its own writes, also ahead of a scan that is under way", async () => {
    const ids = await bed.write((tx) => [1, 2, 3].map((n) => tx.insert("t", { n })));
    bed.clock.advance(1);
    bed.read((tx) => {
      const cursor = tx.openQuery(fullScan("t"));
      expect(fieldsOf(cursor.next()).n).toBe(1);
      tx.remove(ids[1] ?? "");
      tx.patch(ids[2] ?? "", { n: 30 });
      tx.patch(ids[0] ?? "", { n: 10 });
      tx.insert("t", { n: 4 });
      expect(
        [cursor.next(), cursor.next(), cursor.next()].map((json) => fieldsOf(json)?.n),
      ).toEqual([30, 4, undefined]);
      expect(tx.count("t")).toBe(3);
      expect(collect(tx, fullScan("t", [], "desc")).map(({ n }) => n)).toEqual([4, 30, 10]);
    });
  });

  test("[TX10] rolling back to a savepoint takes back writes and new tables, and keeps reads", async () => {
    const id = await bed.write((tx) => tx.insert("t", { n: 1 }));
    const tx = bed.database.begin();
    tx.patch(id, { n: 2 });
    const savepoint = tx.savepoint();
    tx.patch(id, { n: 3 });
    tx.insert("fresh", {});
    const kept = tx.insert("t", { n: 9 });
    tx.rollbackTo(savepoint);
    expect(fieldsOf(tx.get(id)).n).toBe(2);
    expect(tx.get(kept)).toBe(null);
    expect(tx.count("t")).toBe(1);
    expect(collect(tx, fullScan("t")).map(({ n }) => n)).toEqual([2]);
    await bed.commit(tx).durable;
    expect(bed.database.catalog.table("fresh")).toBe(null);
    await bed.reopen();
    bed.read((after) => expect(fieldsOf(after.get(id)).n).toBe(2));
  });

  test("[TX10] reads of a rolled back part still conflict", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    const tx = bed.database.begin();
    const savepoint = tx.savepoint();
    tx.get(id);
    tx.rollbackTo(savepoint);
    tx.insert("t", {});
    await bed.write((other) => other.patch(id, { a: 1 }));
    expect(() => bed.commit(tx)).toThrow(ConflictError);
  });

  test("[TX11] creation times go up strictly within a transaction and are kept by later writes", async () => {
    await bed.write((tx) => tx.ensureTable("t"));
    const ids = await bed.write((tx) => [1, 2, 3].map((n) => tx.insert("t", { n })));
    const times = bed.read((tx) => ids.map((id) => Number(fieldsOf(tx.get(id))._creationTime)));
    expect(times[0]).toBe(bed.clock.nowMs());
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(2 ** -12); // the next float of this magnitude
    expect(times[2]).toBeGreaterThan(times[1] ?? 0);
    bed.clock.advance(5);
    await bed.write((tx) => tx.replace(ids[0] ?? "", { m: 1 }));
    bed.read((tx) => expect(fieldsOf(tx.get(ids[0] ?? ""))._creationTime).toBe(times[0]));
  });

  test("[TX12] user tables are numbered from 10001 and keep their numbers", async () => {
    const [a, b] = await bed.write((tx) => [tx.insert("a", {}), tx.insert("b", {})]);
    expect([a, b].map((id) => decodeId(id ?? "").tableNumber)).toEqual([10001, 10002]);
    await bed.reopen();
    const [again, c] = await bed.write((tx) => [tx.insert("b", {}), tx.insert("c", {})]);
    expect([again, c].map((id) => decodeId(id ?? "").tableNumber)).toEqual([10002, 10003]);
    expect(bed.database.catalog.userTables.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  test("[TX12] _scheduled_functions is table 539 and _storage 540", async () => {
    const [job, file] = await bed.write((tx) => [
      tx.system.insert("_scheduled_functions", {}),
      tx.system.insert("_storage", {}),
    ]);
    expect([job, file].map((id) => decodeId(id ?? "").tableNumber)).toEqual([539, 540]);
  });

  test("[TX13] the commit timestamp placeholder becomes the commit's own timestamp", async () => {
    const tx = bed.database.begin();
    const id = tx.insert("t", {
      at: { $commitTs: null },
      text: '{"$commitTs":null}',
      deep: [{ $commitTs: null }],
    });
    expect(fieldsOf(tx.get(id)).at).toEqual({ $commitTs: null });
    const { ts, durable } = bed.commit(tx);
    const check = () => {
      const fields = bed.read((later) => fieldsOf(later.get(id)));
      expect(decoded(fields.at)).toBe(ts);
      expect(decoded((fields.deep as unknown[])[0])).toBe(ts);
      expect(fields.text).toBe('{"$commitTs":null}');
    };
    check();
    await durable;
    await bed.reopen();
    check();
  });

  test("[TX14] stale views see the begin snapshot, none of the writes, and record nothing", async () => {
    const id = await bed.write((tx) => tx.insert("t", { n: 1 }));
    const tx = bed.database.begin();
    tx.patch(id, { n: 2 });
    const other = tx.insert("t", { n: 3 });
    const stale = tx.staleView();
    const reads = tx.snapshotReads();
    expect(fieldsOf(stale.get(id)).n).toBe(1);
    expect(stale.get(other)).toBe(null);
    expect(collect(stale, fullScan("t"))).toHaveLength(1);
    stale.close();
    expect(tx.snapshotReads()).toEqual(reads);
    bed.commit(tx);
  });
});

describe("ids and documents", () => {
  test("[TX15] get of an unknown id is null, of a malformed one an error", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    await bed.write((tx) => [tx.remove(id), tx.insert("u", {})]);
    bed.read((tx) => {
      expect(tx.get(id)).toBe(null);
      expect(tx.get(encodeId(12345, new Uint8Array(16)))).toBe(null);
      expect(() => tx.get("n0pe")).toThrow(
        "Invalid argument `id` for `db.get`: Unable to decode ID: Invalid ID length 4",
      );
      expect(() => tx.get(id, { table: "u" })).toThrow(
        'Invalid argument `id` for `db.get`: expected to be an Id<"u">, got Id<"t"> instead.',
      );
    });
  });

  test("[TX15] writes to missing documents and unknown tables say so", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    await bed.write((tx) => tx.remove(id));
    const stranger = encodeId(12345, new Uint8Array(16));
    bed.read((tx) => {
      expect(() => tx.patch(id, {})).toThrow(`Update on nonexistent document ID ${id}`);
      expect(() => tx.replace(id, {})).toThrow(`Replace on nonexistent document ID ${id}`);
      expect(() => tx.remove(id)).toThrow(`Delete on nonexistent document ID ${id}`);
      expect(() => tx.remove(stranger)).toThrow(`Table for ID "${stranger}" not found`);
    });
  });

  test("[TX15] normalizeId gives the id only for the table it belongs to", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    await bed.write((tx) => tx.insert("u", {}));
    bed.read((tx) => {
      expect(tx.normalizeId("t", id)).toBe(id);
      expect(tx.normalizeId("u", id)).toBe(null);
      expect(tx.normalizeId("missing", id)).toBe(null);
      expect(tx.normalizeId("t", "junk")).toBe(null);
      expect(tx.normalizeId("_tables", id)).toBe(null);
    });
  });

  test("[TX16] system tables are read through db.system only, and never written by users", async () => {
    const job = await bed.write((tx) => tx.system.insert("_scheduled_functions", { name: "x" }));
    const setting = await bed.write((tx) => tx.system.insert("_settings", { name: "secret" }));
    const user = await bed.write((tx) => tx.insert("t", {}));
    bed.read((tx) => {
      expect(fieldsOf(tx.get(job, { system: true })).name).toBe("x");
      expect(() => tx.get(job)).toThrow("System tables can only be accessed with db.system.");
      expect(() => tx.get(user, { system: true })).toThrow(
        "User tables cannot be accessed with db.system.",
      );
      expect(() => tx.get(setting, { system: true })).toThrow("not found");
      expect(() => tx.openQuery(fullScan("_settings"), { system: true })).toThrow("not found");
      for (const write of [
        () => tx.insert("_storage", {}),
        () => tx.patch(job, {}),
        () => tx.remove(job),
        () => tx.insert("_mine", {}),
      ]) {
        expect(write).toThrow("System tables (prefixed with `_`) are read-only.");
      }
    });
  });

  test("[TX17] documents with illegal fields, names or sizes are refused", async () => {
    const id = await bed.write((tx) => tx.insert("t", {}));
    bed.read((tx) => {
      const doc = fieldsOf(tx.get(id));
      expect(() => tx.insert("t", { _x: 1 })).toThrow(
        "Field '_x' starts with an underscore, which is only allowed for system fields like '_id'",
      );
      expect(() => tx.insert("t", { _id: id })).toThrow("doesn't match '_id' field");
      expect(() => tx.replace(id, { ...doc, _creationTime: 1 } as never)).toThrow(
        "doesn't match '_creationTime' field",
      );
      expect(() => tx.replace(id, { ...doc, a: { _ok: 1 } } as never)).not.toThrow();
      expect(() => tx.insert("t", [])).toThrow("Value must be an Object");
      expect(() => tx.insert("bad-name", {})).toThrow('Invalid table name "bad-name"');
      expect(() => tx.insert("t", { a: "x".repeat(1 << 20) })).toThrow(
        /^Value is too large \(1 MiB > maximum size 1 MiB\)$/,
      );
      let deep: unknown = 1;
      for (let i = 0; i < 16; i++) deep = [deep];
      expect(() => tx.insert("t", { deep } as never)).toThrow(
        "Document is too nested (nested 17 levels deep > maximum nesting 16)",
      );
    });
  });

  test("[TX17] patch removes fields that are undefined and keeps the rest", async () => {
    const id = await bed.write((tx) => tx.insert("t", { a: 1, b: 2 }));
    const json = await bed.write((tx) => tx.patch(id, { a: { $undefined: null }, c: 3 }));
    const { _id, _creationTime, ...rest } = fieldsOf(json);
    expect(rest).toEqual({ b: 2, c: 3 });
    expect(_id).toBe(id);
    expect(typeof _creationTime).toBe("number");
  });
});

describe("system documents", () => {
  test("[TX18] the engine's rows are queried by index, with equality, bounds, order and limit", async () => {
    await bed.write((tx) => {
      for (const [name, nextRunMs] of [
        ["a", 3],
        ["b", 1],
        ["c", 2],
      ] as const) {
        tx.system.insert("_crons", { component: "", name, nextRunMs });
      }
    });
    bed.read((tx) => {
      const names = (options: object) =>
        tx.system.query("_crons", "by_next", [], options).map(({ name }) => name);
      expect(names({})).toEqual(["b", "c", "a"]);
      expect(names({ lte: 2, order: "desc" })).toEqual(["c", "b"]);
      expect(names({ gt: 1, limit: 1 })).toEqual(["c"]);
      expect(tx.system.query("_crons", "by_name", ["", "b"])).toHaveLength(1);
      expect(tx.usage.metrics().documentsRead.used).toBe(0);
    });
  });

  test("[TX18] raising the deployment version conflicts with everything that touched it", async () => {
    const [row] = bed.read((tx) => tx.system.query("_deployment", "by_creation_time"));
    const running = bed.database.begin();
    running.touchDeployment();
    running.insert("t", {});
    await bed.write((tx) => tx.system.bumpDeployment({ code: true, activatedAtMs: 5 }));
    expect(() => bed.commit(running)).toThrow(ConflictError);
    expect(bed.read((tx) => tx.system.query("_deployment", "by_creation_time"))).toMatchObject([
      {
        version: Number(row?.version) + 1,
        codeVersion: Number(row?.codeVersion) + 1,
        activatedAtMs: 5,
      },
    ]);
  });

  test("[TX17] errors of users are DeveloperErrors", () => {
    bed.read((tx) => expect(() => tx.get("x")).toThrow(DeveloperError));
  });
});

function decoded(value: unknown): unknown {
  return jsonToConvex(value as JSONValue);
}

async function receipt(): Promise<{ ts: bigint }> {
  const tx = bed.database.begin();
  tx.insert("t", {});
  const { ts, durable } = bed.commit(tx);
  await durable;
  return { ts };
}
