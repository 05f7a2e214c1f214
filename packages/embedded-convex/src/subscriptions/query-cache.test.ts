import { expect, test, vi } from "vitest";
import { FakeEngine, type FakeFunction, randomBytesOf } from "../../test/fake-engine.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { AuthError, OverloadedError } from "../errors.ts";
import type { Identity } from "../rooms.ts";
import { createQueryCache, type QuerySpec } from "./query-cache.ts";
import type { Reading } from "./query-family.ts";

const NOBODY: Identity = { kind: "none" };

function user(subject: string): Identity {
  const attributes = { tokenIdentifier: `https://i|${subject}`, issuer: "https://i", subject };
  return { kind: "user", attributes, expiresAtMs: Number.MAX_SAFE_INTEGER, token: subject };
}

function setup(functions: Record<string, FakeFunction>) {
  const clock = new ManualClock();
  const engine = new FakeEngine(clock);
  for (const [path, fn] of Object.entries(functions)) engine.functions.set(path, fn);
  const cache = createQueryCache({
    database: engine,
    runner: engine,
    clock,
    random: randomBytesOf,
  });
  const watch = (path: string, identity: Identity = NOBODY, more: Partial<QuerySpec> = {}) => {
    const touches: bigint[] = [];
    const readies: bigint[] = [];
    const address = { component: "", path };
    const spec: QuerySpec = { address, args: [{}], journal: null, allowed: "public", ...more };
    const subscription = cache.subscribe(spec, identity, {
      onTouched: () => touches.push(engine.durableTs),
      onReady: () => readies.push(engine.durableTs),
    });
    const read = (exact = false) =>
      new Promise<Reading>((resolve) => subscription.read(cache.ts, exact, resolve));
    const value = async () => textOf(await read(true));
    return { subscription, touches, readies, read, value };
  };
  return { clock, engine, cache, watch };
}

