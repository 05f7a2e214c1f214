/** A short torture; `npm run test:long` has the long one. */
import { expect, test } from "vitest";
import { tortureEngine } from "./torture-engine.ts";

const NOTHING = { lost: 0, torn: 0, repeated: 0 };

/** What was said is worth reading only when something was found. */
async function torture(options: Parameters<typeof tortureEngine>[0]) {
  const said: string[] = [`seed ${options.seed}`];
  const report = await tortureEngine(options, (text) => said.push(text));
  return { report, said: said.join("\n") };
}

const seed = () => Date.now() % 1_000_000;

test("[CRASH1] killed at any moment, it has lost, torn and repeated nothing", async () => {
  const { report, said } = await torture({ kills: 10, powerCuts: 0, seed: seed() });
  expect(report, said).toEqual({ kills: 10, ...NOTHING });
}, 120_000);

test("[CRASH2] when the power fails, it has lost, torn and repeated nothing", async () => {
  const { report, said } = await torture({ kills: 0, powerCuts: 5, seed: seed() });
  expect(report, said).toEqual({ kills: 0, ...NOTHING });
}, 120_000);

test("[CRASH2] with synchronous off the same power cuts lose what was acknowledged, or damage the store", async () => {
  const run = torture({ kills: 0, powerCuts: 4, seed: 5, synchronousOff: true });
  const found = await run.then(({ report }) => report.lost > 0, isDamage);
  expect(found).toBe(true);
}, 120_000);

/** The engine refuses a store that the lost syncs have damaged: the loss is found all the same. */
function isDamage(error: unknown): boolean {
  if (error instanceof Error && error.message.includes("is damaged")) return true;
  throw error;
}
