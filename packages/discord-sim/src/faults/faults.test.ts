import { Events, type TextChannel } from "discord.js";
import { expect, test } from "vitest";
import { GatewayPeer } from "../../test/gateway-peer.ts";
import { login, next, rest, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";

const POST = "POST /channels/:id/messages";

test("[DFLT1] a planned failure happens as often as planned, on its route alone, and does nothing", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Club", "mirror");
  const post = () => rest(sim, `POST /channels/${channelId}/messages`, { body: { content: "x" } });
  sim.faults.failNext({ route: POST, status: 503, times: 2 });
  expect((await rest(sim, "GET /users/@me")).status).toBe(200);
  expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([
    503, 503, 200,
  ]);
  expect(sim.messages(channelId)).toHaveLength(1);
});

test("[DFLT1] a planned refusal carries its code, a planned 429 its scope and wait", async () => {
  const sim = await startSim();
  sim.faults.failNext({ route: "*", status: 403, code: 50_013, message: "Missing Permissions" });
  expect(await rest(sim, "GET /users/@me")).toMatchObject({ status: 403, body: { code: 50_013 } });
  sim.faults.failNext({ route: "*", status: 429, retryAfterMs: 1_500, scope: "shared" });
  const limited = await rest(sim, "GET /users/@me");
  expect(limited).toMatchObject({ status: 429, body: { retry_after: 1.5, global: false } });
  expect(limited.headers.get("x-ratelimit-scope")).toBe("shared");
});

test("[DFLT1] faults can be planned over HTTP, and a wrong one is refused", async () => {
  const sim = await startSim();
  const plan = (body: object) =>
    fetch(`${sim.url}/sim/faults`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await plan({ kind: "fail", route: "GET /users/@me", status: 500 })).status).toBe(204);
  expect((await rest(sim, "GET /users/@me")).status).toBe(500);
  expect((await plan({ kind: "earthquake" })).status).toBe(400);
});

test("[DFLT2] discord.js repeats a post whose answer was lost, and there is one message", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = (await client.channels.fetch(sim.channelId("Club", "mirror"))) as TextChannel;
  sim.faults.loseNextAnswer({ route: POST, how: "reset" });
  const message = await channel.send({ content: "once", nonce: "n-1", enforceNonce: true });
  expect(sim.messages(channel.id).map(({ id }) => id)).toEqual([message.id]);
  expect(sim.requests().filter(({ method }) => method === "POST")).toHaveLength(2);
});

test("[DFLT2] a hanging answer stays silent until the client gives up", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Club", "mirror");
  sim.faults.loseNextAnswer({ route: POST, how: "hang" });
  const request = fetch(`${sim.apiUrl}/v10/channels/${channelId}/messages`, {
    method: "POST",
    headers: { Authorization: "Bot token-of-mirror-bot", "Content-Type": "application/json" },
    body: JSON.stringify({ content: "x" }),
    signal: AbortSignal.timeout(300),
  });
  await expect(request).rejects.toThrow(/abort|timeout/i);
  expect(sim.messages(channelId)).toHaveLength(1);
});

test("[DFLT3] a planned delay holds a request back for its time", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  sim.faults.delayNext({ route: "GET /users/@me", delayMs: 5_000 });
  let answered = false;
  const slow = rest(sim, "GET /users/@me").then(() => {
    answered = true;
  });
  await rest(sim, "GET /gateway/bot"); // sent later, answered before
  expect(answered).toBe(false);
  clock.advance(5_000);
  await slow;
});

test("[DFLT1] a fault planned for always lasts until it is cleared, on the route of one channel", async () => {
  const sim = await startSim();
  const [shut, open] = [sim.channelId("Desk", "signals"), sim.channelId("Desk", "lounge")];
  const post = async (id: string) =>
    (await rest(sim, `POST /channels/${id}/messages`, { body: { content: "x" } })).status;
  const route = `POST /channels/${shut}/messages`;
  sim.faults.failNext({ route, status: 403, code: 50_001, times: "always" });
  expect([await post(shut), await post(shut), await post(open)]).toEqual([403, 403, 200]);
  sim.faults.clear();
  expect(await post(shut)).toBe(200);
});

test("[DFLT4] a lost event is told to nobody and leaves no gap in the sequence", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const peer = new GatewayPeer(sim);
  await peer.identify();
  sim.faults.loseEvents("MESSAGE_CREATE", 2);
  for (const content of ["1", "2", "3"]) sim.post({ channelId, username: "analyst", content });
  const { d, s } = await peer.heard("MESSAGE_CREATE");
  expect(d.content).toBe("3");
  expect(s).toBe(4); // READY and two guilds before it
});

test("[DFLT5] unanswered heartbeats make discord.js take the connection for dead, and it resumes", async () => {
  const sim = await startSim({ heartbeatIntervalMs: 200 });
  const client = await login(sim);
  sim.faults.ignoreHeartbeats();
  await next(client, Events.ShardReconnecting);
  const resumed = next(client, Events.ShardResume);
  sim.faults.answerHeartbeats();
  await resumed;
});

test("[DFLT6] a drop that forgets the sessions makes a resume answer op 9", async () => {
  const sim = await startSim();
  const first = new GatewayPeer(sim);
  const ready = await first.identify();
  sim.faults.dropGateway(undefined, { forget: true });
  await first.closed;
  const second = new GatewayPeer(sim);
  await second.resume(ready.d.session_id, 1);
  expect((await second.heard(9)).d).toBe(false);
});