function textOf(reading: Reading): string {
  if (reading.kind !== "result") return reading.kind;
  return reading.result.tail.toString();
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

test("[SUB4] a thousand watchers of one query cost one execution per commit that touches it", async () => {
  const { engine, watch, cache } = setup({ "m:a": (ctx) => ctx.get("a") });
  const watchers = Array.from({ length: 1_000 }, () => watch("m:a"));
  await Promise.all(watchers.map(({ read }) => read()));
  expect(engine.executions.get("m:a")).toBe(1);
  engine.write({ a: 1 });
  const values = await Promise.all(watchers.map(({ value }) => value()));
  expect(new Set(values)).toEqual(new Set(['"value":1,"logLines":[],"journal":null}']));
  expect(engine.executions.get("m:a")).toBe(2);
  expect(cache.stats()).toMatchObject({ executions: 2, queries: 1, subscriptions: 1_000 });
});

test("[SUB9] of the queries a commit touches, the most watched one is executed first", async () => {
  const executed: string[] = [];
  const noting = (name: string): FakeFunction => {
    return (ctx) => {
      executed.push(name);
      return ctx.get("a");
    };
  };
  const { engine, watch } = setup({ "m:few": noting("few"), "m:many": noting("many") });
  const watchers = ["m:few", "m:many", "m:many"].map((path) => watch(path));
  await Promise.all(watchers.map(({ read }) => read()));
  executed.length = 0;
  engine.write({ a: 1 });
  await Promise.all(watchers.map(({ value }) => value()));
  expect(executed).toEqual(["many", "few"]);
});

test("[SUB10] who holds a touched result is told to read when the next one is there, and not before", async () => {
  const gates = [gate(), gate()];
  let runs = 0;
  const { engine, watch } = setup({
    "m:a": async (ctx) => {
      await gates[runs++]?.opened;
      return ctx.get("a");
    },
  });
  const watchers = [watch("m:a"), watch("m:a")];
  gates[0]?.open();
  await Promise.all(watchers.map(({ read }) => read()));
  engine.write({ a: 1 });
  expect(watchers.map(({ touches, readies }) => [touches.length, readies.length])).toEqual([
    [1, 0],
    [1, 0],
  ]);
  gates[1]?.open();
  await vi.waitFor(() => expect(watchers.map(({ readies }) => readies.length)).toEqual([1, 1]));
  expect(runs).toBe(2);
});

test("[SUB4] of 1,000 distinct queries a commit that touches one executes one", async () => {
  const { engine, watch } = setup({
    "m:cell": (ctx, args) => ctx.get((args as { name: string }).name),
  });
  const watchers = Array.from({ length: 1_000 }, (_, i) =>
    watch("m:cell", NOBODY, { args: [{ name: `cell${i}` }] }),
  );
  await Promise.all(watchers.map(({ read }) => read()));
  expect(engine.executions.get("m:cell")).toBe(1_000);
  engine.write({ cell7: "new", nobodyReads: 1 });
  expect(watchers.flatMap(({ touches }, i) => (touches.length > 0 ? [i] : []))).toEqual([7]);
  await Promise.all(watchers.map(({ read }) => read()));
  expect(engine.executions.get("m:cell")).toBe(1_001);
});

test("[SUB4] a commit that touches nothing watched executes nothing", async () => {
  const { engine, watch } = setup({ "m:a": (ctx) => ctx.get("a") });
  const watcher = watch("m:a");
  await watcher.read();
  engine.write({ b: 1 });
  await watcher.read();
  expect(watcher.touches).toEqual([]);
  expect(engine.executions.get("m:a")).toBe(1);
});

test("[SUB3] a result that looked at the identity reaches nobody else", async () => {
  const { engine, watch } = setup({ "m:me": (ctx) => ctx.user()?.subject ?? "nobody" });
  const names = ["ann", "bob", "ann", "eve", "bob"];
  const watchers = names.map((name) => watch("m:me", user(name)));
  const values = await Promise.all(watchers.map(({ value }) => value()));
  expect(values.map((text) => /"value":"(\w+)"/.exec(text)?.[1])).toEqual(names);
  expect(engine.executions.get("m:me")).toBe(3);
});

test("[SUB3] sharing follows what each execution looked at, whatever changes in between", async () => {
  // The query looks at the identity only while the flag is set, so sharing has to end and begin again.
  const { engine, watch } = setup({
    "m:mixed": async (ctx) => {
      await Promise.resolve();
      return ctx.get("private") === true ? `for ${ctx.user()?.subject}` : `public ${ctx.get("n")}`;
    },
  });
  const names = ["ann", "bob", "eve"];
  const watchers = names.map((name) => ({ name, ...watch("m:mixed", user(name)) }));
  const shown = async () =>
    (await Promise.all(watchers.map(({ value }) => value()))).map(
      (text) => /"value":"([^"]*)"/.exec(text)?.[1],
    );
  for (const flag of [false, true, true, false, true, false]) {
    engine.write({ private: flag, n: 1 });
    const expected = names.map((name) => (flag ? `for ${name}` : "public 1"));
    expect(await shown()).toEqual(expected);
    // somebody who comes in between is served alike
    const late = watch("m:mixed", user("late"));
    expect(await late.value()).toContain(flag ? '"for late"' : '"public 1"');
    late.subscription.close();
  }
});

test("[SUB3] under random writes, joins and leaves nobody ever sees another's result", async () => {
  const { engine, watch } = setup({
    "m:mixed": async (ctx) => {
      const mode = ctx.get("mode");
      await Promise.resolve();
      const own = mode === "all" || (mode === "random" && Math.random() < 0.5);
      return own ? { for: ctx.user()?.subject ?? null } : { public: ctx.get("n") };
    },
  });
  const names = ["ann", "bob", "eve", "dan"];
  const readers = Array.from({ length: 40 }, (_, i) => names[i % names.length] ?? "");
  const modes = ["all", "none", "random"];
  const checks: Promise<void>[] = [];
  for (let round = 0; round < 60; round++) {
    engine.write({ mode: modes[round % 3] ?? "", n: round });
    for (const name of readers) {
      const watcher = watch("m:mixed", user(name));
      checks.push(
        watcher.read(round % 2 === 0).then((reading) => {
          if (reading.kind !== "result") return;
          const owner = /"for":"(\w+)"/.exec(textOf(reading))?.[1];
          expect(owner ?? name).toBe(name);
          if (round % 5 !== 0) watcher.subscription.close();
        }),
      );
    }
    if (round % 4 === 0) await Promise.resolve();
  }
  await Promise.all(checks);
});

test("[SUB3] callers of different visibility share nothing", async () => {
  const { engine, watch } = setup({ "m:a": (ctx) => ctx.call.allowed });
  expect(await watch("m:a").value()).toContain('"public"');
  expect(await watch("m:a", NOBODY, { allowed: "all" }).value()).toContain('"all"');
  expect(engine.executions.get("m:a")).toBe(2);
});

