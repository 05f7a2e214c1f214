/** `findOneOf10000` and `idleSocketsMB`: what many who watch cost. */
import { readCounters } from "../../../deployment/metrics.ts";
import { inDatabaseProcess } from "../database-task.ts";
import { startLoad } from "../load-process.ts";
import { type Measured, number, under } from "../report.ts";
import { openStage } from "../stage.ts";
import type { Stages } from "../stages.ts";

const SUBSCRIPTIONS = 10_000;
const SOCKETS = 100;
const IDLE_SOCKETS = 5_000;
const SETTLE_MS = 3_000;

export async function findOneOf10000(stages: Stages): Promise<Measured> {
  const stage = await stages.filled(SUBSCRIPTIONS);
  const ids = stage.sample.slice(0, SUBSCRIPTIONS);
  if (ids.length < SUBSCRIPTIONS) throw new Error(`only ${ids.length} ids to watch`);
  const overWire = await touchOverWire(stage.engine.url, ids);
  const found = await stages.stopped(SUBSCRIPTIONS, (dir) => inDatabaseProcess("find", dir, ids));
  const { p50Ms, p99Ms, touches, told, executions } = found;
  return {
    name: "findOneOf10000",
    value: p99Ms,
    unit: "ms",
    floor: null,
    ratio: null,
    bounds: [
      under(p99Ms, 1, "ms (p99) from a commit's announcement to its watchers"),
      { promise: "one execution per touch over WebSocket", holds: overWire.executions === 1 },
      { promise: "one socket told over WebSocket", holds: overWire.pushes === 1 },
      {
        promise: `one watcher told and one execution in each of ${touches} touches`,
        holds: told === touches && executions === touches,
      },
    ],
    details: [`p50 ${number(p50Ms * 1_000)} us, ${SUBSCRIPTIONS} subscriptions`],
  };
}

async function touchOverWire(url: string, ids: readonly string[]) {
  const load = startLoad();
  try {
    await load.ask("watchEach", { url, sockets: SOCKETS, ids });
    const before = await readCounters(url);
    const { pushes } = await load.ask("touch", { url, id: ids[Math.floor(ids.length / 2)] ?? "" });
    const after = await readCounters(url);
    return { pushes, executions: after.executions("items:get") - before.executions("items:get") };
  } finally {
    load.end();
  }
}

export async function idleSocketsMB(): Promise<Measured> {
  const stage = await openStage();
  const load = startLoad();
  try {
    const before = (await stage.probe.read()).rssMB;
    await load.ask("openIdle", { url: stage.engine.url, sockets: IDLE_SOCKETS });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const value = (await stage.probe.read()).rssMB;
    return {
      name: "idleSocketsMB",
      value,
      unit: "MB",
      floor: null,
      ratio: null,
      bounds: [under(value, 400, "MB, the whole process")],
      details: [
        `${IDLE_SOCKETS} sockets, each watching a query; ${number(before)} MB without them`,
      ],
    };
  } finally {
    load.end();
    await stage.close();
  }
}
