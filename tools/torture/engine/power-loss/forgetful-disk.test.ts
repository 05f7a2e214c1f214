import { expect, test } from "vitest";
import { seededRandom } from "../../random.ts";
import { type Files, ForgetfulDisk } from "./forgetful-disk.ts";
import { type DiskEvent, readLog } from "./log.ts";

const open = (handle: number, path: string): DiskEvent => ({
  kind: "open",
  handle,
  path,
  truncates: false,
});
const write = (handle: number, offset: number, text: string): DiskEvent => ({
  kind: "write",
  handle,
  offset,
  bytes: Buffer.from(text),
});
const sync = (handle: number): DiskEvent => ({ kind: "sync", handle });

function diskAfter(begin: Files, ...events: readonly DiskEvent[]): ForgetfulDisk {
  const disk = new ForgetfulDisk(begin, seededRandom(1));
  for (const event of events) disk.happened(event);
  return disk;
}

const textOf = (files: Files, path: string) => files.get(path)?.toString();
const there = (text: string): Files => new Map([["a", Buffer.from(text)]]);

test("what was synced is left, what was written after is not", () => {
  const disk = diskAfter(
    there("old"),
    open(1, "a"),
    write(1, 0, "new"),
    sync(1),
    write(1, 3, "er"),
  );
  expect(textOf(disk.seen(), "a")).toBe("newer");
  expect(textOf(disk.survivors(null), "a")).toBe("new");
});

test("a sync keeps its own file only", () => {
  const both: Files = new Map([...there("old"), ["b", Buffer.from("old")]]);
  const events = [open(1, "a"), open(2, "b"), write(1, 0, "new"), write(2, 0, "new"), sync(2)];
  const left = diskAfter(both, ...events).survivors(null);
  expect([textOf(left, "a"), textOf(left, "b")]).toEqual(["old", "new"]);
});

test("of unsynced writes any sectors may be left, none of them mixed", () => {
  const [old, fresh] = ["o".repeat(2048), "n".repeat(2048)];
  const results = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const disk = diskAfter(there(old), open(1, "a"), write(1, 0, fresh));
    const left = textOf(disk.survivors(seededRandom(seed)), "a") ?? "";
    const sectors = left.match(/.{512}/g) ?? [];
    expect(sectors.every((sector) => /^(o+|n+)$/.test(sector))).toBe(true);
    results.add(sectors.map((sector) => sector[0]).join(""));
  }
  expect(results.size).toBe(16); // every subset of four sectors
});

test("a truncation that was not synced may be undone", () => {
  const events: DiskEvent[] = [open(1, "a"), { kind: "truncate", handle: 1, length: 1 }];
  expect(textOf(diskAfter(there("old"), ...events).survivors(null), "a")).toBe("old");
  expect(textOf(diskAfter(there("old"), ...events, sync(1)).survivors(null), "a")).toBe("o");
});

test("a name is lost until its folder is synced, however well the file was", () => {
  const made: DiskEvent[] = [
    { kind: "mkdir", path: "d" },
    open(1, "d/a"),
    write(1, 0, "x"),
    sync(1),
  ];
  const folders = [open(2, "d"), sync(2), open(3, ""), sync(3)];
  expect([
    ...diskAfter(new Map(), ...made)
      .survivors(null)
      .keys(),
  ]).toEqual([]);
  expect([
    ...diskAfter(new Map(), ...made, ...folders.slice(2))
      .survivors(null)
      .keys(),
  ]).toEqual(["d"]);
  expect(textOf(diskAfter(new Map(), ...made, ...folders).survivors(null), "d/a")).toBe("x");
});

test("a removal or a new name that was not synced is undone", () => {
  const removed: DiskEvent = { kind: "unlink", path: "a" };
  expect([...diskAfter(there("old"), removed).survivors(null).keys()]).toEqual(["a"]);
  const renamed: DiskEvent = { kind: "rename", from: "a", to: "b" };
  const disk = diskAfter(there("old"), renamed);
  expect([...disk.seen().keys()]).toEqual(["b"]);
  expect([...disk.survivors(null).keys()]).toEqual(["a"]);
});

test("after a sync that failed no later one keeps what it was for", () => {
  const events = [
    open(1, "a"),
    write(1, 0, "x"),
    { kind: "failedSync", handle: 1 } as const,
    sync(1),
  ];
  const left = Array.from({ length: 20 }, (_, seed) => {
    const disk = new ForgetfulDisk(there("o"), seededRandom(seed));
    for (const event of events) disk.happened(event);
    return textOf(disk.survivors(null), "a");
  });
  expect(new Set(left)).toEqual(new Set(["o", "x"]));
});

test("a record that was cut off ends the log", () => {
  const record = (kind: string, text: string) => {
    const head = Buffer.alloc(24);
    head.writeUInt32LE(kind.charCodeAt(0), 0);
    head.writeUInt32LE(text.length, 16);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const log = Buffer.concat([record("m", "a"), record("m", "long name")]);
  expect(readLog(log)).toHaveLength(2);
  expect(readLog(log.subarray(0, log.length - 1))).toEqual([{ kind: "mkdir", path: "a" }]);
});
