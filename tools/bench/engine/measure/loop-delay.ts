/**
 * `loopDelayP99`: how late the delivery thread is while everything that could hold it
 * runs beside it: actions that hash passwords, an index backfill over 300,000 documents
 * and an export of them.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startLoad } from "../load-process.ts";
import { type Measured, number, under } from "../report.ts";
import type { Stages } from "../stages.ts";
import { percentile } from "../statistics.ts";

const ITEMS = 300_000;
const LEAD_MS = 2_000;
const MIN_MS = 10_000; // that the actions alone are seen too

export async function loopDelayP99(stages: Stages): Promise<Measured> {
  const stage = await stages.filled(ITEMS);
  const load = startLoad();
  const zip = join(stage.dataDir, "../export.zip");
  try {
    await load.ask("beginMixed", { url: stage.engine.url, ids: stage.sample });
    await sleep(LEAD_MS); // the actions' workers start
    await stage.probe.start();
    const [backfillSeconds, exportSeconds] = await Promise.all([
      timed(() => stage.pushAnotherIndex()),
      timed(() => stage.cli("export", "--path", zip)),
      sleep(MIN_MS),
    ]);
    const { lateMs } = await stage.probe.read();
    const done = await load.ask("endMixed", {});
    const value = percentile(lateMs, 0.99);
    return {
      name: "loopDelayP99",
      value,
      unit: "ms",
      floor: null,
      ratio: null,
      bounds: [under(value, 20, "ms")],
      details: [
        `p50 ${number(percentile(lateMs, 0.5))} ms, longest ${number(Math.max(...lateMs))} ms, ${lateMs.length} ticks`,
        `backfill ${number(backfillSeconds)} s and export ${number(exportSeconds)} s by the CLI`,
        `${done.mutations} mutations, ${done.queries} queries, ${done.signIns} hashes beside them`,
      ],
    };
  } finally {
    load.end();
    rmSync(zip, { force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
