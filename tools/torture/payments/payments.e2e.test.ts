/** A short torture of payments; `npm run test:long` has the long one. */
import { expect, test } from "vitest";
import { torturePayments } from "./torture-payments.ts";

/** What was said is worth reading only when something was found. */
async function torture(isReconciled: boolean, seed: number) {
  const said: string[] = [`seed ${seed}`];
  const options = { purchases: 60, seed, isReconciled };
  const report = await torturePayments(options, (text) => said.push(text));
  return { report, said: said.join("\n") };
}

test("[REP3] after lost, doubled and late webhooks everybody has what the providers give", async () => {
  const { report, said } = await torture(true, 1); // the long run draws its seed
  expect(report, said).toMatchObject({ purchases: 60, wrongAccess: 0 });
  expect(report.lost, said).toBeGreaterThan(0);
  expect(report.repaired, said).toBeGreaterThan(0);
}, 180_000);

test("[REP3] without reconciliation they have not", async () => {
  const { report } = await torture(false, 1);
  expect(report.wrongAccess).toBeGreaterThan(0);
}, 180_000);
