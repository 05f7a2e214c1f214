import { type Client, Events, type Message } from "discord.js";
import { describe, expect, test } from "vitest";
import { GatewayPeer } from "../../test/gateway-peer.ts";
import { login, next, OTHER_TOKEN, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

function say(sim: DiscordSim, content: string) {
  return sim.post({ channelId: sim.channelId("Desk", "signals"), username: "analyst", content });
}

/** Collects contents until `count` have come. */
function hear(client: Client, count: number): Promise<string[]> {
  const heard: string[] = [];
  return new Promise((resolve) => {
    const listener = ({ content }: Message) => {
      heard.push(content);
      if (heard.length < count) return;
      client.off(Events.MessageCreate, listener);
      resolve(heard);
    };
    client.on(Events.MessageCreate, listener);
  });
}

test("[DGW1] READY names the guilds, and each follows with its channels, roles and members", async () => {
  const sim = await startSim();
  const peer = new GatewayPeer(sim);
  const ready = await peer.identify();
  expect(ready).toMatchObject({
    s: 1,
    d: { v: 10, user: { username: "mirror-bot", bot: true }, shard: [0, 1] },
  });
  const club = await peer.heard("GUILD_CREATE", ({ d }) => d.name === "Club");
  expect(club.d).toMatchObject({
    channels: [{ name: "mirror", type: 0 }],
    member_count: 4,
    unavailable: false,
  });
  expect(peer.events()).toEqual(["READY", "GUILD_CREATE", "GUILD_CREATE"]);
});

test("[DGW1] discord.js becomes ready with guilds and channels in its cache", async () => {
  const sim = await startSim();
  const client = await login(sim);
  expect(client.guilds.cache.map(({ name }) => name)).toEqual(["Desk", "Club"]);
  expect(client.channels.cache.has(sim.channelId("Club", "mirror"))).toBe(true);
});

test("[DGW2] a heartbeat is acknowledged", async () => {
  const peer = new GatewayPeer(await startSim());
  await peer.identify();
  peer.send({ op: 1, d: 1 });
  await peer.heard(11);
});

test("[DGW2] who beats in time stays, who stops is closed with 4009", async () => {
  const clock = new ManualClock();
  const peer = new GatewayPeer(await startSim({ clock, heartbeatIntervalMs: 10_000 }));
  await peer.identify();
  clock.advance(15_000);
  peer.send({ op: 1, d: 1 });
  await peer.heard(11);
  clock.advance(15_000);
  peer.send({ op: 3, d: {} }); // still open: a second answer below, and only then the close
  clock.advance(5_001);
  expect(await peer.closed).toBe(4009);
});

test("[DGW3] what happened while the socket was broken is replayed in order, then RESUMED", async () => {
  const sim = await startSim();
  const first = new GatewayPeer(sim);
  const ready = await first.identify();
  say(sim, "before");
  const { s } = await first.heard("MESSAGE_CREATE");
  sim.faults.dropGateway();
  await first.closed;
  say(sim, "missed 1");
  say(sim, "missed 2");
  const second = new GatewayPeer(sim);
  await second.resume(ready.d.session_id, s ?? 0);
  await second.heard("RESUMED");
  expect(second.frames.filter(({ t }) => t === "MESSAGE_CREATE").map(({ d }) => d.content)).toEqual(
    ["missed 1", "missed 2"],
  );
  expect(second.events().at(-1)).toBe("RESUMED");
});

test("[DGW3] discord.js survives a drop: it hears each message once and in order", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const heard = hear(client, 3);
  say(sim, "1");
  const release = sim.faults.holdGateway();
  sim.faults.dropGateway();
  say(sim, "2");
  release();
  await next(client, Events.ShardResume);
  say(sim, "3");
  expect(await heard).toEqual(["1", "2", "3"]);
});

test("[DGW3] resuming from a sequence the session never reached closes with 4007", async () => {
  const sim = await startSim();
  const first = new GatewayPeer(sim);
  const ready = await first.identify();
  const second = new GatewayPeer(sim);
  await second.resume(ready.d.session_id, 99);
  expect(await second.closed).toBe(4007);
});

test.each([
  ["never was", null],
  ["was closed with 1000", 1000],
  ["was closed with 1001", 1001],
])("[DGW4] a session that %s answers op 9", async (_what, code) => {
  const sim = await startSim();
  const first = new GatewayPeer(sim);
  const ready = await first.identify();
  if (code !== null) {
    first.close(code);
    await first.closed;
  }
  const second = new GatewayPeer(sim);
  await second.resume(code === null ? "no-such-session" : ready.d.session_id, 1);
  expect((await second.heard(9)).d).toBe(false);
});

