import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { MemoryRoleServer } from "../../test/memory-role-server.ts";
import type { SweepResult, SweepWork } from "../backend.ts";
import { DriftSweeper, type SweeperDoors } from "./drift-sweeper.ts";

const ASKED = [{ sweepId: "sweep-1", guildId: "club", roleIds: [] }] as unknown as SweepWork[]; // ids are plain text here

function sweeping(
  endSweep: SweeperDoors["backend"]["endSweep"],
  sweepRows: SweeperDoors["backend"]["sweepRows"] = async () => ({ rows: [], cursor: null }),
) {
  const clock = new ManualClock();
  let ask: (sweeps: readonly SweepWork[]) => void = () => {};
  const sweeper = new DriftSweeper(
    {
      clock,
      log: () => {},
      openServer: () => new MemoryRoleServer({}),
      backend: {
        watchSweeps: (_, onChange) => {
          ask = onChange;
          return () => {};
        },
        sweepRows,
        noteDrift: async () => {},
        endSweep,
      },
    },
    { shard: 0, epoch: 1, mayAct: () => true, onLost: () => {} },
  );
  sweeper.start();
  return { clock, ask: (sweeps: readonly SweepWork[]) => ask(sweeps) };
}

test("a sweep that is asked for after a list without any is made", async () => {
  const ended: string[] = [];
  const { clock, ask } = sweeping(async (_, __, sweepId) => void ended.push(sweepId));
  ask([]);
  await clock.advance(0);
  ask(ASKED);
  await clock.advance(0);
  expect(ended).toEqual(["sweep-1"]);
});

test("a sweep whose result the backend refused is made again", async () => {
  let tries = 0;
  const { clock, ask } = sweeping(async () => {
    tries += 1;
    if (tries === 1) throw new Error("the backend fails");
  });
  ask(ASKED);
  await clock.advance(0);
  await clock.advance(60_000);
  expect(tries).toBe(2);
});

test("a sweep that the backend breaks off has failed, and is not left open", async () => {
  const ended: SweepResult[] = [];
  const { clock, ask } = sweeping(
    async (_, __, ___, result) => void ended.push(result),
    async () => {
      throw new Error("too much at once");
    },
  );
  ask(ASKED);
  await clock.advance(0);
  expect(ended).toMatchObject([{ state: "failed", message: "too much at once" }]);
});
