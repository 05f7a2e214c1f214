import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { ReceiptSample } from "../backend.ts";
import { ReceiptBook } from "./receipt-book.ts";

function booking(random: () => number = () => 0) {
  const clock = new ManualClock(0);
  const reports: { surface: string; samples: readonly ReceiptSample[] }[] = [];
  const book = new ReceiptBook({
    clock,
    serverNowMs: () => clock.nowMs() + 3_600_000, // an hour off
    random,
    report: async (surface, samples) => {
      reports.push({ surface, samples });
    },
    onError: () => {},
  });
  return { clock, reports, book };
}

const stamps = (atMs: number) => ({ sourceAtMs: atMs, receivedAtMs: atMs, committedAtMs: atMs });

test("what was seen is reported once in 30 s, in the server's time", async () => {
  const { clock, reports, book } = booking();
  book.note("botReceived", stamps(3_600_000 - 40));
  await clock.advance(29_999);
  expect(reports).toEqual([]);
  await clock.advance(1);
  const samples = [{ sinceSourceMs: 40, sinceReceivedMs: 40, sinceCommittedMs: 40 }];
  expect(reports).toEqual([{ surface: "botReceived", samples }]);
});

test("of many, every one has the same chance to be reported", async () => {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647; // a fixed sequence, even enough
    return state / 2_147_483_647;
  };
  const perTenth = new Array<number>(10).fill(0);
  for (let round = 0; round < 200; round++) {
    const { reports, book } = booking(random);
    for (let i = 0; i < 1_000; i++) book.note("botReceived", stamps(3_600_000 - i));
    await book.flush();
    for (const { sinceReceivedMs } of reports[0]?.samples ?? []) {
      const tenth = Math.floor(sinceReceivedMs / 100);
      perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
    }
  }
  expect(perTenth.reduce((sum, count) => sum + count)).toBe(200 * 50);
  for (const count of perTenth) expect(Math.abs(count - 1_000)).toBeLessThan(150); // five deviations
});
