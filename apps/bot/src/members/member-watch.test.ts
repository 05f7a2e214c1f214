import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { MemberEvent } from "../backend.ts";
import { MemberWatch } from "./member-watch.ts";

type Report = (events: readonly MemberEvent[]) => Promise<void>;

function watch(reportMembers: Report) {
  const listeners = new Map<string, (payload: unknown) => void>();
  const clock = new ManualClock();
  const members = new MemberWatch({
    backend: { reportMembers, membersMissed: async () => {} },
    clock,
    log: () => {},
    nowMs: () => 1,
  });
  members.listen({ on: (event, listener) => listeners.set(event, listener) });
  const heard = (kind: "ADD" | "UPDATE" | "REMOVE", id: string, pending = false) =>
    listeners.get(`GUILD_MEMBER_${kind}`)?.({ guild_id: "g", user: { id }, pending });
  return { members, heard, clock };
}

test("joining, passing the screening and leaving are told; a change of roles is not", async () => {
  const told: string[][] = [];
  const { members, heard } = watch(async (events) => {
    told.push(events.map(({ discordId, presence }) => `${discordId} ${presence}`));
  });
  heard("ADD", "1", true);
  heard("ADD", "2");
  await members.finish();
  heard("UPDATE", "1", true);
  heard("UPDATE", "2");
  heard("UPDATE", "1");
  await members.finish();
  heard("UPDATE", "1");
  heard("REMOVE", "2");
  await members.finish();
  expect(told).toEqual([["1 pending", "2 member"], ["1 member"], ["2 left"]]);
});

test("while the backend does not take a report nothing is lost, and the last word about a member counts", async () => {
  const told: string[] = [];
  let isAway = true;
  const { members, heard, clock } = watch(async (events) => {
    if (isAway) throw new Error("away");
    told.push(...events.map(({ discordId, presence }) => `${discordId} ${presence}`));
  });
  heard("ADD", "1");
  await clock.advance(1);
  heard("REMOVE", "1");
  for (let i = 0; i < 150; i += 1) heard("ADD", `n${i}`);
  isAway = false;
  await clock.advance(1_000);
  await members.finish();
  expect(told.filter((line) => line.startsWith("1 "))).toEqual(["1 left"]);
  expect(told).toHaveLength(151);
});