test("[DGW4] a session left for longer than the resume window answers op 9", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const first = new GatewayPeer(sim);
  const ready = await first.identify();
  sim.faults.dropGateway();
  await first.closed;
  await expect.poll(() => sim.connectedSessions()).toBe(0);
  clock.advance(200_000);
  const second = new GatewayPeer(sim);
  await second.resume(ready.d.session_id, 1);
  expect((await second.heard(9)).d).toBe(false);
});

test("[DGW4] told that its session is gone, discord.js starts a new one and hears again", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const back = next(client, Events.ShardReady);
  const release = sim.faults.holdGateway();
  sim.faults.invalidateSessions();
  say(sim, "lost");
  release();
  await back;
  const heard = hear(client, 1);
  say(sim, "after");
  expect(await heard).toEqual(["after"]);
});

test("[DGW4] a resumable op 9 lets the client resume on the same socket, hearing nothing twice", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const heard = hear(client, 2);
  const resumed = next(client, Events.ShardResume);
  sim.faults.invalidateSessions({ resumable: true });
  say(sim, "1");
  await resumed;
  say(sim, "2");
  expect(await heard).toEqual(["1", "2"]);
});

test("[DGW5] asked to reconnect, discord.js resumes with what it missed", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const heard = hear(client, 1);
  const resumed = next(client, Events.ShardResume);
  sim.faults.askToReconnect();
  await next(client, Events.ShardReconnecting);
  say(sim, "meanwhile");
  await resumed;
  expect(await heard).toEqual(["meanwhile"]);
});

describe("[DGW6] close codes", () => {
  test.each([
    ["not JSON", "{", 4002],
    ["an unknown op before identify", { op: 8, d: {} }, 4003],
    ["more than 4,096 bytes", { op: 1, d: "x".repeat(5_000) }, 4002],
    ["a wrong token", { op: 2, d: { token: "wrong", intents: 0 } }, 4004],
    [
      "a resume with a wrong token",
      { op: 6, d: { token: "wrong", session_id: "x", seq: 1 } },
      4004,
    ],
    [
      "an impossible shard",
      { op: 2, d: { token: "token-of-mirror-bot", intents: 0, shard: [2, 2] } },
      4010,
    ],
    ["unknown intents", { op: 2, d: { token: "token-of-mirror-bot", intents: 2 ** 40 } }, 4013],
  ])("[DGW6] %s closes the socket with its code", async (_what, payload, code) => {
    const peer = new GatewayPeer(await startSim());
    await peer.heard(10);
    peer.send(payload);
    expect(await peer.closed).toBe(code);
  });

  test("[DGW6] identifying twice closes with 4005, an unknown op with 4001", async () => {
    const sim = await startSim();
    const twice = new GatewayPeer(sim);
    await twice.identify();
    twice.send({ op: 2, d: { token: "token-of-mirror-bot", intents: 0 } });
    expect(await twice.closed).toBe(4005);
    const odd = new GatewayPeer(sim);
    await odd.identify();
    odd.send({ op: 99, d: null });
    expect(await odd.closed).toBe(4001);
  });

  test("[DGW6] 121 sends within a minute close with 4008, another version with 4012", async () => {
    const sim = await startSim();
    const hasty = new GatewayPeer(sim);
    await hasty.heard(10);
    for (let n = 0; n < 121; n += 1) hasty.send({ op: 1, d: null });
    expect(await hasty.closed).toBe(4008);
    expect(await new GatewayPeer(sim, "v=6&encoding=json").closed).toBe(4012);
  });
});

test("[DGW7] two sessions of two bots hear the same message, each in its own count", async () => {
  const sim = await startSim();
  const [one, two] = [new GatewayPeer(sim), new GatewayPeer(sim)];
  await one.identify();
  await two.identify({ token: OTHER_TOKEN, intents: (1 << 9) | (1 << 15) });
  say(sim, "for both");
  const [first, second] = [await one.heard("MESSAGE_CREATE"), await two.heard("MESSAGE_CREATE")];
  expect(first.d).toEqual(second.d);
  expect([first.s, second.s]).toEqual([4, 2]);
});

test("[DGW8] discord.js fetches all members over the gateway", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const members = await client.guilds.cache.first()?.members.fetch();
  expect(members?.map(({ user }) => user.username).sort()).toEqual([
    "analyst",
    "mirror-bot",
    "other-bot",
    "reader",
  ]);
});
