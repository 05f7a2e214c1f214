import fc from "fast-check";
import { expect, test } from "vitest";
import { type JoinAnswer, joinOutcome } from "./join-outcome.ts";

const answer = (status: number, code: number | null = null, rest: Partial<JoinAnswer> = {}) =>
  joinOutcome({ status, code, retryAfterMs: null, isPending: false, ...rest });

test("[DJO1] added, there already, and waiting for the screening", () => {
  expect(answer(201)).toEqual({ kind: "in", isPending: false });
  expect(answer(200, null, { isPending: true })).toEqual({ kind: "in", isPending: true });
  expect(answer(404, 10_007)).toEqual({ kind: "absent" });
});

test.each([
  [403, 40_007, "banned"],
  [403, 50_025, "consent_withdrawn"],
  [400, 30_001, "too_many_servers"],
  [400, 50_035, "discord_refused"],
])("[DJO2] %i with %i is %s, and waits for a person", (status, code, reason) => {
  expect(answer(status, code)).toEqual({ kind: "refused", code: reason });
});

test.each([
  [0, null, "discord_unavailable"],
  [502, null, "discord_unavailable"],
  [401, 0, "bot_token_refused"],
  [403, 50_013, "bot_missing_permission"],
  [403, 50_001, "unknown_server"],
  [404, 10_004, "unknown_server"],
])("[DJO2] %i with %s is %s, and is tried again", (status, code, reason) => {
  expect(answer(status, code)).toMatchObject({ kind: "retry", code: reason });
});

test("[DJO2] a limit is waited out for as long as Discord says", () => {
  const limited = answer(429, null, { retryAfterMs: 1_500 });
  expect(limited).toEqual({ kind: "retry", code: "rate_limited", afterMs: 1_500 });
});

test("[DJO1] no answer at all leaves it open what to do", () => {
  const any = fc.record({
    status: fc.integer({ min: 0, max: 599 }),
    code: fc.option(fc.nat(60_000)),
    retryAfterMs: fc.option(fc.nat()),
    isPending: fc.boolean(),
  });
  fc.assert(
    fc.property(any, (given) => {
      expect(["in", "absent", "retry", "refused"]).toContain(joinOutcome(given).kind);
    }),
  );
});
