import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { LeaseStatus } from "../backend.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

/** A backend of one lease, as several keepers see it. */
class OneLease {
  holder: string | null = null;
  epoch = 0;
  reachable = true;
  /** What the next acquires and beats reject with. */
  readonly failures: string[] = [];
  /** What acquires wait for. */
  slow: Promise<void> | null = null;
  readonly watchers: ((status: LeaseStatus) => void)[] = [];

  doorOf(name: string) {
    return {
      watchLease: (_: number, onChange: (status: LeaseStatus) => void) => {
        this.watchers.push(onChange);
        onChange(this.status());
        return () => {};
      },
      acquireLease: async () => {
        const failure = this.failures.shift();
        if (failure !== undefined) throw new Error(failure);
        if (this.slow !== null) await this.slow;
        if (this.holder !== null) return null;
        this.holder = name;
        this.epoch += 1;
        this.push();
        return { epoch: this.epoch, silentMs: null };
      },
      beatLease: async (_: number, epoch: number): Promise<boolean> => {
        if (!this.reachable) return await new Promise(() => {});
        const failure = this.failures.shift();
        if (failure !== undefined) throw new Error(failure);
        return this.holder === name && this.epoch === epoch;
      },
      releaseLease: async () => this.free(),
    };
  }

  free(): void {
    this.holder = null;
    this.push();
  }

  status(): LeaseStatus {
    return { holder: this.holder, epoch: this.epoch };
  }

  push(): void {
    for (const watcher of this.watchers) watcher(this.status());
  }
}

function keeperOf(lease: OneLease, clock: ManualClock, name: string) {
  const heard: string[] = [];
  const listener = {
    held: (epoch: number) => heard.push(`held ${epoch}`),
    lost: () => heard.push("lost"),
  };
  const onError = (error: unknown) => heard.push(String(error));
  const backend = lease.doorOf(name);
  return { heard, keeper: new LeaseKeeper({ shard: 0, backend, clock, listener, onError }) };
}

test("a free lease is taken at once, and a standby gets nothing", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const [a, b] = [keeperOf(lease, clock, "a"), keeperOf(lease, clock, "b")];
  a.keeper.start();
  await settled();
  b.keeper.start();
  await settled();
  expect([a.heard, b.heard]).toEqual([["held 1"], []]);
});

test("a standby takes over as soon as the lease is free", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const [a, b] = [keeperOf(lease, clock, "a"), keeperOf(lease, clock, "b")];
  a.keeper.start();
  await settled();
  b.keeper.start();
  await a.keeper.stop();
  await settled();
  expect(a.heard).toEqual(["held 1", "lost"]);
  expect(b.heard).toEqual(["held 2"]);
});

test("beats keep the lease for as long as they are answered", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await clock.advance(60_000);
  expect(heard).toEqual(["held 1"]);
});

test("a holder that hears nothing lets go before the lease could be another's", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  lease.reachable = false;
  await clock.advance(8_999);
  expect(heard).toEqual(["held 1"]);
  await clock.advance(1);
  expect(heard).toEqual(["held 1", "lost"]);
});

test("a beat refused by the backend ends the lease at once", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  lease.holder = "b"; // the push is late
  await clock.advance(3_000);
  expect(heard).toEqual(["held 1", "lost"]);
});

test("a lease that was lost and is free again is taken again", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  lease.reachable = false;
  await clock.advance(9_000);
  lease.reachable = true;
  lease.free();
  await settled();
  expect(heard).toEqual(["held 1", "lost", "held 2"]);
});

test("an acquire that the backend fails to answer is tried again", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  lease.failures.push("broken", "broken");
  keeper.start();
  await clock.advance(2_000);
  expect(heard).toEqual(["Error: broken", "Error: broken", "held 1"]);
});

test("a beat that the backend fails to answer is tried again before the lease ends", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  lease.failures.push("broken");
  await clock.advance(30_000);
  expect(heard).toEqual(["held 1", "Error: broken"]);
});

test("a lease the backend has ended is let go without waiting for the next beat", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  lease.free();
  await settled();
  expect(heard).toEqual(["held 1", "lost", "held 2"]);
});

test("a process that slept through its lease may not act, even before its timers run", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  keeper.start();
  await settled();
  expect(keeper.mayAct(1)).toBe(true);
  clock.sleep(9_000);
  expect(keeper.mayAct(1)).toBe(false);
  expect(heard).toEqual(["held 1", "lost"]);
});

test("a lease that arrives after the stop is given back", async () => {
  const [lease, clock] = [new OneLease(), new ManualClock()];
  const { keeper, heard } = keeperOf(lease, clock, "a");
  const { promise, resolve } = Promise.withResolvers<void>();
  lease.slow = promise;
  keeper.start();
  await settled();
  await keeper.stop();
  resolve();
  await settled();
  expect(heard).toEqual([]);
  expect(lease.holder).toBeNull();
});
