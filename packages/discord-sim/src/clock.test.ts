import { expect, test } from "vitest";
import { AdjustableClock, ManualClock } from "./clock.ts";

test.each([
  ["AdjustableClock", () => new AdjustableClock()],
  ["ManualClock", () => new ManualClock()],
])(
  "[DCLK1] a %s put forward runs what falls due in order of time, each at its own",
  (_name, make) => {
    const clock = make();
    const startMs = clock.nowMs();
    const ran: string[] = [];
    const note = (name: string) => () =>
      ran.push(`${name} ${Math.round((clock.nowMs() - startMs) / 1_000)}`);
    clock.after(20_000, note("late"));
    clock.after(10_000, () => {
      note("early")();
      clock.after(5_000, note("between"));
    });
    const cancel = clock.after(1_000, note("cancelled"));
    clock.after(3_600_000, note("later"));
    cancel();
    clock.advance(60_000);
    expect(ran).toEqual(["early 10", "between 15", "late 20"]);
  },
);

test("[DCLK1] between jumps an AdjustableClock runs by itself", async () => {
  const clock = new AdjustableClock();
  clock.advance(5_000);
  await new Promise<void>((resolve) => clock.after(5, resolve));
});
