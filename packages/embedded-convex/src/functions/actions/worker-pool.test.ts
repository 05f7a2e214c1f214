import { expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { newClaim, WorkerPool } from "./worker-pool.ts";

const CODE = `exports.one = Object.assign(() => {}, { isAction: true, invokeAction: async () => "1" });`;

test("[ACT36] what a replaced version still begins leaves no thread behind", async () => {
  const setup = {
    modules: new Map([["", [{ path: "a.js", code: CODE, environment: "isolate" as const }]]]),
    components: [{ path: "", definition: "", env: {}, args: {} }],
    projectRoot: ".",
  };
  const pool = new WorkerPool(setup, {}, { clock: systemClock(), logger: () => {} });
  pool.retire();
  const ended = Promise.withResolvers<string>();
  const place = { type: "action", component: "", module: "a.js", name: "one" } as const;
  pool.start(
    { ...place, id: 1, claim: newClaim(), args: "[{}]" },
    {
      started: () => {},
      message: (message) => {
        if (message.type === "finished") ended.resolve(message.payload);
      },
      lost: ended.reject,
    },
    ({ worker, job }) => void ended.promise.then(() => worker.forget(job.id)),
  );
  expect(await ended.promise).toBe("1");
  await expect.poll(() => pool.stats().workers).toBe(0);
  expect(pool.isDone).toBe(true);
});
