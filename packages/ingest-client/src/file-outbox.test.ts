import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { post, posts } from "../test/events.ts";
import { outboxContract } from "../test/outbox-contract.ts";
import { OutboxBusyError } from "./file-lock.ts";
import { type FileOutbox, openFileOutbox } from "./file-outbox.ts";
import { createMemoryOutbox } from "./outbox.ts";
import { OutboxDamagedError } from "./outbox-lines.ts";

async function withPath<T>(act: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "outbox-"));
  try {
    return await act(join(directory, "outbox.ndjson"));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function withFile<T>(path: string, act: (outbox: FileOutbox) => Promise<T>): Promise<T> {
  const outbox = await openFileOutbox(path);
  try {
    return await act(outbox);
  } finally {
    await outbox.close();
  }
}

const pendingIn = (path: string) =>
  withFile(path, async (outbox) => outbox.pending(100_000).map(({ event }) => event.messageId));

outboxContract("file", (act) => withPath((path) => withFile(path, act)));
outboxContract("memory", (act) => act(createMemoryOutbox()));

test.skipIf(process.platform === "win32")(
  "[FILE7] nobody but its owner reads the file, one from before and a rewritten one neither",
  () =>
    withPath(async (path) => {
      const modeOf = async () => (await stat(path)).mode & 0o777;
      await writeFile(path, "", { mode: 0o644 });
      const outbox = await openFileOutbox(path, { rewriteAboveBytes: 0 });
      expect(await modeOf()).toBe(0o600);
      const ids = await outbox.append(posts(20));
      await outbox.settle(ids.slice(1));
      await outbox.close();
      expect((await readFile(path, "utf8")).split("\n")).toHaveLength(2); // rewritten
      expect(await modeOf()).toBe(0o600);
    }),
);

test("[FILE1] what was appended is there after a kill, once", { timeout: 20_000 }, () =>
  withPath(async (path) => {
    const script = new URL("../test/append-until-killed.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const safe: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      safe.push(line);
      if (safe.length === 100) child.kill("SIGKILL");
    }
    await ended;
    const found = await pendingIn(path);
    expect(found).toEqual(expect.arrayContaining(safe));
    expect(new Set(found).size).toBe(found.length);
  }),
);

test("[FILE1] entries keep their order over a close, and new ones come after them", () =>
  withPath(async (path) => {
    await withFile(path, (outbox) => outbox.append(posts(3)));
    await withFile(path, (outbox) => outbox.append([post("later")]));
    expect(await pendingIn(path)).toEqual(["m1", "m2", "m3", "later"]);
  }));

test("[FILE2] what was settled does not come back", () =>
  withPath(async (path) => {
    await withFile(path, async (outbox) =>
      outbox.settle((await outbox.append(posts(3))).slice(0, 2)),
    );
    expect(await pendingIn(path)).toEqual(["m3"]);
    await withFile(path, async (outbox) => outbox.settle(outbox.pending(9).map(({ id }) => id)));
    await withFile(path, (outbox) => outbox.append([post("m4")]));
    expect(await pendingIn(path)).toEqual(["m4"]);
  }));

test("[FILE3] a last line cut off anywhere is dropped and the file goes on after it", () =>
  withPath(async (path) => {
    await withFile(path, (outbox) => outbox.append(posts(2)));
    const whole = await readFile(path);
    const cutFrom = whole.indexOf("\n") + 1;
    for (let length = cutFrom; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      expect(await pendingIn(path)).toEqual(["m1"]);
      await withFile(path, (outbox) => outbox.append([post("next")]));
      expect(await pendingIn(path)).toEqual(["m1", "next"]);
    }
  }));

test("[FILE3] damage in the middle is refused, naming the line", () =>
  withPath(async (path) => {
    await withFile(path, (outbox) => outbox.append(posts(2)));
    await appendFile(path, 'not an entry\n{"done":[1]}\n');
    await expect(openFileOutbox(path)).rejects.toThrow(OutboxDamagedError);
    await expect(openFileOutbox(path)).rejects.toThrow("line 3");
  }));

test("[FILE4] the file is rewritten when most of it is done with, losing nothing", () =>
  withPath(async (path) => {
    const outbox = await openFileOutbox(path, { rewriteAboveBytes: 2_000 });
    const kept = await outbox.append([post("kept")]);
    for (let times = 0; times < 50; times++) {
      const [ids] = await Promise.all([outbox.append(posts(5)), outbox.append([])]);
      await outbox.settle(ids);
    }
    expect((await stat(path)).size).toBeLessThan(5_000);
    expect(outbox.pending(9).map(({ id }) => id)).toEqual(kept);
    await outbox.close();
    expect(await pendingIn(path)).toEqual(["kept"]);
  }));

test("[FILE4] a rewrite between an append and its end keeps the new entry", () =>
  withPath(async (path) => {
    const outbox = await openFileOutbox(path, { rewriteAboveBytes: 1 });
    for (let times = 0; times < 20; times++) {
      const ids = await outbox.append(posts(4));
      await Promise.all([outbox.settle(ids), outbox.append([post(`late${times}`)])]);
    }
    await outbox.close();
    expect(await pendingIn(path)).toEqual(Array.from({ length: 20 }, (_, n) => `late${n}`));
  }));

test("[FILE5] a second opening is refused while the first is open", () =>
  withPath(async (path) => {
    await withFile(path, async () => {
      await expect(openFileOutbox(path)).rejects.toThrow(OutboxBusyError);
    });
    await withFile(path, (outbox) => outbox.append([post("m1")]));
  }));

test("[FILE5] a lock left by a dead process is taken over", () =>
  withPath(async (path) => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("close", resolve));
    await writeFile(`${path}.lock`, String(child.pid));
    await withFile(path, (outbox) => outbox.append([post("m1")]));
    expect(await pendingIn(path)).toEqual(["m1"]);
  }));

test("[FILE5] a lock left by a process that had this one's number is taken over", () =>
  withPath(async (path) => {
    await writeFile(`${path}.lock`, `${process.pid} 1`);
    await withFile(path, (outbox) => outbox.append([post("m1")]));
    expect(await pendingIn(path)).toEqual(["m1"]);
  }));

test("[FILE5] of several that find a dead one's lock at once, one gets it", () =>
  withPath(async (path) => {
    await writeFile(`${path}.lock`, "999999999 1");
    const opened = await Promise.allSettled(Array.from({ length: 8 }, () => openFileOutbox(path)));
    const held = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(held.length).toBeLessThanOrEqual(1);
    for (const outbox of held) await outbox.close();
    await withFile(path, (outbox) => outbox.append([post("m1")]));
  }));

test("[FILE6] after the file is gone under it, every append fails and nothing becomes pending", () =>
  withPath(async (path) => {
    const outbox = await openFileOutbox(path);
    await outbox.close();
    await expect(outbox.append([post("m1")])).rejects.toThrow();
    await expect(outbox.append([post("m2")])).rejects.toThrow();
    expect(outbox.pending(9)).toEqual([]);
  }));
