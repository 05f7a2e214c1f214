/** Two chains of calls under `Promise.all`, long enough that the loop cuts them into slices. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { callOf, type FunctionApp, startFunctionApp } from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";

const CODE = `
const spin = () => { let x = 0; for (let i = 0; i < 150000; i++) x = (x * 31 + i) | 0; return x; };
const interleaved = (act) => async () => {
  const order = [];
  const chain = async (name, ticks) => {
    for (let n = 0; n < 10; n++) {
      for (let tick = 0; tick < ticks; tick++) await null;
      await act(name);
      order.push(name);
      spin();
    }
  };
  await Promise.all([chain("a", 0), chain("b", 4)]);
  return order.join("");
};
export const inserts = mutation(interleaved((name) => call("1.0/insert", { table: "items", value: { name } })));
export const counts = query(interleaved(() => call("1.0/count", { table: "items" })));
`;

let app: FunctionApp;
beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy([rawModule("m.js", CODE)]);
});
afterAll(() => app.close());

const RUNS = 30;

test("[DET14] a mutation's writes are made in the same order each time, the queue's", async () => {
  const orders = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const outcome = await app.room.mutation(callOf("m:inserts"));
    orders.add(outcome.ok ? outcome.json : outcome.failure.text);
  }
  expect([...orders]).toEqual(['"abababababababababab"']);
});

test("[DET14] a query's reads go the same way each time", async () => {
  const orders = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const { result } = await app.room.query(callOf("m:counts"));
    orders.add(result.ok ? result.json : result.failure.text);
  }
  expect(orders.size).toBe(1);
});
