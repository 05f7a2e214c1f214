/** Random histories against the model: what a client shows is the database at its timestamp. */
import type { JSONValue } from "convex/values";
import { afterEach, expect, test } from "vitest";
import { type FakeDeployment, startFakeDeployment } from "../../test/fake-deployment.ts";
import { add, type Frame, RawClient } from "../../test/raw-client.ts";
import { tsFromBase64 } from "../values/timestamps.ts";

const CELLS = ["a", "b", "c", "d"];
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function generator(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

type Random = ReturnType<typeof generator>;

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Keeps what a client would show, and compares it with the engine at every transition. */
class Viewer {
  readonly client: RawClient;
  readonly #engine: FakeDeployment["engine"];
  readonly #cellOf = new Map<number, string>();
  readonly #shown = new Map<number, unknown>();
  /** The query set version that brought the query. */
  readonly #addedAt = new Map<number, number>();
  #nextQuery = 0;
  #sentVersion = 0;
  #last: JSONValue = { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" };
  transitions = 0;

  constructor(client: RawClient, engine: FakeDeployment["engine"]) {
    this.client = client;
    this.#engine = engine;
    void this.#follow();
  }

  change(random: Random): void {
    const changes = Array.from({ length: 1 + random(2) }, () => {
      const ids = [...this.#cellOf.keys()];
      const removed = ids[random(ids.length + 2)];
      if (removed !== undefined) {
        this.#cellOf.delete(removed);
        return { type: "Remove", queryId: removed };
      }
      const cell = CELLS[random(CELLS.length)] ?? "a";
      const queryId = this.#nextQuery++;
      this.#cellOf.set(queryId, cell);
      this.#addedAt.set(queryId, this.#sentVersion + 1);
      return add(queryId, "m:cell", { cell });
    });
    this.client.modify(this.#sentVersion++, changes);
  }

  /** Everything sent is answered and the newest commit is shown. */
  get isCurrent(): boolean {
    const { querySet, ts } = this.#last as { querySet: number; ts: string };
    const newest = [...this.#cellOf].every(
      ([id, cell]) => this.#shown.get(id) === this.#engine.read(cell),
    );
    return querySet === this.#sentVersion && newest && tsFromBase64(ts) > 0n;
  }

  async #follow(): Promise<void> {
    for (;;) {
      const frame = await this.client.next();
      if (frame.type === "Transition") this.#apply(frame);
    }
  }

  #apply(frame: Frame): void {
    this.transitions++;
    expect(frame.startVersion).toEqual(this.#last);
    this.#last = frame.endVersion ?? null;
    for (const change of frame.modifications as {
      queryId: number;
      type: string;
      value: unknown;
    }[]) {
      if (change.type === "QueryRemoved") this.#shown.delete(change.queryId);
      else this.#shown.set(change.queryId, change.value);
    }
    const end = frame.endVersion as { ts: string; querySet: number };
    for (const id of this.#cellOf.keys()) {
      if ((this.#addedAt.get(id) ?? 0) <= end.querySet) expect(this.#shown.has(id)).toBe(true);
    }
    const ts = tsFromBase64(end.ts);
    for (const [queryId, value] of this.#shown) {
      const cell = this.#cellOf.get(queryId);
      if (cell !== undefined) expect([cell, value]).toEqual([cell, this.#engine.read(cell, ts)]);
    }
  }
}

test.each([1, 2, 3, 4, 5, 6])(
  "[SYNC7] every transition shows the database at its timestamp (seed %i)",
  async (seed) => {
    const random = generator(seed);
    const failures: unknown[] = [];
    const onRejection = (error: unknown) => failures.push(error);
    process.on("unhandledRejection", onRejection);
    cleanups.push(() => process.off("unhandledRejection", onRejection));
    const deployment = await startFakeDeployment({
      functions: {
        "m:cell": async (ctx, args) => {
          const before = random(4);
          await turns(before);
          const value = ctx.get((args as { cell: string }).cell);
          await turns(random(4)); // commits fall between the read and the end
          return value;
        },
      },
    });
    cleanups.push(() => deployment.close());
    const { engine, url } = deployment;
    const viewers = await Promise.all(
      Array.from({ length: 8 }, async () => new Viewer(await RawClient.connect(url), engine)),
    );
    for (let step = 0; step < 300; step++) {
      if (random(3) > 0) engine.write({ [CELLS[random(CELLS.length)] ?? "a"]: step });
      if (random(4) === 0) viewers[random(viewers.length)]?.change(random);
      await turns(random(3));
    }
    await expect.poll(() => viewers.every(({ isCurrent }) => isCurrent)).toBe(true);
    expect(failures).toEqual([]);
    expect(viewers.reduce((sum, { transitions }) => sum + transitions, 0)).toBeGreaterThan(100);
    for (const { client } of viewers) client.ws.terminate();
    await expect.poll(() => deployment.cache.stats().queries).toBe(0);
  },
);
