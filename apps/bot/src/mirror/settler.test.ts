import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { SettleResult } from "../backend.ts";
import { Settler } from "./settler.ts";

const result = (mirrorId: string) =>
  ({ mirrorId, revision: 1, outcome: "applied", messageIds: ["1"] }) as SettleResult;

function recording(answers: ("settled" | "leaseLost" | Error)[] = []) {
  const batches: string[][] = [];
  const heard: string[] = [];
  const clock = new ManualClock();
  const lease = new AbortController();
  const settler = new Settler({
    send: async (results) => {
      batches.push(results.map(({ mirrorId }) => mirrorId));
      const answer = answers.shift() ?? "settled";
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onSettled: (results) => heard.push(`settled ${results.length}`),
    onLeaseLost: () => heard.push("leaseLost"),
    onError: (error) => heard.push(String(error)),
    clock,
    gone: lease.signal,
  });
  return { settler, batches, heard, clock, lease };
}

test("what finishes in one turn is settled in one batch", async () => {
  const { settler, batches } = recording();
  settler.add(result("a"));
  settler.add(result("b"));
  await settler.idle();
  expect(batches).toEqual([["a", "b"]]);
});

test("a batch holds at most 100 results, and nothing is left behind", async () => {
  const { settler, batches } = recording();
  for (let i = 0; i < 250; i++) settler.add(result(`m${i}`));
  await settler.idle();
  expect(batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
});

test("a lost lease is told", async () => {
  const { settler, heard } = recording(["leaseLost"]);
  settler.add(result("a"));
  await settler.idle();
  expect(heard).toEqual(["leaseLost"]);
});

test("what the backend failed to take is offered again, and then the rest", async () => {
  const { settler, batches, heard, clock } = recording([new Error("refused")]);
  settler.add(result("a"));
  await settled();
  settler.add(result("b"));
  await clock.advance(250);
  expect(batches).toEqual([["a"], ["a"], ["b"]]);
  expect(heard).toEqual(["Error: refused", "settled 1", "settled 1"]);
});

test("nothing is offered once the lease is gone", async () => {
  const { settler, batches, lease } = recording([new Error("refused")]);
  settler.add(result("a"));
  await settled();
  lease.abort();
  await settler.idle();
  settler.add(result("b"));
  await settler.idle();
  expect(batches).toEqual([["a"]]);
});
