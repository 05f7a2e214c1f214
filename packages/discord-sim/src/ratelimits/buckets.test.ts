/** The buckets beyond those of plain posts, by raw requests. */
import { WebhookClient } from "discord.js";
import { expect, test } from "vitest";
import { type Answer, OTHER_TOKEN, rest, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

const HOUR_MS = 3_600_000;

async function webhookOf(sim: DiscordSim, channelName: string) {
  const line = `POST /channels/${sim.channelId("Desk", channelName)}/webhooks`;
  const { body } = await rest(sim, line, { body: { name: "w" } });
  return body as { id: string; token: string };
}

function execute(sim: DiscordSim, { id, token }: { id: string; token: string }): Promise<Answer> {
  return rest(sim, `POST /webhooks/${id}/${token}`, { token: "", body: { content: "x" } });
}

test("[DRL5] each webhook has 5 posts in 2 s of its own, and failed ones count", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const [one, two] = [await webhookOf(sim, "signals"), await webhookOf(sim, "signals")];
  const line = `POST /webhooks/${one.id}/${one.token}`;
  expect((await rest(sim, line, { token: "", body: {} })).status).toBe(400);
  for (let n = 0; n < 4; n += 1) expect((await execute(sim, one)).status).toBe(204);
  const refused = await execute(sim, one);
  expect(refused).toMatchObject({ status: 429, body: { global: false } });
  expect(refused.headers.get("x-ratelimit-limit")).toBe("5");
  expect((await execute(sim, two)).status).toBe(204);
  clock.advance(2_000);
  expect((await execute(sim, one)).status).toBe(204);
});

test("[DRL5] a webhook client of discord.js waits for its bucket without one refusal", async () => {
  const routeLimits = { "POST /webhooks/:id/:token": { limit: 3, perMs: 300 } };
  const sim = await startSim({ routeLimits });
  const { id, token } = await webhookOf(sim, "signals");
  const client = new WebhookClient({ id, token }, { rest: { api: sim.apiUrl } });
  await Promise.all(["1", "2", "3", "4", "5"].map((text) => client.send(text)));
  expect(sim.messages(sim.channelId("Desk", "signals"))).toHaveLength(5);
  expect(sim.requests().filter(({ status }) => status === 429)).toEqual([]);
});

test("[DRL6] the fourth edit in 6 s of messages older than an hour answers 30046; young ones are free", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Desk", "signals");
  const line = `/channels/${channelId}/messages`;
  const post = async () =>
    ((await rest(sim, `POST ${line}`, { body: { content: "x" } })).body as { id: string }).id;
  const old = [await post(), await post()];
  clock.advance(HOUR_MS + 1);
  const young = await post();
  const edit = (id = "") => rest(sim, `PATCH ${line}/${id}`, { body: { content: "y" } });
  for (const id of [old[0], old[1], old[0]]) expect((await edit(id)).status).toBe(200);
  expect(await edit(old[1])).toMatchObject({ status: 429, body: { code: 30_046 } });
  expect((await edit(young)).status).toBe(200);
  clock.advance(6_000);
  expect((await edit(old[1])).status).toBe(200);
});

test("[DRL7] deletes of messages older than two weeks count apart", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Desk", "signals");
  const post = () => sim.post({ channelId, username: "analyst", content: "x" }).id;
  const old = post();
  clock.advance(15 * 24 * HOUR_MS);
  const young = post();
  const remove = async (id: string) =>
    (await rest(sim, `DELETE /channels/${channelId}/messages/${id}`)).headers;
  const [ofOld, ofYoung] = [await remove(old), await remove(young)];
  expect(ofOld.get("x-ratelimit-bucket")).not.toBe(ofYoung.get("x-ratelimit-bucket"));
  expect(ofYoung.get("x-ratelimit-remaining")).toBe("4");
});

test("[DRL8] all webhooks of a channel together post 30 times a minute, then a shared 429", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const hooks = [await webhookOf(sim, "signals"), await webhookOf(sim, "signals")];
  const elsewhere = await webhookOf(sim, "lounge");
  for (let n = 0; n < 30; n += 1) {
    const [hook = elsewhere] = [hooks[n % 2]];
    expect((await execute(sim, hook)).status).toBe(204);
    clock.advance(500);
  }
  const refused = await execute(sim, hooks[0] ?? elsewhere);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-ratelimit-scope")).toBe("shared");
  expect((await execute(sim, elsewhere)).status).toBe(204);
});

test("[DRL3] without a token the address counts, apart from every bot", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const open = () => rest(sim, "GET /gateway", { token: "" });
  for (let n = 0; n < 50; n += 1) await open();
  expect(await open()).toMatchObject({ status: 429, body: { global: true } });
  expect((await rest(sim, "GET /users/@me")).status).toBe(200);
});

test("[DRL9] too many 401, 403 and 429 answers shut everybody out for a time; shared ones do not count", async () => {
  const clock = new ManualClock();
  const sim = await startSim({
    clock,
    invalidRequestLimit: { limit: 3, perMs: 600_000, banMs: 60_000 },
  });
  const route = "GET /users/@me";
  sim.faults.failNext({ route, status: 429, scope: "shared", times: 5 });
  for (let n = 0; n < 5; n += 1) await rest(sim, route);
  for (let n = 0; n < 2; n += 1) await rest(sim, route, { token: "wrong" });
  expect((await rest(sim, route)).status).toBe(200);
  await rest(sim, route, { token: "wrong" });
  const banned = await fetch(`${sim.apiUrl}/v10/gateway`);
  expect(banned.status).toBe(429);
  expect(await banned.text()).toContain("1015");
  expect(banned.headers.get("retry-after")).toBe("60");
  clock.advance(60_000);
  expect((await rest(sim, route, { token: OTHER_TOKEN })).status).toBe(200);
});
