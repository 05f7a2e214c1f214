import { once } from "node:events";
import { getPriority, platform } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

const MODULE = JSON.stringify(new URL("./low-priority.ts", import.meta.url).href);

test.runIf(platform() === "linux")(
  "[ACT30] the calling thread steps behind, the others stay where they are",
  async () => {
    const before = getPriority();
    const worker = new Worker(
      `import(${MODULE}).then(({ lowerPriority }) => {
        lowerPriority();
        require("node:worker_threads").parentPort.postMessage(require("node:os").getPriority());
      })`,
      { eval: true },
    );
    const [lowered] = await once(worker, "message");
    expect(lowered).toBe(Math.max(10, before));
    expect(getPriority()).toBe(before);
    await worker.terminate();
  },
);
