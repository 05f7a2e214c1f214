/**
 * `readFlat` and `commitFlat`: does the database stay as fast from 10,000 to 1,000,000
 * documents? Without functions and sockets, beside bare SQLite on a copy of the file.
 */
import type { Paces } from "../database-messages.ts";
import { inDatabaseProcess } from "../database-task.ts";
import type { MeasurementName } from "../options.ts";
import { atLeast, atMost, type Measured, number } from "../report.ts";
import type { Stages } from "../stages.ts";

const SMALL = 10_000;
const LARGE = 1_000_000;

export async function readFlat(stages: Stages): Promise<Measured> {
  return await flat(stages, "readFlat", "reads");
}

export async function commitFlat(stages: Stages): Promise<Measured> {
  return await flat(stages, "commitFlat", "commits");
}

async function flat(
  stages: Stages,
  name: MeasurementName,
  task: "reads" | "commits",
): Promise<Measured> {
  const measure = async (items: number): Promise<Paces> =>
    await stages.stopped(items, (dir, ids) => inDatabaseProcess(task, dir, ids));
  const [small, large] = [await measure(SMALL), await measure(LARGE)];
  const value = large.engine.p50Ms / small.engine.p50Ms;
  const shares = [small, large].map(({ engine, bare }) => engine.perSecond / bare.perSecond);
  const [shareOfSmall = Number.NaN, shareOfLarge = Number.NaN] = shares;
  const ratio = Math.min(...shares);
  return {
    name,
    value,
    unit: "times",
    floor: large.bare.p50Ms / small.bare.p50Ms,
    ratio,
    bounds: [
      atMost(value, 1.5, "times the p50 at 10,000 documents"),
      atLeast(shareOfSmall, 0.5, "of bare SQLite's throughput at 10,000"),
      atLeast(shareOfLarge, 0.5, "of bare SQLite's throughput at 1,000,000"),
    ],
    details: [
      `at 10,000: ${describe(small)}`,
      `at 1,000,000: ${describe(large)}`,
      `the ratio is the smaller share of bare SQLite's throughput, the floor its own growth`,
    ],
  };
}

function describe({ engine, bare }: Paces): string {
  const us = (ms: number) => `${number(ms * 1_000)} us`;
  return `p50 ${us(engine.p50Ms)}, ${number(engine.perSecond)}/s; bare SQLite p50 ${us(bare.p50Ms)}, ${number(bare.perSecond)}/s`;
}
