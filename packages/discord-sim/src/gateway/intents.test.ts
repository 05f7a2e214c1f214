import { GatewayIntentBits as Intent } from "discord.js";
import { expect, test } from "vitest";
import { GatewayPeer } from "../../test/gateway-peer.ts";
import { rest, SEED, startSim, TOKEN } from "../../test/sim-fixture.ts";

const BASE = Intent.Guilds | Intent.GuildMessages;

test("[DINT1] without the messages intent no message is told, with it each step is", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const [deaf, keen] = [new GatewayPeer(sim), new GatewayPeer(sim)];
  await deaf.identify({ intents: Intent.Guilds | Intent.GuildMessageTyping });
  await keen.identify({ intents: Intent.GuildMessages });
  const { id: messageId } = sim.post({ channelId, username: "analyst", content: "x" });
  sim.edit({ channelId, messageId, content: "y" });
  sim.remove({ channelId, messageId });
  await keen.heard("MESSAGE_DELETE");
  expect(keen.events()).toEqual(["READY", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]);
  await rest(sim, `POST /channels/${channelId}/typing`);
  await deaf.heard("TYPING_START");
  expect(deaf.events()).toEqual(["READY", "GUILD_CREATE", "GUILD_CREATE", "TYPING_START"]);
});

test("[DINT2] without message content, others' messages arrive empty; own and mentioning ones do not", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const peer = new GatewayPeer(sim);
  const ready = await peer.identify({ intents: BASE });
  const self = (ready.d.user as { id: string }).id;
  sim.post({
    channelId,
    username: "analyst",
    content: "secret",
    embeds: [{ title: "t" }],
    files: [{ name: "a.txt", data: "YQ==" }],
  });
  sim.post({ channelId, username: "analyst", content: `hello <@${self}>` });
  await rest(sim, `POST /channels/${channelId}/messages`, { body: { content: "mine" } });
  await peer.heard("MESSAGE_CREATE", ({ d }) => d.content === "mine");
  const heard = peer.frames.filter(({ t }) => t === "MESSAGE_CREATE").map(({ d }) => d);
  expect(heard[0]).toMatchObject({
    content: "",
    embeds: [],
    attachments: [],
    author: { username: "analyst" },
  });
  expect(heard[1]).toMatchObject({ content: `hello <@${self}>` });
});

test("[DINT3] a guild the bot is not in, another shard's guild and a hidden channel stay silent", async () => {
  const guilds = [
    ...SEED.guilds,
    { name: "Foreign", channels: [{ name: "far" }], members: ["analyst"] },
  ];
  const sim = await startSim({ seed: { ...SEED, guilds } });
  const desk = BigInt(sim.guilds().find(({ name }) => name === "Desk")?.id ?? "0");
  const [own, other] = [new GatewayPeer(sim), new GatewayPeer(sim)];
  const shardOfDesk = Number((desk >> 22n) % 2n);
  await own.identify({ shard: [shardOfDesk, 2] });
  await other.identify({ shard: [1 - shardOfDesk, 2] });
  sim.setBarrier(sim.channelId("Desk", "lounge"), "access");
  sim.post({ channelId: sim.channelId("Foreign", "far"), username: "analyst", content: "foreign" });
  sim.post({ channelId: sim.channelId("Desk", "lounge"), username: "analyst", content: "hidden" });
  sim.post({ channelId: sim.channelId("Desk", "signals"), username: "analyst", content: "heard" });
  await own.heard("MESSAGE_CREATE");
  other.send({ op: 1, d: null });
  await other.heard(11);
  const contents = [own, other].map(({ frames }) =>
    frames.filter(({ t }) => t === "MESSAGE_CREATE").map(({ d }) => d.content),
  );
  expect(contents).toEqual([["heard"], []]);
});

test("[DINT4] an application without the privileged intents is closed with 4014", async () => {
  const bots = [{ token: TOKEN, username: "mirror-bot", privilegedIntents: Intent.GuildMembers }];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const allowed = new GatewayPeer(sim);
  await allowed.identify({ intents: BASE | Intent.GuildMembers });
  const refused = new GatewayPeer(sim);
  await refused.heard(10);
  refused.send({ op: 2, d: { token: TOKEN, intents: BASE | Intent.MessageContent } });
  expect(await refused.closed).toBe(4014);
});
