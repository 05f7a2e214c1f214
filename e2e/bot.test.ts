import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { readTable, runAsAdmin } from "../tools/deployment/admin.ts";
import { type DiscordWorld, openDiscordWorld } from "../tools/deployment/discord-world.ts";
import { connectMachine } from "./machines.ts";

const deployment = inject("deployment");
const TAKEOVER_MS = 15_000; // what is promised when a holder dies
const HANDOVER_MS = 3_000; // a lease expires after 9 s
let world: DiscordWorld;

beforeEach(async () => {
  world = await openDiscordWorld(deployment);
});
afterEach(() => world.close());

/** Waits for a fact to hold; says what it saw last when it does not. */
const holds = (fact: () => void, timeout = 10_000) => vi.waitFor(fact, { timeout, interval: 20 });

test("a post is mirrored, and its edit and deletion follow", async () => {
  await world.startBot("one");
  const messageId = world.post("BTC long 61,200");
  await holds(() => expect(world.mirrored()).toEqual(["BTC long 61,200"]));
  world.edit(messageId, "BTC long 61,300");
  await holds(() => expect(world.mirrored()).toEqual(["BTC long 61,300"]));
  world.remove(messageId);
  await holds(() => expect(world.mirrored()).toEqual([]));
});

test("a bot killed after Discord took the post and before it was settled leaves one message", async () => {
  const first = await world.startBot("first");
  await first.logged("lease.held");
  world.sim.faults.loseNextAnswer({ route: "POST /channels/:id/messages", how: "hang" });
  world.post("ETH short");
  await holds(() => expect(world.mirrored()).toEqual(["ETH short"]));
  await first.kill();
  const second = await world.startBot("second");
  await second.logged("lease.held");
  world.post("the next one");
  await holds(() => expect(world.mirrored()).toContain("the next one"));
  expect(world.mirrored()).toEqual(["ETH short", "the next one"]);
}, 60_000);

test("of two bots one acts; when it dies the other takes over", async () => {
  const first = await world.startBot("first");
  await first.logged("lease.held");
  const second = await world.startBot("second");
  world.post("while both live");
  await holds(() => expect(world.mirrored()).toEqual(["while both live"]));
  const killedAtMs = Date.now();
  await first.kill();
  world.post("after the first died");
  await holds(() => expect(world.mirrored()).toHaveLength(2), TAKEOVER_MS + 5_000);
  expect(Date.now() - killedAtMs).toBeLessThan(TAKEOVER_MS);
  await second.logged("lease.held");
  expect(world.mirrored()).toEqual(["while both live", "after the first died"]);
}, 60_000);

test("a bot that is told to stop hands over at once, not when its lease would expire", async () => {
  const first = await world.startBot("first");
  await first.logged("lease.held");
  const second = await world.startBot("second");
  world.post("before the deploy");
  await holds(() => expect(world.mirrored()).toEqual(["before the deploy"]));
  const toldAtMs = Date.now();
  const stopped = first.stop();
  await second.logged("lease.held");
  expect(Date.now() - toldAtMs).toBeLessThan(HANDOVER_MS);
  world.post("after the deploy");
  await holds(() => expect(world.mirrored()).toHaveLength(2));
  await stopped;
}, 60_000);

test("what was posted, edited and deleted while no bot ran is read again", async () => {
  const bot = await world.startBot("before");
  const edited = world.post("to be edited");
  const removed = world.post("to be removed");
  await holds(() => expect(world.mirrored()).toHaveLength(2));
  await bot.stop();
  world.edit(edited, "edited while away");
  world.remove(removed);
  world.post("posted while away");
  await world.startBot("after");
  await holds(
    () => expect(world.mirrored()).toEqual(["edited while away", "posted while away"]),
    20_000,
  );
  const { client } = await connectMachine(deployment, "console", "health");
  await vi.waitFor(async () => {
    const answer = await client.query(api.capture.health, {});
    const sources = answer.state === "current" ? answer.sources : [];
    const source = sources.find(({ channelId }) => channelId === world.sourceChannelId);
    expect(source?.bot).toMatchObject({ state: "listening", lastGap: { cause: "start" } });
  });
  await client.close();
}, 60_000);

test("events lost with a gateway session are read again", async () => {
  await world.startBot("one");
  world.post("before");
  await holds(() => expect(world.mirrored()).toEqual(["before"]));
  const release = world.sim.faults.holdGateway();
  world.sim.faults.invalidateSessions();
  world.post("while the gateway was away");
  release();
  await holds(
    () => expect(world.mirrored()).toEqual(["before", "while the gateway was away"]),
    30_000,
  );
}, 60_000);

test("a mirrored post that somebody removes by hand comes back", async () => {
  await world.startBot("one");
  world.post("to be kept");
  await holds(() => expect(world.mirrored()).toEqual(["to be kept"]));
  const [posted] = world.sim.messages(world.targetChannelId);
  const messageId = posted?.id ?? "";
  const isKnown = async () =>
    expect(await readTable(deployment, "mirrorPosts")).toContainEqual(
      expect.objectContaining({ messageId }),
    );
  await vi.waitFor(isKnown, { timeout: 10_000, interval: 50 });
  world.sim.remove({ channelId: world.targetChannelId, messageId });
  await holds(() => expect(world.sim.messages(world.targetChannelId)).toHaveLength(1));
  expect(world.mirrored()).toEqual(["to be kept"]);
});

test("a revoked bot ends, and another goes on", async () => {
  const revoked = await world.startBot("revoked");
  await revoked.logged("lease.held");
  const other = await world.startBot("other");
  await runAsAdmin(deployment, "machines:revokeNow", { machineId: revoked.machineId });
  expect(await revoked.ended).toBe(3);
  await other.logged("lease.held");
  world.post("still here");
  await holds(() => expect(world.mirrored()).toEqual(["still here"]), TAKEOVER_MS);
}, 60_000);
