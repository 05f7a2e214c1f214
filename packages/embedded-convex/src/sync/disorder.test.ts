/**
 * Random histories of clients on bad networks, over the real engine: whatever breaks,
 * waits, comes twice or comes late, each client shows exactly the states that the
 * database went through, in their order.
 */
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DisorderlyClient } from "../../test/disorder/disorderly-client.ts";
import { judge, type LedgerHistory, type Move } from "../../test/disorder/ledger-history.ts";
import { probeSkews } from "../../test/disorder/skews.ts";
import { startUnreliableProxy } from "../../test/disorder/unreliable-proxy.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { query } from "../../test/running-server.ts";
import { type Random, seededRandom, seeds } from "../../test/seeds.ts";

const ACCOUNTS = ["ann", "bob", "cyd", "dan"] as const;
const VERSIONS = ["1.48.0", "1.27.0", "1.48.0-alpha.3", "1.0.0"] as const;
const CLIENTS = 4;
const DEEDS = 100;

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function movesOf(world: string): Promise<Move[]> {
  const http = new ConvexHttpClient(pushed.engine.url, { logger: false });
  return await http.query(query("ledger:history"), { world });
}

async function liveThrough(seed: number, random: Random) {
  const world = `seed ${seed}`;
  const trouble = { random, maxBytes: 30_000, maxDelayMs: 3 };
  const proxy = await startUnreliableProxy(pushed.engine.url, trouble);
  const newest = { ts: 0n };
  const clients = Array.from(
    { length: CLIENTS },
    (_, i) =>
      new DisorderlyClient({
        name: `client ${i}`,
        world,
        accounts: ACCOUNTS,
        url: proxy.url,
        random,
        newest,
        version: random.pick(VERSIONS),
      }),
  );
  try {
    for (let deed = 0; deed < DEEDS; deed++) {
      for (const client of clients) client.act();
      if (random.oneIn(20)) proxy.cutAll();
      if (random.oneIn(10)) {
        const { sessionId } = clients[random.below(CLIENTS)] ?? {};
        await probeSkews(pushed.engine.url, sessionId ?? "", random);
      }
      await pause(random.below(6));
    }
    proxy.heal();
    await expect
      .poll(
        async () => {
          const { length } = await movesOf(world);
          return clients.every((client) => client.isSettled(length));
        },
        { timeout: 20_000, interval: 100 },
      )
      .toBe(true);
  } finally {
    for (const client of clients) client.stop();
    await proxy.close();
  }
  return { clients, cuts: proxy.cuts, moves: await movesOf(world) };
}

test.each(seeds(8))(
  "[SYNC26] each client shows exactly the states the database went through, in order (seed %i)",
  async (seed) => {
    const { clients, cuts, moves } = await liveThrough(seed, seededRandom(seed));
    const history: LedgerHistory = {
      moves,
      snapshots: clients.flatMap(({ snapshots }) => snapshots),
      acknowledged: clients.flatMap(({ acknowledged }) => acknowledged),
    };
    expect(clients.flatMap(({ violations }) => violations)).toEqual([]);
    expect(judge(history)).toEqual([]);
    // A history in which nothing went wrong, or nothing was seen, would show nothing.
    const connections = clients.reduce((sum, client) => sum + client.connections, 0);
    expect(cuts + connections).toBeGreaterThan(3 * CLIENTS);
    expect(moves.length).toBeGreaterThan(30);
    expect(history.snapshots.length).toBeGreaterThan(30);
    expect(history.acknowledged.length).toBeGreaterThan(
      new Set(moves.map(({ op }) => op)).size / 2,
    );
  },
  60_000,
);

test("[SYNC26] nothing of it was unforeseen to the engine", () => {
  const unforeseen = pushed.complaints.filter(
    ({ event, fields }) => event === "sync.session_failed" && !isSkew(String(fields.error)),
  );
  expect(unforeseen).toEqual([]);
});

function isSkew(error: string): boolean {
  return error.includes("based on another identity version");
}
