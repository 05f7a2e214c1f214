/** `mutations64` and `mutationP50`: durable mutations over WebSocket, beside the floor. */
import { type Floor, startFloor } from "../floor.ts";
import { type LoadProcess, startLoad } from "../load-process.ts";
import { atLeast, atMost, type Measured, number } from "../report.ts";
import { openStage } from "../stage.ts";
import { median, percentile } from "../statistics.ts";

const SOCKETS = 64;
const ROUNDS = 3;
const ROUND_MS = 4_000;
const WARM_UP_MS = 2_000;
const COUNT = 1_000;

export async function mutations64(): Promise<Measured> {
  return await besideFloor(async (load, url, floor) => {
    const flood = async (to: string, forMs: number) =>
      (await load.ask("floodMutations", { url: to, sockets: SOCKETS, forMs })).perSecond;
    for (const to of [url, floor.url]) await flood(to, WARM_UP_MS);
    const [rates, floorRates]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      rates.push(await flood(url, ROUND_MS));
      floorRates.push(await flood(floor.url, ROUND_MS));
    }
    const [value, floorRate] = [median(rates), median(floorRates)];
    const ratio = value / floorRate;
    const { documents, indexRows } = floor.pattern;
    return {
      name: "mutations64",
      value,
      unit: "/s",
      floor: floorRate,
      ratio,
      bounds: [atLeast(value, 3_000, "/s"), atLeast(ratio, 0.3, "of the floor")],
      details: [
        `each mutation writes ${documents.length} documents and ${indexRows.length} index rows, on both sides`,
        `rounds: ${rates.map(number).join(", ")}; floor ${floorRates.map(number).join(", ")}`,
      ],
    };
  });
}

export async function mutationP50(): Promise<Measured> {
  return await besideFloor(async (load, url, floor) => {
    const latencies = await load.ask("timeMutations", { url, count: COUNT });
    const floorLatencies = await load.ask("timeMutations", { url: floor.url, count: COUNT });
    const [value, floorP50] = [percentile(latencies, 0.5), percentile(floorLatencies, 0.5)];
    return {
      name: "mutationP50",
      value,
      unit: "ms",
      floor: floorP50,
      ratio: value / floorP50,
      bounds: [atMost(value, 3, "ms")],
      details: [`p99 ${number(percentile(latencies, 0.99))} ms, ${COUNT} mutations of one client`],
    };
  });
}

async function besideFloor(
  measure: (load: LoadProcess, url: string, floor: Floor) => Promise<Measured>,
): Promise<Measured> {
  const stage = await openStage();
  const load = startLoad();
  try {
    const floor = await startFloor(stage, load);
    try {
      return await measure(load, stage.engine.url, floor);
    } finally {
      floor.close();
    }
  } finally {
    load.end();
    await stage.close();
  }
}
