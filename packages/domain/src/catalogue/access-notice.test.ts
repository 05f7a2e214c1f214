import { expect, test } from "vitest";
import { accessNotice, type Renewal } from "./access-notice.ts";

const PRO = { tier: "pro", untilMs: 1_000 } as const;
const held = (renewal: Renewal, changes: object = {}) => ({
  ...{ tier: "pro" as const, phase: "current" as const, renewal },
  ...changes,
});

test("[NOTE1] what renews is said to renew, with its own date, also beside a paid term", () => {
  const renews = held({ state: "renews", atMs: 900 });
  expect(accessNotice(PRO, [held(null), renews])).toEqual({ kind: "renews", atMs: 900 });
  const undated = held({ state: "trial", atMs: null });
  expect(accessNotice(PRO, [undated])).toEqual({ kind: "trial", atMs: 1_000 });
});

test("[NOTE2] a failed payment is said with the end of the grace, unless something else lasts longer", () => {
  const grace = (atMs: number) => [held({ state: "grace", atMs })];
  expect(accessNotice(PRO, grace(1_000))).toEqual({ kind: "grace", atMs: 1_000 });
  expect(accessNotice(PRO, grace(500))).toEqual({ kind: "ends", atMs: 1_000 });
});

test("[NOTE3] what does not renew, is over, stopped or of a lower tier, ends when access ends", () => {
  const renews = { state: "renews", atMs: 900 } as const;
  for (const one of [
    held(null),
    held({ state: "stopped" }),
    held(renews, { phase: "over" }),
    held(renews, { tier: "basic" }),
  ]) {
    expect(accessNotice(PRO, [one])).toEqual({ kind: "ends", atMs: 1_000 });
  }
  expect(accessNotice({ tier: "pro", untilMs: null }, [])).toEqual({ kind: "open" });
});
