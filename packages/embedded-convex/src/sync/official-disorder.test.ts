/** The official client behind a network that splits, delays and breaks. */
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge, type Move } from "../../test/disorder/ledger-history.ts";
import { OfficialViewer } from "../../test/disorder/official-viewer.ts";
import { startUnreliableProxy } from "../../test/disorder/unreliable-proxy.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { query } from "../../test/running-server.ts";
import { seededRandom, seeds } from "../../test/seeds.ts";

const ACCOUNTS = ["ann", "bob", "cyd"] as const;
const VIEWERS = 4;
const MOVES = 12; // each
const TROUBLE_MS = 5_000; // clients back off a second and more after each break

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One history; throws what is wrong with it. */
async function liveThrough(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = `official ${seed}`;
  const trouble = { random, maxBytes: 12_000, maxDelayMs: 4 };
  const proxy = await startUnreliableProxy(pushed.engine.url, trouble);
  const viewers = Array.from(
    { length: VIEWERS },
    (_, i) => new OfficialViewer(`viewer ${i}`, proxy.url, world, ACCOUNTS),
  );
  try {
    const moving = viewers.flatMap((viewer, i) =>
      Array.from({ length: MOVES }, async (_, n) => {
        await pause(random.below(TROUBLE_MS));
        return await viewer.move(`${i}:${n}`, random.pick(ACCOUNTS), random.pick(ACCOUNTS));
      }),
    );
    await pause(TROUBLE_MS / 2);
    proxy.cutAll();
    await pause(TROUBLE_MS / 2);
    proxy.heal();
    const numbers = await Promise.all(moving);
    const count = VIEWERS * MOVES;
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, i) => i + 1),
    );
    await expect
      .poll(() => viewers.map(({ shownMoves }) => shownMoves), { timeout: 30_000 })
      .toEqual(viewers.map(() => count));
    const http = new ConvexHttpClient(pushed.engine.url, { logger: false });
    const moves: Move[] = await http.query(query("ledger:history"), { world });
    const snapshots = viewers.flatMap((viewer) => viewer.snapshots);
    expect(judge({ moves, snapshots, acknowledged: [] })).toEqual([]);
    expect(viewers.flatMap(({ violations }) => violations)).toEqual([]);
    expect(proxy.cuts).toBeGreaterThanOrEqual(VIEWERS);
    expect(snapshots.length).toBeGreaterThan(2 * VIEWERS);
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await proxy.close();
  }
}

/** Clients mostly back off: four histories take no longer than one. */
const batches = seeds(4).flatMap((_, i, all) => (i % 4 === 0 ? [all.slice(i, i + 4)] : []));

test.each(batches.map((batch) => [batch] as const))(
  "[SYNC27] the official client shows the same, and its mutations resolve when they are shown (seeds %j)",
  async (batch) => {
    const histories = await Promise.allSettled(batch.map((seed) => liveThrough(seed)));
    const failures = histories.flatMap((one, i) =>
      one.status === "rejected" ? [`seed ${batch[i]}: ${String(one.reason)}`] : [],
    );
    expect(failures).toEqual([]);
  },
  90_000,
);
