/** Access of people on the real engine: open sockets, keys, expiry, and a deployment that was down. */
import { randomBytes } from "node:crypto";
import type { ConvexClient } from "convex/browser";
import { afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import type { Id } from "../convex/_generated/dataModel.js";
import { issueMachine, seed } from "../tools/deployment/admin.ts";
import { freshDeployment } from "../tools/deployment/fresh-deployment.ts";
import type { TestDeployment } from "../tools/deployment/given-deployment.ts";
import { connectMachine } from "./machines.ts";
import { connectPerson, type SignedUp, signUpPerson } from "./people.ts";

const deployment = inject("deployment");
const channelId = `access-${randomBytes(4).toString("hex")}`;
const closers: (() => unknown)[] = [];
let token: string;

beforeAll(async () => {
  token = await openSource(deployment);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const holds = (fact: () => void | Promise<void>, timeout = 10_000) =>
  vi.waitFor(fact, { timeout, interval: 10 });

async function openSource(on: TestDeployment): Promise<string> {
  const source = { name: channelId, guildId: "1", channelId, minTier: "basic" };
  await seed(on, { sources: [source], routes: [] });
  return (await issueMachine(on, { kind: "source", name: channelId })).token;
}

async function postSignal(content: string): Promise<void> {
  const messageId = randomBytes(6).toString("hex");
  const event = { type: "create", messageId, channelId, occurredAt: Date.now(), content };
  const response = await fetch(`${deployment.siteUrl}/ingest/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ events: [event] }),
  });
  expect((await response.json()).results[0].status).toBe("accepted");
}

/** Follows a person's grant and, with its newest key, the open segment of the basic feed. */
function watch(on: TestDeployment, person: SignedUp) {
  const client = connectPerson(on, person);
  closers.push(() => client.close());
  const seen = {
    keys: [] as string[],
    contents: [] as string[],
    grants: [] as { tier: string | null; atMs: number }[],
    /** What a key answered last. */
    states: new Map<string, string>(),
  };
  client.onUpdate(api.access.grant, {}, (answer) => {
    if (answer.state !== "current") return;
    seen.grants.push({ tier: answer.access?.tier ?? null, atMs: Date.now() });
    const feedKey = answer.access?.keys[0]?.feedKey;
    if (feedKey === undefined || seen.keys.includes(feedKey)) return;
    seen.keys.push(feedKey);
    void followKey(client, feedKey, seen);
  });
  return { client, seen };
}

async function followKey(
  client: ConvexClient,
  feedKey: string,
  seen: { contents: string[]; states: Map<string, string> },
): Promise<void> {
  const position = await client.query(api.feed.position, { feedKey });
  if (position.state !== "current") return;
  const open = Math.floor(position.nextSeq / 8);
  for (const segment of [open, open + 1]) {
    client.onUpdate(api.feed.segment, { feedKey, segment }, (answer) => {
      seen.states.set(feedKey, answer.state);
      if (answer.state !== "current") return;
      for (const { content } of answer.signals) {
        if (!seen.contents.includes(content)) seen.contents.push(content);
      }
    });
  }
}

async function openOperator(on: TestDeployment) {
  const { client } = await connectMachine(on, "console", "access");
  closers.push(() => client.close());
  return client;
}

interface Neighbour extends ReturnType<typeof watch> {
  readonly grantId: Id<"grants">;
}

/** Two who share a shard. */
function neighboursOf(people: readonly Neighbour[]): [Neighbour, Neighbour] {
  for (const one of people) {
    const other = people.find(({ seen }) => seen !== one.seen && seen.keys[0] === one.seen.keys[0]);
    if (other !== undefined) return [one, other];
  }
  throw new Error("nobody shares a shard");
}

const name = () => `${randomBytes(5).toString("hex")}@example.com`;

test("from the moment access ends an open socket gets nothing new and its key is refused; the others of the shard miss nothing", async () => {
  const operator = await openOperator(deployment);
  // Newcomers have two lanes of shards: of three, two share one.
  const three = await Promise.all(
    [name(), name(), name()].map((at) => signUpPerson(deployment, at)),
  );
  const all: Neighbour[] = [];
  for (const { person, ...rest } of three.map((known) => ({
    person: known,
    ...watch(deployment, known),
  }))) {
    const gift = { userId: person.userId, tier: "basic", untilMs: null, reason: "e2e" } as const;
    const { grantId } = await operator.mutation(api.access.giveGrant, gift);
    all.push({ ...rest, grantId });
  }
  await holds(() => expect(all.map(({ seen }) => seen.keys.length)).toEqual([1, 1, 1]));
  const [leaver, stayer] = neighboursOf(all);
  const [left, stayed] = [leaver.seen, stayer.seen];
  await holds(() => expect([left.states.size, stayed.states.size]).toEqual([1, 1]));
  await postSignal("for both");
  await holds(() => expect(left.contents).toContain("for both"));
  await holds(() => expect(stayed.contents).toContain("for both"));

  await operator.mutation(api.access.revokeGrant, { grantId: leaver.grantId });
  for (let n = 1; n <= 3; n += 1) await postSignal(`for one ${n}`);
  await holds(() => expect(stayed.contents).toContain("for one 3"));
  expect(stayed.contents).toEqual(expect.arrayContaining(["for one 1", "for one 2"]));
  expect(left.contents.filter((text) => text.startsWith("for one"))).toEqual([]);
  const oldKey = left.keys[0] ?? "";
  await holds(() => expect(left.grants.at(-1)?.tier).toBeNull());
  await holds(() => expect(left.states.get(oldKey)).toBe("rotated"));
  const asked = await leaver.client.query(api.feed.segment, { feedKey: oldKey, segment: 0 });
  expect(asked).toEqual({ state: "rotated" });
  expect(stayed.keys).toHaveLength(2);
  const firstOpen = stayed.grants.findIndex(({ tier }) => tier !== null);
  expect(stayed.grants.slice(firstOpen).map(({ tier }) => tier)).not.toContain(null);
});

test("the feed of an idle viewer locks within a second of the end, by itself", async () => {
  const operator = await openOperator(deployment);
  const person = await signUpPerson(deployment, name());
  const { seen } = watch(deployment, person);
  const untilMs = Date.now() + 1_500;
  const gift = { userId: person.userId, tier: "pro", untilMs, reason: "a moment" } as const;
  await operator.mutation(api.access.giveGrant, gift);
  await holds(() => expect(seen.grants.at(-1)?.tier).toBe("pro"));
  await holds(() => expect(seen.grants.at(-1)?.tier).toBeNull());
  const lateMs = (seen.grants.at(-1)?.atMs ?? 0) - untilMs;
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(1_000);
  await holds(() => expect(seen.states.get(seen.keys[0] ?? "")).toBe("rotated"));
});

test("access that ended while the deployment was down is locked at its start", async () => {
  const { engine, close } = await freshDeployment();
  closers.push(close);
  const own: TestDeployment = engine;
  const operator = await openOperator(own);
  const person = await signUpPerson(own, name());
  const { seen, client } = watch(own, person);
  await holds(() => expect(seen.grants.at(-1)?.tier).toBeNull());
  const untilMs = Date.now() + 5_000;
  const gift = { userId: person.userId, tier: "pro", untilMs, reason: "a moment" } as const;
  await operator.mutation(api.access.giveGrant, gift);
  await holds(() => expect(seen.keys).toHaveLength(1));
  await engine.kill();
  expect(Date.now()).toBeLessThan(untilMs);
  await holds(() => expect(Date.now()).toBeGreaterThan(untilMs));
  await engine.start();
  await holds(() => expect(seen.grants.at(-1)?.tier).toBeNull(), 20_000);
  const feedKey = seen.keys[0] ?? "";
  expect(await client.query(api.feed.segment, { feedKey, segment: 0 })).toEqual({
    state: "rotated",
  });
}, 90_000);
