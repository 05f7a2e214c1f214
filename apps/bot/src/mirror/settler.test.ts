import { expect, test } from "vitest";
import type { SettleResult } from "../backend.ts";
import { Settler } from "./settler.ts";

const result = (mirrorId: string) =>
  ({ mirrorId, revision: 1, outcome: "applied", messageIds: ["1"] }) as SettleResult;

function recording(answer: "settled" | "leaseLost" | Error = "settled") {
  const batches: string[][] = [];
  const heard: string[] = [];
  const settler = new Settler({
    send: async (results) => {
      batches.push(results.map(({ mirrorId }) => mirrorId));
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onLeaseLost: () => heard.push("leaseLost"),
    onError: (error) => heard.push(String(error)),
  });
  return { settler, batches, heard };
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
  const { settler, heard } = recording("leaseLost");
  settler.add(result("a"));
  await settler.idle();
  expect(heard).toEqual(["leaseLost"]);
});

test("a refusal is told and does not stop later batches", async () => {
  const { settler, batches, heard } = recording(new Error("refused"));
  settler.add(result("a"));
  await settler.idle();
  settler.add(result("b"));
  await settler.idle();
  expect(batches).toEqual([["a"], ["b"]]);
  expect(heard).toEqual(["Error: refused", "Error: refused"]);
});
