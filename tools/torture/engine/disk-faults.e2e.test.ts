/** The engine on disks that are full, broken or forgetful. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemsAtRest } from "./at-rest.ts";
import { type DiskBed, diskBed } from "./disk-bed.ts";

let bed: DiskBed;
beforeEach(async () => {
  bed = await diskBed();
});
afterEach(() => bed.remove());

const output = () => bed.engine.lastLines().join("\n");

/** What the engine holds after it was started again on a disk that works. */
async function storedAfterRepair(): Promise<number> {
  bed.supply.fault("none");
  await bed.start();
  const stored = await bed.stored();
  expect(problemsAtRest(bed.dataDir)).toEqual([]);
  return stored;
}

test("[CRASH3] a new directory survives a power cut once the engine is up, its admin key too", async () => {
  await bed.start();
  const key = bed.engine.adminKey;
  await bed.write((written) => written === 3);
  await bed.cutPower();
  await bed.start();
  expect(bed.engine.adminKey).toBe(key);
  expect(await bed.stored()).toBe(3);
});

test.each([
  ["no room in the log", "full data.sqlite-wal 200000", "database or disk is full"],
  ["a write that fails", "write-error data.sqlite-wal", "disk I/O error"],
  ["a sync that fails", "sync-error data.sqlite-wal", "disk I/O error"],
])(
  "[CRASH4] %s stops it with the reason; when it works again all that was acknowledged is there",
  async (_, fault, reason) => {
    await bed.start();
    await bed.write((written) => written === 5);
    bed.supply.fault(fault);
    await bed.write((written) => written === 200);
    expect(await bed.engine.ended()).toBe(1);
    expect(output()).toContain(`The data could not be written, so the deployment stops: `);
    expect(output()).toContain(reason);
    expect(bed.acknowledged).toBeLessThan(200);
    bed.supply.cut("nothing"); // after a failed sync, what it was for may be gone
    expect(await storedAfterRepair()).toBe(bed.acknowledged);
    await bed.write((written) => written === 3);
    expect(await bed.stored()).toBe(bed.acknowledged);
  },
);

test("[CRASH4] writes that the disk takes in pieces are whole", async () => {
  await bed.start();
  bed.supply.fault("short-write data.sqlite-wal");
  await bed.write((written) => written === 20);
  expect(bed.acknowledged).toBe(20);
  await bed.cutPower();
  expect(await storedAfterRepair()).toBe(20);
});

test("[CRASH5] without room for a new directory it does not start, and says why", async () => {
  bed.supply.fault("full data.sqlite 0");
  await expect(bed.start()).rejects.toThrow(/cannot be opened: database or disk is full/);
  bed.supply.fault("none");
  await bed.start();
  await bed.write((written) => written === 1);
  expect(await bed.stored()).toBe(1);
});

test("[CRASH6] a checkpoint that fails is told, loses nothing, and is done later", async () => {
  await bed.start();
  bed.supply.fault("sync-error data.sqlite");
  const isTold = () => output().includes("store.checkpoint_failed");
  await bed.write((written) => isTold() || written === 2_000);
  expect(isTold()).toBe(true);
  await bed.write((written) => written === 3);
  await bed.cutPower();
  expect(await storedAfterRepair()).toBe(bed.acknowledged);
  await bed.engine.stop(); // moves the log into the database
  expect(statSync(join(bed.dataDir, "data.sqlite-wal")).size).toBe(0);
}, 120_000);
