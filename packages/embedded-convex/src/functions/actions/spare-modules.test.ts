import { expect, test } from "vitest";
import { SpareModules } from "./spare-modules.ts";

function setup(make: () => number | null) {
  const soon: (() => void)[] = [];
  const later: (() => void)[] = [];
  const spares = new SpareModules(make, {
    soon: (work) => soon.push(work),
    later: (work) => later.push(work),
  });
  return { spares, soon, later };
}

function counting() {
  let made = 0;
  return () => ++made;
}

test("[ACT3] each is given out once", () => {
  const { spares, soon, later } = setup(counting());
  spares.replenish();
  soon.shift()?.();
  later.shift()?.();
  later.shift()?.();
  expect([spares.take(), spares.take(), spares.take(), spares.take()].sort()).toEqual([
    1,
    2,
    3,
    null,
  ]);
});

test("the first one is made at once, what a request used a little later, never more than three", () => {
  const { spares, soon, later } = setup(counting());
  spares.replenish();
  expect([soon.length, later.length]).toEqual([1, 0]);
  soon.shift()?.();
  later.shift()?.();
  later.shift()?.();
  expect([soon.length, later.length]).toEqual([0, 0]);
  spares.take();
  spares.replenish();
  spares.replenish();
  expect([soon.length, later.length]).toEqual([0, 1]);
});

test("when none is left the next one is made at once, whatever is due later", () => {
  const { spares, soon, later } = setup(counting());
  spares.replenish();
  soon.shift()?.();
  spares.take();
  spares.replenish();
  spares.replenish();
  expect([soon.length, later.length]).toEqual([1, 1]);
});

test("modules that cannot be evaluated are not tried again and again", () => {
  const { spares, soon, later } = setup(() => null);
  spares.replenish();
  soon.shift()?.();
  expect([soon.length, later.length]).toEqual([0, 0]);
  expect(spares.take()).toBeNull();
});
