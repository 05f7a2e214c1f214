import { expect, test } from "vitest";
import { settled } from "../../test/manual-clock.ts";
import { MemoryRoleServer } from "../../test/memory-role-server.ts";
import type { SweepResult, SweepWork } from "../backend.ts";
import { DriftSweeper } from "./drift-sweeper.ts";

test("sweeps that are asked for later are done, each once", async () => {
  const ended: string[] = [];
  let ask: (sweeps: readonly SweepWork[]) => void = () => {};
  const sweeper = new DriftSweeper(
    {
      backend: {
        watchSweeps: (_, onChange) => {
          ask = onChange;
          return () => {};
        },
        sweepRows: async () => ({ rows: [], cursor: null }),
        noteDrift: async () => {},
        endSweep: async (_, __, sweepId) => void ended.push(sweepId),
      },
      log: () => {},
      openServer: () => new MemoryRoleServer({}),
    },
    { shard: 0, epoch: 1, mayAct: () => true, onLost: () => {} },
  );
  sweeper.start();
  ask([]);
  await settled();
  const sweep = (id: string) =>
    ({ sweepId: id, guildId: "club", roleIds: [] }) as unknown as SweepWork;
  ask([sweep("one"), sweep("two")]);
  await settled();
  expect(ended).toEqual(["one", "two"]);
  ask([]);
  ask([sweep("three")]);
  await settled();
  expect(ended).toEqual(["one", "two", "three"]);
  await sweeper.finish();
});

test("a sweep that the backend breaks off has failed, and is not left open", async () => {
  const ended: SweepResult[] = [];
  const sweeper = new DriftSweeper(
    {
      backend: {
        watchSweeps: (_, onChange) => {
          onChange([{ sweepId: "one", guildId: "club", roleIds: [] } as unknown as SweepWork]);
          return () => {};
        },
        sweepRows: async () => {
          throw new Error("too much at once");
        },
        noteDrift: async () => {},
        endSweep: async (_, __, ___, result) => void ended.push(result),
      },
      log: () => {},
      openServer: () => new MemoryRoleServer({}),
    },
    { shard: 0, epoch: 1, mayAct: () => true, onLost: () => {} },
  );
  sweeper.start();
  await settled();
  expect(ended).toMatchObject([{ state: "failed", message: "too much at once" }]);
  await sweeper.finish();
});
