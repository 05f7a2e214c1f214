import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import { apiError } from "../../test/memory-channel.ts";
import { MemoryRoleServer } from "../../test/memory-role-server.ts";
import { rateLimit, roleWork } from "../../test/role-work.ts";
import type { RoleSettlement, RoleWork } from "../backend.ts";
import type { RoleServer } from "./role-server.ts";
import { RoleWorker } from "./role-worker.ts";

function stage(servers: Readonly<Record<string, RoleServer>>, mayAct = () => true) {
  const clock = new ManualClock();
  const settlements: RoleSettlement[] = [];
  const heard: string[] = [];
  let offer: (rows: readonly RoleWork[]) => void = () => {};
  const worker = new RoleWorker(
    {
      backend: {
        watchRoles: (_, onChange) => {
          offer = onChange;
          return () => {};
        },
        settleRoles: async (_, __, results) => {
          settlements.push(...results);
          return "settled";
        },
      },
      clock,
      log: (event) => heard.push(event),
      openServer: (guildId) => servers[guildId] ?? new MemoryRoleServer({}),
      onTokenRefused: () => heard.push("token refused"),
    },
    { shard: 0, epoch: 1, mayAct, onLost: () => heard.push("lease lost") },
  );
  worker.start();
  return { worker, clock, settlements, heard, offer: (rows: readonly RoleWork[]) => offer(rows) };
}

const members = ["a", "b", "c", "d", "e", "f"];
const crowd = (guildId = "club") =>
  members.map((id) =>
    roleWork({ id: `${id} in ${guildId}`, guildId, discordId: id, take: ["pro"] }),
  );
const held = () => new MemoryRoleServer(Object.fromEntries(members.map((id) => [id, ["pro"]])));

test("everybody on the list is worked on once, also when it is pushed again", async () => {
  const server = held();
  const { offer, settlements } = stage({ club: server });
  offer(crowd());
  offer(crowd());
  await settled();
  expect(server.calls).toHaveLength(6);
  expect(settlements).toHaveLength(6);
});

test("a settled member is worked on again when something else is wanted", async () => {
  const server = held();
  const { offer } = stage({ club: server });
  offer([roleWork({ id: "a", discordId: "a", take: ["pro"] })]);
  await settled();
  offer([roleWork({ id: "a", discordId: "a", give: ["pro"], revision: 2 })]);
  await settled();
  expect(server.calls).toEqual(["remove pro", "add pro"]);
});

test("a server at its limit waits as a whole, and holds up no other", async () => {
  const limited = held();
  const free = held();
  const { offer, clock, settlements } = stage({ club: limited, other: free });
  limited.faults.push(...Array.from({ length: 4 }, () => rateLimit(3_000)));
  offer([...crowd(), ...crowd("other")]);
  await settled();
  expect(limited.calls).toHaveLength(4);
  expect(free.calls).toHaveLength(6);
  expect(settlements.filter(({ code }) => code === "rate_limited")).toHaveLength(4);
  await clock.advance(3_000);
  expect(limited.calls).toHaveLength(6);
});

test("one slow server keeps no more than a few hands busy", async () => {
  const hanging: RoleServer = Object.assign(held(), { remove: () => new Promise<void>(() => {}) });
  const free = held();
  const { offer } = stage({ club: hanging, other: free });
  offer([...crowd(), ...crowd("other")]);
  await settled();
  expect(free.calls).toHaveLength(6);
});

test("without the lease nothing is done, and a refused token is told", async () => {
  const server = held();
  const idle = stage({ club: server }, () => false);
  idle.offer(crowd());
  await settled();
  expect(server.calls).toEqual([]);
  server.faults.push(apiError(0, 401, "refused"));
  const { offer, heard } = stage({ club: server });
  offer([roleWork({ id: "a", discordId: "a", take: ["pro"] })]);
  await settled();
  expect(heard).toContain("token refused");
});
