import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bound,
  fullScan,
  indexRange,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";
import type { Page, PageRequest, Transaction } from "./types.ts";

let bed: TemporaryDatabase;
let tables = 0;
beforeAll(async () => {
  bed = await TemporaryDatabase.open();
});
afterAll(() => bed.remove());

/** A new table with documents n = 0.. in creation order. */
async function table(count: number): Promise<string> {
  const name = `t${tables++}`;
  await bed.write((tx) => {
    tx.ensureTable(name);
    for (let n = 0; n < count; n++) tx.insert(name, { n });
  });
  bed.clock.advance(1);
  return name;
}

function request(query: JSONValue, pageSize: number, more: Partial<PageRequest> = {}): PageRequest {
  return { query, cursor: null, endCursor: null, pageSize, ...more };
}

function page(request_: PageRequest, journal: string | null = null): Page {
  return bed.read((tx) => tx.queryPage(request_, journal));
}

function numbers({ page: documents }: Page): number[] {
  return documents.map((json) => (JSON.parse(json) as { n: number }).n);
}

describe("pages", () => {
  test("[TX25] pages follow each other without gap or repetition, in both orders", async () => {
    const name = await table(7);
    for (const order of ["asc", "desc"]) {
      const query = fullScan(name, [], order);
      const seen: number[] = [];
      let cursor: string | null = null;
      for (let done = false; !done; ) {
        const one = page(request(query, 3, { cursor }));
        seen.push(...numbers(one));
        cursor = one.continueCursor;
        done = one.isDone;
      }
      const expected = [0, 1, 2, 3, 4, 5, 6];
      expect(seen).toEqual(order === "asc" ? expected : expected.reverse());
    }
  });

  test("[TX25] a filter may leave a page empty while its cursor goes on", async () => {
    const name = await table(6);
    const query = fullScan(name, [{ filter: { $gte: [{ $field: "n" }, { $literal: 4 }] } }]);
    const first = page(request(query, 10, { maximumRowsRead: 3 }));
    expect(first).toMatchObject({ page: [], isDone: false, pageStatus: "SplitRequired" });
    const second = page(request(query, 10, { cursor: first.continueCursor }));
    expect(numbers(second)).toEqual([4, 5]);
    expect(second.isDone).toBe(true);
  });

  test("[TX26] the same position of the same query is the same cursor, of another query a mismatch", async () => {
    const name = await table(4);
    const first = page(request(fullScan(name), 2));
    expect(page(request(fullScan(name), 2)).continueCursor).toBe(first.continueCursor);
    const other = fullScan(name, [], "desc");
    const { continueCursor: cursor } = first;
    expect(() => page(request(other, 2, { cursor }))).toThrow(
      expect.objectContaining({
        message:
          "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.",
        data: { isConvexSystemError: true, paginationError: "InvalidCursor" },
      }),
    );
    for (const bad of ["", "junk", `${cursor.slice(0, -2)}AA`]) {
      expect(() => page(request(fullScan(name), 2, { cursor: bad }))).toThrow(
        "Failed to parse cursor",
      );
    }
  });

  test("[TX26] cursors outlive a restart and hide the data they point at", async () => {
    const name = await table(4);
    const query = fullScan(name);
    const { continueCursor: cursor } = page(request(query, 2));
    await bed.reopen();
    expect(numbers(page(request(query, 9, { cursor })))).toEqual([2, 3]);
    expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toContain(name);
  });

  test("[TX27] re-run with its end cursor, a page grows and shrinks with what lies inside it", async () => {
    const name = await table(6);
    const ids = bed.read((tx) => tx.queryPage(request(fullScan(name), 6), null).page).map(idOf);
    const query = fullScan(name);
    const first = page(request(query, 3));
    await bed.write((tx) => tx.remove(ids[0] ?? ""));
    const again = page(request(query, 3), first.endCursorForJournal);
    expect(numbers(again)).toEqual([1, 2]);
    expect(again.continueCursor).toBe(first.continueCursor);
    const explicit = page(
      request(query, 1, { endCursor: first.continueCursor, maximumRowsRead: 1 }),
    );
    expect(numbers(explicit)).toEqual([1, 2]);
    const last = page(request(query, 9, { cursor: first.continueCursor }));
    await bed.write((tx) => tx.insert(name, { n: 6 }));
    const grown = page(
      request(query, 1, { cursor: first.continueCursor }),
      last.endCursorForJournal,
    );
    expect(numbers(grown)).toEqual([3, 4, 5, 6]);
    expect(grown.isDone).toBe(true);
  });

  test("[TX27] a page's reads end where the page ends", async () => {
    const name = await table(6);
    const inside = pageThenWrite(name, (tx, ids) => tx.patch(ids[1] ?? "", { n: -1 }));
    await expect(inside).rejects.toThrow(ConflictError);
    const behind = pageThenWrite(name, (tx, ids) => tx.patch(ids[4] ?? "", { n: -1 }));
    await expect(behind).resolves.toBeUndefined();
  });

  async function pageThenWrite(
    name: string,
    change: (tx: Transaction, ids: string[]) => void,
  ): Promise<void> {
    const ids = page(request(fullScan(name), 6)).page.map(idOf);
    const tx = bed.database.begin();
    tx.queryPage(request(fullScan(name), 3), null);
    tx.insert(name, { n: 100 });
    await bed.write((other) => change(other, ids));
    await bed.commit(tx).durable;
  }

  test("[TX28] long pages recommend to be split in the middle, short ones have no middle", async () => {
    const name = await table(8);
    const query = fullScan(name);
    const long = page(request(query, 7, { maximumRowsRead: 8 }));
    expect(long.pageStatus).toBe("SplitRecommended");
    const middle = long.splitCursor;
    const left = numbers(page(request(query, 1, { endCursor: middle })));
    const right = numbers(page(request(query, 9, { cursor: middle })));
    expect([...left, ...right]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(left.length).toBeGreaterThan(1);
    expect(page(request(query, 2)).splitCursor).toBe(null);
    expect(page(request(query, 4)).pageStatus).toBe(null);
  });

  test("[TX25] a long page read in steps is the page read at once", async () => {
    const name = await table(500);
    const query = fullScan(name, [{ filter: { $gte: [{ $field: "n" }, { $literal: 450 }] } }]);
    const whole = page(request(query, 40));
    bed.read((tx) => {
      const steps = tx.queryPageInSteps(request(query, 40), null);
      expect([steps.next(), steps.next()]).toEqual([
        { done: false, value: undefined },
        { done: false, value: undefined },
      ]);
      expect(steps.next()).toEqual({ done: true, value: whole });
    });
  });

  test("[TX28] a page stops early when the transaction's own limits are near", async () => {
    const name = await table(20);
    const one = bed.read((tx) => {
      const restore = tx.usage.narrow({ documentsRead: 5 });
      const result = tx.queryPage(request(fullScan(name), 10), null);
      restore();
      return result;
    });
    expect(one).toMatchObject({ isDone: false, pageStatus: "SplitRequired" });
    expect(one.page).toHaveLength(5);
  });

  test("[TX25] index ranges page within their bounds, a missing table is one empty page", async () => {
    const name = await table(0);
    await bed.activate(tableSchema(name, { by_n: ["n"] }));
    await bed.write((tx) => {
      for (let n = 0; n < 6; n++) tx.insert(name, { n });
    });
    const query = indexRange(
      `${name}.by_n`,
      [bound("Gte", "n", 2), bound("Lt", "n", 5)],
      [],
      "desc",
    );
    const first = page(request(query, 2));
    expect(numbers(first)).toEqual([4, 3]);
    const second = page(request(query, 2, { cursor: first.continueCursor }));
    expect([numbers(second), second.isDone]).toEqual([[2], true]);
    expect(page(request(fullScan("nowhere"), 2))).toMatchObject({ page: [], isDone: true });
    const done = page(request(query, 2, { cursor: second.continueCursor }));
    expect(done).toMatchObject({ page: [], isDone: true });
  });

  test.each<[Partial<PageRequest>, string]>([
    [{ pageSize: 0 }, "Must request at least 1 document while paginating"],
    [{ pageSize: 32_001 }, "Requested too many items: 32001"],
    [{ maximumRowsRead: 0 }, "maximumRowsRead and maximumBytesRead must be greater than 0"],
    [{ maximumBytesRead: 0 }, "maximumRowsRead and maximumBytesRead must be greater than 0"],
  ])("[TX29] %j is refused", (more, message) => {
    expect(() => page(request(fullScan("x"), 1, more))).toThrow(message);
  });
});

function idOf(json: string): string {
  return (JSON.parse(json) as { _id: string })._id;
}
