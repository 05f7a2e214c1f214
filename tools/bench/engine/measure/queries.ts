/** `queryP50`: a point query nobody has asked yet, over WebSocket, beside the floor. */
import { startFloor } from "../floor.ts";
import { startLoad } from "../load-process.ts";
import { atMost, type Measured, number } from "../report.ts";
import { openStage } from "../stage.ts";
import { percentile } from "../statistics.ts";

const ITEMS = 3_000; // each is asked for once

export async function queryP50(): Promise<Measured> {
  const stage = await openStage(ITEMS);
  const load = startLoad();
  try {
    const floor = await startFloor(stage, load);
    try {
      const ids = stage.sample;
      const latencies = await load.ask("timeQueries", { url: stage.engine.url, ids });
      const floorLatencies = await load.ask("timeQueries", { url: floor.url, ids });
      const [value, floorP50] = [percentile(latencies, 0.5), percentile(floorLatencies, 0.5)];
      return {
        name: "queryP50",
        value,
        unit: "ms",
        floor: floorP50,
        ratio: value / floorP50,
        bounds: [atMost(value, 1, "ms")],
        details: [
          `p99 ${number(percentile(latencies, 0.99))} ms, ${latencies.length} different items`,
        ],
      };
    } finally {
      floor.close();
    }
  } finally {
    load.end();
    await stage.close();
  }
}
