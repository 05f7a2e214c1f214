import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect, fullScan, TemporaryDatabase } from "../../test/temporary-database.ts";
import type { MetricName, Transaction } from "./types.ts";
import { Usage } from "./usage.ts";

const HELP =
  "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

const limits: [MetricName, number, string, string][] = [
  [
    "documentsRead",
    32_000,
    "TooManyDocumentsRead",
    `Too many documents read in a single function execution (limit: 32000). ${HELP}`,
  ],
  [
    "bytesRead",
    16_777_216,
    "TooManyBytesRead",
    `Too many bytes read in a single function execution (limit: 16777216 bytes). ${HELP}`,
  ],
  [
    "databaseQueries",
    4096,
    "TooManyReads",
    `Too many reads in a single function execution (limit: 4096). ${HELP}`,
  ],
  [
    "documentsWritten",
    16_000,
    "TooManyWrites",
    "Too many writes in a single function execution (limit: 16000)",
  ],
  [
    "bytesWritten",
    16_777_216,
    "TooManyBytesWritten",
    "Too many bytes written in a single function execution (limit: 16 MiB)",
  ],
  [
    "functionsScheduled",
    1000,
    "TooManyFunctionsScheduled",
    "Too many functions scheduled by this mutation (limit: 1000)",
  ],
  [
    "scheduledFunctionArgsBytes",
    16_777_216,
    "ScheduledFunctionsArgumentsTooLarge",
    "Too large total size of the arguments of scheduled functions from this mutation (limit: 16777216 bytes)",
  ],
];

describe("limits", () => {
  test.each(limits)("[TX30] %s ends at %i with the official text", (name, max, code, message) => {
    const usage = new Usage();
    usage.add(name, max);
    expect(usage.metrics()[name]).toEqual({ used: max, remaining: 0 });
    expect(() => usage.add(name, 1)).toThrow(expect.objectContaining({ code, message }));
  });

  test("[TX31] more than 80 % of a limit gives one warning", () => {
    const usage = new Usage();
    usage.add("documentsRead", 25_600);
    expect(usage.warnings()).toEqual([]);
    usage.add("documentsRead", 1);
    expect(usage.warnings()).toEqual([
      "Many documents read in a single function execution (actual: 25601, limit: 32000).",
    ]);
  });

  test("[TX32] a narrower budget counts from here, never widens, and is given back", () => {
    const usage = new Usage();
    usage.add("documentsWritten", 10);
    const restore = usage.narrow({ documentsWritten: 5, documentsRead: 1_000_000 });
    expect(usage.metrics().documentsWritten.remaining).toBe(5);
    expect(usage.metrics().documentsRead.remaining).toBe(32_000);
    usage.add("documentsWritten", 5);
    expect(() => usage.add("documentsWritten", 1)).toThrow(
      "Too many writes in a single function execution (limit: 15)",
    );
    restore();
    expect(() => usage.add("documentsWritten", 1)).not.toThrow();
  });
});

describe("accounting", () => {
  let bed: TemporaryDatabase;
  beforeEach(async () => {
    bed = await TemporaryDatabase.open();
  });
  afterEach(() => bed.remove());

  function used(tx: Transaction): Record<string, number> {
    return Object.fromEntries(
      Object.entries(tx.usage.metrics()).map(([name, { used: n }]) => [name, n]),
    );
  }

  test("[TX33] scanned documents count by number and size, whether a filter takes them or not", async () => {
    const ids = await bed.write((tx) => [1, 2, 3].map((n) => tx.insert("t", { n })));
    bed.read((tx) => {
      collect(tx, fullScan("t", [{ filter: { $literal: false } }]));
      const size = 2 + (2 + 9) + (4 + 2 + 32) + (14 + 9);
      expect(used(tx)).toMatchObject({ documentsRead: 3, bytesRead: 3 * size, databaseQueries: 1 });
      tx.get(ids[0] ?? "");
      tx.get(ids[0] ?? "");
      expect(used(tx)).toMatchObject({ documentsRead: 5, databaseQueries: 2 });
    });
  });

  test("[TX33] every write counts with the document's size; a no-op counts as the read it is", async () => {
    const tx = bed.database.begin();
    const id = tx.insert("t", { n: 1 });
    tx.patch(id, { n: 2 });
    tx.patch(id, { n: 2 });
    tx.remove(id);
    const size = 2 + (2 + 9) + (4 + 2 + 32) + (14 + 9);
    expect(used(tx)).toMatchObject({
      documentsWritten: 3,
      bytesWritten: 3 * size,
      documentsRead: 3,
    });
    tx.close();
  });

  test("[TX33] a full scan of too many documents ends with the official error", async () => {
    await bed.write((tx) => {
      for (let n = 0; n < 16_000; n++) tx.insert("t", {});
    });
    bed.clock.advance(1);
    await bed.write((tx) => {
      for (let n = 0; n < 16_000; n++) tx.insert("t", {});
    });
    bed.read((tx) => expect(collect(tx, fullScan("t"))).toHaveLength(32_000));
    await bed.write((tx) => tx.insert("t", {}));
    bed.read((tx) => expect(() => collect(tx, fullScan("t"))).toThrow("Too many documents read"));
  }, 30_000);
});
