import { expect, test } from "vitest";
import { OverloadedError } from "../../errors.ts";
import { Places } from "./places.ts";

test("[ACT38] so many run at a time, the next ones in the order they came", async () => {
  const places = new Places(2, 10);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map(async (one) => {
    const giveBack = await places.take();
    began.push(one);
    await new Promise<void>((resolve) => ends.push(resolve));
    giveBack();
    giveBack(); // a second time gives nothing
  });
  await new Promise(setImmediate);
  expect(began).toEqual([0, 1]);
  ends[0]?.();
  await new Promise(setImmediate);
  expect(began).toEqual([0, 1, 2]);
  for (const end of ends) end();
  await new Promise(setImmediate);
  for (const end of ends) end();
  await Promise.all(all);
  expect(began).toEqual([0, 1, 2, 3]);
});

test("[ACT38] when too many wait, the next one is refused", async () => {
  const places = new Places(1, 1);
  const giveBack = await places.take();
  const waiting = places.take();
  await expect(places.take()).rejects.toThrow(OverloadedError);
  giveBack();
  (await waiting)();
});
