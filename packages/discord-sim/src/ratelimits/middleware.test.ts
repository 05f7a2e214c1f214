import type { TextChannel } from "discord.js";
import { expect, test } from "vitest";
import { login, OTHER_TOKEN, rest, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";

test("[DRL1] the sixth post within 5 s waits for the window; another channel does not", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const line = (name: string) => `POST /channels/${sim.channelId("Desk", name)}/messages`;
  const post = (name: string) => rest(sim, line(name), { body: { content: "x" } });
  for (let n = 0; n < 5; n += 1) expect((await post("signals")).status).toBe(200);
  clock.advance(1_500);
  const refused = await post("signals");
  expect(refused).toMatchObject({ status: 429, body: { retry_after: 3.5, global: false } });
  expect(refused.headers.get("retry-after")).toBe("4");
  expect(refused.headers.get("x-ratelimit-scope")).toBe("user");
  expect((await post("lounge")).status).toBe(200);
  clock.advance(3_500);
  expect((await post("signals")).status).toBe(200);
});

test("[DRL2] headers count down and name one bucket for all channels of a route", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const post = (name: string) =>
    rest(sim, `POST /channels/${sim.channelId("Desk", name)}/messages`, { body: { content: "x" } });
  const [first, second, elsewhere] = [
    await post("signals"),
    await post("signals"),
    await post("lounge"),
  ];
  const read = (answer: typeof first, name: string) => answer.headers.get(`x-ratelimit-${name}`);
  expect([first, second].map((answer) => read(answer, "remaining"))).toEqual(["4", "3"]);
  expect(read(first, "limit")).toBe("5");
  expect(read(first, "reset-after")).toBe("5.000");
  expect(Number(read(first, "reset")) * 1_000).toBe(clock.nowMs() + 5_000);
  expect(read(elsewhere, "bucket")).toBe(read(first, "bucket"));
  expect(read(elsewhere, "remaining")).toBe("4");
});

test("[DRL3] the 51st request of a second is refused globally, for that token alone", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const ask = (token?: string) => rest(sim, "GET /users/@me", token === undefined ? {} : { token });
  for (let n = 0; n < 50; n += 1) await ask();
  const refused = await ask();
  expect(refused).toMatchObject({ status: 429, body: { global: true } });
  expect(refused.headers.get("x-ratelimit-global")).toBe("true");
  expect(refused.headers.get("x-ratelimit-scope")).toBe("global");
  expect((await ask(OTHER_TOKEN)).status).toBe(200);
  clock.advance(1_000);
  expect((await ask()).status).toBe(200);
});

test("[DRL4] discord.js spreads seven sends over the windows without one refusal", async () => {
  const routeLimits = { "POST /channels/:id/messages": { limit: 5, perMs: 400 } };
  const sim = await startSim({ routeLimits });
  const client = await login(sim);
  const channel = (await client.channels.fetch(sim.channelId("Club", "mirror"))) as TextChannel;
  const texts = Array.from({ length: 7 }, (_, n) => String(n));
  await Promise.all(texts.map((text) => channel.send(text)));
  expect(sim.messages(channel.id).map(({ content }) => content)).toEqual(texts);
  expect(sim.requests().filter(({ status }) => status === 429)).toEqual([]);
});

test("[DRL4] discord.js waits out a 429 that it could not foresee", async () => {
  const routeLimits = { "POST /channels/:id/messages": { limit: 5, perMs: 500 } };
  const sim = await startSim({ routeLimits });
  const client = await login(sim);
  const channel = (await client.channels.fetch(sim.channelId("Club", "mirror"))) as TextChannel;
  for (let n = 0; n < 5; n += 1)
    await rest(sim, `POST /channels/${channel.id}/messages`, { body: { content: "x" } });
  await channel.send("last");
  expect(sim.messages(channel.id)).toHaveLength(6);
  expect(sim.requests().filter(({ status }) => status === 429)).toHaveLength(1);
});
