/**
 * `npm run bench -- engine [--only NAME,NAME] [--json]`: is the embedded engine as fast
 * as promised? Each figure stands beside its bounds and, where there is one, a floor
 * measured in the same run.
 *
 *   this process    tells the others what to do
 *   engine          the deployment, with the fixture app pushed by the official CLI
 *   load            every client of a measurement
 *   floor           a server that only parses, writes and answers
 *   database        the engine's database beside bare SQLite, without functions and sockets
 */
import { commitFlat, readFlat } from "./measure/flat.ts";
import { loopDelayP99 } from "./measure/loop-delay.ts";
import { mutationP50, mutations64 } from "./measure/mutations.ts";
import { queryP50 } from "./measure/queries.ts";
import { ingestDuringSignIns } from "./measure/sign-ins.ts";
import { startSeconds } from "./measure/start.ts";
import { findOneOf10000, idleSocketsMB } from "./measure/subscriptions.ts";
import type { EngineOptions, MeasurementName } from "./options.ts";
import { describe, type Measured } from "./report.ts";
import { createStages, type Stages } from "./stages.ts";

const MEASURE: Record<MeasurementName, (stages: Stages) => Promise<Measured>> = {
  mutations64,
  mutationP50,
  queryP50,
  readFlat,
  commitFlat,
  findOneOf10000,
  idleSocketsMB,
  startSeconds,
  loopDelayP99,
  ingestDuringSignIns,
};

/** Measures what is wanted, one after the other, and tells each as soon as it is known. */
export async function runEngineBench(
  { only }: EngineOptions,
  say: (text: string) => void,
): Promise<readonly Measured[]> {
  const stages = createStages(say);
  const measured: Measured[] = [];
  try {
    for (const name of only) {
      const one = await MEASURE[name](stages);
      say(describe(one));
      measured.push(one);
    }
  } finally {
    await stages.close();
  }
  return measured;
}
