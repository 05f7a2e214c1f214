import { randomBytes } from "node:crypto";
import { ConvexClient } from "convex/browser";
import { afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { issueMachine, runAsAdmin, seed, shardKeys } from "../tools/deployment/admin.ts";
import { readCounters } from "../tools/deployment/metrics.ts";
import { keyOf } from "../tools/deployment/read-feed.ts";
import { SyncClient } from "../tools/deployment/sync-client.ts";
import { connectMachine } from "./machines.ts";

const deployment = inject("deployment");
const channelId = `feeds-${randomBytes(4).toString("hex")}`;
const closers: (() => unknown)[] = [];
let token: string;

beforeAll(async () => {
  await seed(deployment, {
    sources: [{ name: channelId, guildId: "1", channelId, minTier: "pro" }],
    routes: [],
  });
  ({ token } = await issueMachine(deployment, { kind: "source", name: channelId }));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function postSignal(content: string): Promise<number> {
  const event = {
    type: "create",
    messageId: randomBytes(6).toString("hex"),
    channelId,
    occurredAt: Date.now(),
    content,
  };
  const response = await fetch(`${deployment.siteUrl}/ingest/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ events: [event] }),
  });
  const { results } = await response.json();
  expect(results[0].status).toBe("accepted");
  return results[0].seq;
}

/** Everything the holder of a key is pushed from the segment of `seq` and the next. */
function follow(feedKey: string, seq: number) {
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false });
  closers.push(() => client.close());
  const contents = new Set<string>();
  const states: string[] = [];
  for (const segment of [Math.floor(seq / 8), Math.floor(seq / 8) + 1]) {
    client.onUpdate(api.feed.segment, { feedKey, segment }, (answer) => {
      states.push(answer.state);
      if (answer.state === "current")
        for (const { content } of answer.signals) contents.add(content);
    });
  }
  return { contents, states };
}

const holds = (fact: () => void) => vi.waitFor(fact, { timeout: 10_000, interval: 10 });

test("the holder of a rotated key hears nothing more, and holders of other keys notice nothing", async () => {
  const seq = await postSignal("before");
  const rotated = follow(keyOf(await shardKeys(deployment, 21), "pro"), seq);
  const kept = follow(keyOf(await shardKeys(deployment, 22), "pro"), seq);
  await holds(() =>
    expect([rotated.contents.has("before"), kept.contents.has("before")]).toEqual([true, true]),
  );
  await runAsAdmin(deployment, "access:rotate", { feed: "pro", shard: 21 });
  await postSignal("after the rotation");
  await holds(() => expect(kept.contents).toContain("after the rotation"));
  expect(rotated.contents).not.toContain("after the rotation");
  expect(rotated.states.at(-1)).toBe("rotated");
  expect(kept.states).not.toContain("rotated");
});

test("a key of one feed opens no other", async () => {
  await postSignal("for pro only");
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false });
  closers.push(() => client.close());
  const keys = await shardKeys(deployment, 23);
  const answer = await client.query(api.feed.segment, {
    feedKey: keyOf(keys, "basic"),
    segment: 0,
  });
  expect(JSON.stringify(answer)).not.toContain("for pro only");
  const forged = keyOf(keys, "basic").replace(".basic.", ".pro.");
  expect(await client.query(api.feed.segment, { feedKey: forged, segment: 0 })).toEqual({
    state: "rotated",
  });
});

test("a revoked console hears nothing more, and another goes on", async () => {
  const revoked = await connectMachine(deployment, "console", "revoked");
  const kept = await connectMachine(deployment, "console", "kept");
  const heard: Record<string, string[]> = { revoked: [], kept: [] };
  for (const [name, { client }] of [
    ["revoked", revoked],
    ["kept", kept],
  ] as const) {
    closers.push(() => client.close());
    client.onUpdate(api.live.signals, { limit: 5 }, (answer) => {
      heard[name]?.push(
        answer.state === "current" ? (answer.signals[0]?.content ?? "") : answer.state,
      );
    });
  }
  await postSignal("both hear this");
  await holds(() =>
    expect([heard.revoked?.at(-1), heard.kept?.at(-1)]).toEqual([
      "both hear this",
      "both hear this",
    ]),
  );
  await runAsAdmin(deployment, "machines:revokeNow", { machineId: revoked.machineId });
  await postSignal("one hears this");
  await holds(() => expect(heard.kept?.at(-1)).toBe("one hears this"));
  expect(heard.revoked?.at(-1)).toBe("revoked");
  expect(heard.revoked).not.toContain("one hears this");
  expect(heard.kept).not.toContain("revoked");
});

test("a thousand viewers of one key cost one execution per signal", async ({ skip }) => {
  const counters = await readCounters(deployment.url).catch(() => undefined);
  if (counters === undefined) skip("this engine does not count executions");
  const feedKey = keyOf(await shardKeys(deployment, 24), "pro");
  const seq = await postSignal("first");
  const seen = new Map<string, number>();
  const failures: Error[] = [];
  for (let group = 0; group < 20; group++) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await SyncClient.connect(deployment.url, {
          onError: (error) => failures.push(error),
        });
        closers.push(() => client.close());
        const known = new Set<string>();
        for (const segment of [Math.floor(seq / 8), Math.floor(seq / 8) + 1]) {
          client.subscribe("feed:segment", { feedKey, segment }, (value) => {
            const { signals } = value as { signals: readonly { content: string }[] };
            for (const { content } of signals) {
              if (known.has(content)) continue;
              known.add(content);
              seen.set(content, (seen.get(content) ?? 0) + 1);
            }
          });
        }
      }),
    );
  }
  await holds(() => expect(seen.get("first")).toBe(1_000));
  const before = (await readCounters(deployment.url)).executions("feed:segment");
  await postSignal("counted");
  await holds(() => expect(seen.get("counted")).toBe(1_000));
  const after = (await readCounters(deployment.url)).executions("feed:segment");
  expect(after - before).toBe(1);
  expect(failures).toEqual([]);
}, 60_000);