test("[SUB5] a commit during an execution makes its result stale for later readers", async () => {
  const { opened, open } = gate();
  const { engine, watch } = setup({
    "m:slow": async (ctx) => {
      const value = ctx.get("a");
      await opened;
      return value;
    },
  });
  engine.write({ a: "old" });
  const early = watch("m:slow");
  const first = early.read();
  engine.write({ a: "new" });
  const late = watch("m:slow");
  const second = late.read();
  open();
  expect(textOf(await first)).toContain('"old"');
  expect(early.touches).toHaveLength(1); // told at once that it has been overtaken
  expect((await second).kind).toBe("stale");
  expect(await late.value()).toContain('"new"');
  expect(await early.value()).toContain('"new"');
  expect(engine.executions.get("m:slow")).toBe(2);
});

test("[SUB5] a commit elsewhere during an execution costs later readers nothing", async () => {
  const { opened, open } = gate();
  const { engine, watch } = setup({
    "m:slow": async (ctx) => {
      const value = ctx.get("a");
      await opened;
      return value;
    },
  });
  const first = watch("m:slow").read();
  engine.write({ elsewhere: 1 });
  const second = watch("m:slow").read();
  open();
  expect([(await first).kind, (await second).kind]).toEqual(["result", "result"]);
  expect(engine.executions.get("m:slow")).toBe(1);
});

test("[SUB5] a query that failed runs again when what it read changes", async () => {
  const { engine, watch } = setup({
    "m:fails": (ctx) => {
      if (ctx.get("ok") !== true) throw new Error("not yet");
      return "fine";
    },
  });
  const watcher = watch("m:fails");
  expect(await watcher.value()).toContain("Server Error\\nUncaught Error: not yet");
  engine.write({ ok: true });
  expect(watcher.touches).toHaveLength(1);
  expect(await watcher.value()).toContain('"fine"');
});

test("[SUB6] a query nobody watches is forgotten and no longer executed", async () => {
  const { engine, cache, watch } = setup({ "m:a": (ctx) => ctx.get("a") });
  const [one, two] = [watch("m:a"), watch("m:a")];
  await Promise.all([one.read(), two.read()]);
  one.subscription.close();
  one.subscription.close();
  expect(cache.stats()).toMatchObject({ queries: 1, subscriptions: 1 });
  two.subscription.close();
  expect(cache.stats()).toMatchObject({ queries: 0, subscriptions: 0 });
  engine.write({ a: 1 });
  expect(engine.executions.get("m:a")).toBe(1);
});

test("[SUB6] whoever leaves during an execution is not called back", async () => {
  const { opened, open } = gate();
  const { cache, watch, engine } = setup({
    "m:slow": async () => {
      await opened;
      return 1;
    },
  });
  const leaver = watch("m:slow");
  let called = false;
  leaver.subscription.read(cache.ts, false, () => {
    called = true;
  });
  const stayer = watch("m:slow");
  const reading = stayer.read();
  leaver.subscription.close();
  open();
  await reading;
  stayer.subscription.close();
  expect(called).toBe(false);
  expect(engine.executions.get("m:slow")).toBe(1);
  expect(cache.stats()).toMatchObject({ queries: 0, subscriptions: 0 });
});

test("[SUB7] at most 20 executions run at a time", async () => {
  const { opened, open } = gate();
  let running = 0;
  let most = 0;
  const { watch } = setup({
    "m:slow": async () => {
      running++;
      most = Math.max(most, running);
      await opened;
      running--;
      return 1;
    },
  });
  const readings = Array.from({ length: 50 }, (_, i) =>
    watch("m:slow", NOBODY, { args: [{ i }] }).read(),
  );
  open();
  await Promise.all(readings);
  expect(most).toBe(20);
});

test("[SUB7] a busy engine is asked again instead of failing the reader", async () => {
  let refusals = 2;
  const { watch, clock, engine } = setup({
    "m:busy": () => {
      if (refusals-- > 0) throw new OverloadedError("TooManyConcurrentRequests", "busy");
      return "done";
    },
  });
  let reading: Reading | null = null;
  void watch("m:busy")
    .read()
    .then((r) => {
      reading = r;
    });
  for (let i = 0; i < 50 && reading === null; i++) {
    clock.advance(100);
    await Promise.resolve();
  }
  expect(engine.executions.get("m:busy")).toBe(3);
  expect(reading).toMatchObject({ kind: "result" });
});

