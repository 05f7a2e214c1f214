/** Planted anomalies are found and named, and what is no anomaly passes. */
import { describe, expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { FoundRow, History, Observation, Transaction } from "./history.ts";

const HOME = { group: "a", place: 1 };
const ALL = { group: "a", from: 0, to: 9 };

/** Each asked for after the one before was answered. */
function serially(...transactions: readonly Transaction[]): History {
  return transactions.map((one, i) => ({ ...one, startedAt: 2 * i, endedAt: 2 * i + 1 }));
}

/** All asked for before any was answered, but for `setup`. */
function atOnce(...transactions: readonly Transaction[]): History {
  return transactions.map((one) => ({
    ...one,
    startedAt: one.name === "setup" ? 0 : 2,
    endedAt: one.name === "setup" ? 1 : 3,
  }));
}

function tx(name: string, ...observations: readonly Observation[]): Transaction {
  return { name, outcome: "committed", startedAt: 0, endedAt: 0, observations };
}

function aborted(name: string, ...observations: readonly Observation[]): Transaction {
  return { ...tx(name, ...observations), outcome: "aborted" };
}

/** `x1` is a version of the row `x`. */
function seen(version: string, items = [version], content = HOME): FoundRow {
  return { row: version.slice(0, 1), version, items, content };
}

function read(version: string, items = [version]): Observation {
  return { kind: "get", row: version.slice(0, 1), found: seen(version, items) };
}

function readNothing(row: string): Observation {
  return { kind: "get", row, found: null };
}

function write(
  version: string,
  over: string | null,
  content: typeof HOME | null = HOME,
): Observation {
  return { kind: "write", row: version.slice(0, 1), version, over, content };
}

function found(
  versions: readonly string[],
  range = ALL,
  stopped: "asc" | "desc" | null = null,
): Observation {
  return { kind: "range", range, found: versions.map((version) => seen(version)), stopped };
}

function rolledBack(...observations: readonly Observation[]): Observation {
  return { kind: "nested", observations, isRolledBack: true };
}

const kinds = (history: History) => checkHistory(history).map(({ kind }) => kind);
const setup = tx("setup", write("x0", null), write("y0", null));

describe("anomalies that the checker finds", () => {
  test("a lost update", () => {
    const one = tx("one", read("x0"), write("x1", "x0"));
    const other = tx("other", read("x0"), write("x2", "x0"));
    expect(kinds(atOnce(setup, one, other))).toEqual(["lost update"]);
  });

  test("a write skew", () => {
    const one = tx("one", read("x0"), read("y0"), write("x1", "x0"));
    const other = tx("other", read("x0"), read("y0"), write("y1", "y0"));
    expect(kinds(atOnce(setup, one, other))).toEqual(["G2"]);
  });

  test("an aborted read (G1a), of a failed transaction and of nobody", () => {
    const failed = aborted("failed", read("x0"), write("x1", "x0"));
    expect(kinds(atOnce(setup, failed, tx("reader", read("x1"))))).toEqual(["aborted read"]);
    expect(kinds(atOnce(setup, tx("reader", read("x7"))))).toEqual(["aborted read"]);
  });

  test("a read of what a nested mutation wrote before it was rolled back", () => {
    const writer = tx("writer", rolledBack(read("x0"), write("x1", "x0")));
    expect(kinds(atOnce(setup, writer, tx("reader", read("x1"))))).toEqual(["aborted read"]);
  });

  test("an intermediate read (G1b)", () => {
    const writer = tx("writer", read("x0"), write("x1", "x0"), read("x1"), write("x2", "x1"));
    expect(kinds(atOnce(setup, writer, tx("reader", read("x1"))))).toEqual(["intermediate read"]);
  });

  test("a cycle of writes (G0)", () => {
    const one = tx("one", write("x1", "x0"), write("y2", "y1"));
    const other = tx("other", write("x2", "x1"), write("y1", "y0"));
    expect(kinds(atOnce(setup, one, other))).toEqual(["G0"]);
  });

  test("circular information flow (G1c)", () => {
    const one = tx("one", write("x1", "x0"), read("y1"));
    const other = tx("other", write("y1", "y0"), read("x1"));
    expect(kinds(atOnce(setup, one, other))).toEqual(["G1c"]);
  });

  test("a fractured read (G-single)", () => {
    const writer = tx("writer", write("x1", "x0"), write("y1", "y0"));
    expect(kinds(atOnce(setup, writer, tx("reader", read("x1"), read("y0"))))).toEqual([
      "G-single",
    ]);
  });

  test("read skew across two writers (G-single)", () => {
    const first = tx("first", read("x0"), write("x1", "x0"));
    const second = tx("second", read("x1"), write("y1", "y0"));
    const reader = tx("reader", read("x0"), read("y1"));
    expect(kinds(atOnce(setup, first, second, reader))).toEqual(["G-single"]);
  });

  test("two readings of one row that differ", () => {
    const writer = tx("writer", write("x1", "x0"));
    expect(kinds(atOnce(setup, writer, tx("reader", read("x0"), read("x1"))))).toEqual([
      "G-single",
    ]);
  });

  test("phantoms: both looked, found nothing and inserted", () => {
    const one = tx("one", found([]), write("p1", null));
    const other = tx("other", found([]), write("q1", null));
    expect(kinds(atOnce(one, other))).toEqual(["phantom"]);
  });

  test("a phantom between two readings of a range", () => {
    const inserter = tx("inserter", write("p1", null));
    expect(kinds(atOnce(inserter, tx("reader", found(["p1"]), found([]))))).toEqual(["phantom"]);
  });

  test("a phantom by a delete", () => {
    const remover = tx("remover", read("x0"), write("x1", "x0", null), write("y1", "y0"));
    expect(kinds(atOnce(setup, remover, tx("reader", found([]), read("y0"))))).toEqual(["phantom"]);
  });

  test("a phantom by a row that moved from one range to another", () => {
    const there = { group: "a", place: 8 };
    const mover = tx("mover", read("x0"), write("x1", "x0", there));
    const low = { group: "a", from: 0, to: 4 };
    const high = { group: "a", from: 5, to: 9 };
    const start = tx("setup", write("x0", null), write("z0", null, { group: "b", place: 1 }));
    const sawSetup: Observation = {
      kind: "get",
      row: "z",
      found: seen("z0", ["z0"], { group: "b", place: 1 }),
    };
    expect(
      kinds(atOnce(start, mover, tx("reader", sawSetup, found([], low), found([], high)))),
    ).toEqual(["phantom"]);
  });

  test("a phantom that only the read of a rolled back mutation tells of", () => {
    const one = tx("one", rolledBack(found([]), write("r1", null)), write("p1", null));
    const other = tx("other", found([]), write("q1", null));
    expect(kinds(atOnce(one, other))).toEqual(["phantom"]);
  });

  test("a phantom whose row comes and goes, whichever time it was looked for", () => {
    const come = tx("come", read("x0"), write("x1", "x0"), write("p1", null));
    const go = tx("go", read("x1"), write("x2", "x1"), read("p1"), write("p2", "p1", null));
    const back = tx("back", read("x2"), write("x3", "x2"), write("p3", "p2"));
    expect(
      kinds(atOnce(setup, come, go, back, tx("reader", read("x1"), found(["x1", "y0"])))),
    ).toEqual(["phantom"]);
    expect(
      kinds(atOnce(setup, come, go, back, tx("reader", read("x3"), found(["x3", "y0"])))),
    ).toEqual(["phantom"]);
    expect(
      kinds(atOnce(setup, come, go, back, tx("reader", read("x2"), found(["x2", "y0"])))),
    ).toEqual([]);
  });

  test("phantoms that contradict each other only in combination", () => {
    const p = tx("p", write("p1", null), read("x0"), write("x1", "x0"));
    const q = tx("q", write("q1", null), read("y0"), write("y1", "y0"));
    const place = (row: string) => readNothing(row);
    const first = tx("first", read("p1"), place("q"));
    const second = tx("second", read("q1"), place("p"));
    expect(kinds(atOnce(setup, p, q, first, second))).toEqual(["phantom"]);
  });

  test("a transaction that does not see what it wrote", () => {
    expect(kinds(serially(setup, tx("one", read("x0"), write("x1", "x0"), read("x0"))))).toEqual([
      "own writes",
    ]);
    expect(kinds(serially(setup, tx("one", write("p1", null), found(["x0", "y0"]))))).toEqual([
      "own writes",
    ]);
    expect(kinds(serially(setup, tx("one", write("x1", "x0", null), found(["x0", "y0"]))))).toEqual(
      ["own writes"],
    );
    const keeps = tx("one", rolledBack(write("x1", "x0"), write("p1", null)), found(["x1", "y0"]));
    expect(kinds(serially(setup, keeps))).toEqual(["aborted read"]);
  });

  test("a list that is not the chain of its versions", () => {
    const one = tx("one", read("x0"), write("x1", "x0"));
    const other = tx("other", read("x1"), write("x2", "x1"));
    const reader = (items: string[]) => tx("reader", read("x2", items));
    expect(kinds(serially(setup, one, other, reader(["x0", "x1", "x2"])))).toEqual([]);
    expect(kinds(serially(setup, one, other, reader(["x0", "x2"])))).toEqual(["wrong list"]);
    expect(kinds(serially(setup, one, other, reader(["x1", "x0", "x2"])))).toEqual(["wrong list"]);
  });

  test("a row in a range where it does not belong, and one that nobody wrote so", () => {
    const away = { group: "b", place: 1 };
    const stray = tx("reader", {
      kind: "range",
      range: ALL,
      found: [seen("x0", ["x0"], away)],
      stopped: null,
    });
    expect(kinds(serially(tx("setup", write("x0", null)), stray))).toEqual([
      "wrong row",
      "wrong row",
    ]);
  });

  test("an answer that others do not see afterwards", () => {
    const writer = tx("writer", read("x0"), write("x1", "x0"));
    expect(kinds(serially(setup, writer, tx("reader", read("x0"))))).toEqual(["real time"]);
    expect(kinds(atOnce(setup, writer, tx("reader", read("x0"))))).toEqual([]);
    const inserter = tx("inserter", write("p1", null));
    expect(kinds(serially(inserter, tx("reader", found([]))))).toEqual(["real time"]);
  });

  test("an answer that is taken back, in two steps that only real time connects", () => {
    const writer = { ...tx("writer", write("x1", "x0")), startedAt: 2, endedAt: 9 };
    const early = { ...tx("early", read("x1")), startedAt: 3, endedAt: 4 };
    const late = { ...tx("late", read("x0")), startedAt: 5, endedAt: 6 };
    expect(kinds([{ ...setup, endedAt: 1 }, writer, early, late])).toEqual(["real time"]);
  });

  test("work that did not take effect once", () => {
    const parent = tx("parent", { kind: "schedule", job: "job" });
    const job = { ...tx("job"), job: "job" };
    expect(kinds(serially(parent, job))).toEqual([]);
    expect(kinds(serially(parent))).toEqual(["not once"]);
    expect(kinds(serially(parent, job, job))).toEqual(["not once"]);
    expect(kinds(serially(aborted("parent", ...parent.observations), job))).toEqual(["not once"]);
    const undone = tx("parent", rolledBack({ kind: "schedule", job: "job" }));
    expect(kinds(serially(undone, job))).toEqual(["not once"]);
    const request = { ...tx("one"), request: "r" };
    expect(kinds(serially(request))).toEqual([]);
    expect(kinds(serially(request, { ...tx("again"), request: "r" }))).toEqual(["not once"]);
  });

  test("a job that does not see what its parent wrote", () => {
    const parent = tx("parent", write("x1", "x0"), { kind: "schedule", job: "job" });
    const job = { ...tx("job", read("x0")), job: "job" };
    expect(kinds(atOnce(setup, parent, job))).toEqual(["real time"]);
  });
});

describe("histories that pass", () => {
  test("serial ones with everything there is", () => {
    const moved = { group: "b", place: 3 };
    const history = serially(
      setup,
      tx("append", read("x0"), write("x1", "x0")),
      tx("list", read("x1", ["x0", "x1"]), found(["x1", "y0"])),
      tx("insert", found([], { group: "b", from: 0, to: 9 }), write("p1", null, moved), {
        kind: "schedule",
        job: "j",
      }),
      {
        ...tx(
          "job",
          { kind: "get", row: "p", found: seen("p1", ["p1"], moved) },
          write("p2", "p1"),
        ),
        job: "j",
      },
      aborted("failed", read("p2"), write("p3", "p2"), write("q1", null)),
      tx(
        "nested",
        rolledBack(read("p2"), write("p4", "p2")),
        read("p2"),
        write("p5", "p2", null),
        readNothing("p"),
      ),
      tx("after", readNothing("p"), found(["x1", "y0"])),
    );
    expect(checkHistory(history)).toEqual([]);
  });

  test("an old snapshot that was asked for", () => {
    const writer = tx("writer", write("x1", "x0"), write("y1", "y0"));
    const old = { ...tx("old", read("x0"), read("y0")), isOfThePast: true };
    expect(kinds(serially(setup, writer, old))).toEqual([]);
  });

  test("a range that stopped at its limit says nothing of what lies behind", () => {
    const place = (version: string, at: number) =>
      seen(version, [version], { group: "a", place: at });
    const put = (version: string, at: number) => write(version, null, { group: "a", place: at });
    const start = tx("setup", put("x0", 1), put("y0", 5));
    const range = (stopped: "asc" | "desc", ...rows: readonly FoundRow[]): Observation => ({
      kind: "range",
      range: ALL,
      found: rows,
      stopped,
    });
    expect(kinds(serially(start, tx("reader", range("asc", place("x0", 1)))))).toEqual([]);
    expect(kinds(serially(start, tx("reader", range("desc", place("y0", 5)))))).toEqual([]);
    expect(kinds(serially(start, tx("reader", range("asc", place("y0", 5)))))).toEqual(["phantom"]);
  });

  test("rows that come and go, where some time fits each reader", () => {
    const insert = tx("insert", write("p1", null));
    const remove = tx("remove", read("p1"), write("p2", "p1", null));
    const readers = ["early", "late"].map((name) => tx(name, found(["x0", "y0"])));
    expect(kinds(atOnce(setup, insert, remove, ...readers))).toEqual([]);
  });
});