test("[SUB7] an unforeseen failure is handed to the reader", async () => {
  const { watch } = setup({
    "m:broken": () => {
      throw new TypeError("a bug");
    },
  });
  expect(await watch("m:broken").read()).toMatchObject({ kind: "failed" });
});

test("[SUB8] a result that read the clock is not handed to newcomers for longer than 5 s", async () => {
  const { watch, clock, engine } = setup({ "m:now": (ctx) => ctx.now() });
  const first = watch("m:now");
  const before = await first.value();
  clock.advance(4_000);
  expect(await watch("m:now").value()).toBe(before);
  clock.advance(2_000);
  expect(await watch("m:now").value()).not.toBe(before);
  expect(await first.value()).toContain(String(clock.nowMs()));
  expect(engine.executions.get("m:now")).toBe(2);
});

test("[SUB3] a token that ran out fails its own reader, not those who joined the execution", async () => {
  const late = { ...user("ann"), expiresAtMs: 0 };
  const { opened, open } = gate();
  const { watch } = setup({
    "m:who": async (ctx) => {
      await opened;
      const { identity } = ctx.call.request;
      if (identity === late) throw new AuthError("TokenExpired", "expired", 401);
      return ctx.user()?.subject ?? null;
    },
  });
  const watchers = [late, user("ann"), user("bob")].map((identity) => watch("m:who", identity));
  const readings = Promise.all(watchers.map(({ read }) => read()));
  open();
  expect((await readings).map(textOf)).toEqual([
    "failed",
    '"value":"ann","logLines":[],"journal":null}',
    '"value":"bob","logLines":[],"journal":null}',
  ]);
});

test("[SUB4] watchers who came at different times, and hold different results, share one execution again", async () => {
  const { engine, watch, clock } = setup({ "m:a": (ctx) => [ctx.now(), ctx.get("a") ?? null] });
  const watchers: ReturnType<typeof watch>[] = [];
  for (let n = 0; n < 20; n++) {
    const watcher = watch("m:a");
    watchers.push(watcher);
    await watcher.read();
    clock.advance(6_000); // the result before is too old for the next one
  }
  expect(engine.executions.get("m:a")).toBe(20);
  engine.write({ a: 1 });
  await Promise.all(watchers.map(({ read }) => read(true)));
  expect(engine.executions.get("m:a")).toBe(21);
});

test("[SUB5] one who lets go of a result at once does not hide its changes from the next", async () => {
  const { engine, watch } = setup({ "m:a": (ctx) => ctx.get("a") ?? null });
  const leaving = watch("m:a");
  const staying = watch("m:a");
  await Promise.all([
    new Promise<void>((resolve) =>
      leaving.subscription.read(engine.durableTs, false, () => {
        leaving.subscription.close();
        resolve();
      }),
    ),
    staying.read(),
  ]);
  engine.write({ a: 1 });
  expect(staying.touches).toHaveLength(1);
});

test("[SUB11] a closed cache neither executes nor answers what would be asked again at once", async () => {
  const { engine, cache, watch } = setup({ "m:a": (ctx) => ctx.get("a") });
  const { subscription, read } = watch("m:a");
  await read();
  engine.write({ a: 1 });
  await new Promise((resolve) => setImmediate(resolve)); // made anew, and not read
  cache.close();
  let answers = 0;
  const ask = () => subscription.read(cache.ts, true, () => ++answers < 1_000 && ask());
  ask();
  await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toBe(0);
  expect(engine.executions.get("m:a")).toBe(2);
});

test("[SUB12] executions that end at once let others have their turn", async () => {
  const { engine, watch } = setup({ "m:a": () => 1 });
  let before = 0;
  setImmediate(() => {
    before = engine.executions.get("m:a") ?? 0;
  });
  const watchers = Array.from({ length: 1_000 }, (_, n) => watch("m:a", NOBODY, { args: [n] }));
  await Promise.all(watchers.map(({ read }) => read()));
  expect(before).toBeGreaterThan(0); // or all were over when its turn came
  expect(before).toBeLessThan(100);
  expect(engine.executions.get("m:a")).toBe(1_000);
});
