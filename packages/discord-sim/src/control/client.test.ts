/** The typed client, as a test in another process uses it. */
import { expect, test } from "vitest";
import { consentUrl, REDIRECT } from "../../test/sign-in.ts";
import { login, startSim } from "../../test/sim-fixture.ts";
import { ControlError, DiscordSimControl } from "./client.ts";

test("[DCTL1] it posts, edits, pins and deletes as a person, and reads what stands there", async () => {
  const sim = await startSim();
  const control = new DiscordSimControl(sim.url);
  const channelId = sim.channelId("Desk", "signals");
  const files = [{ name: "a.txt", contentType: "text/plain", data: Buffer.from("hi") }];
  const { id: messageId } = await control.post({
    channelId,
    username: "analyst",
    content: "LONG",
    files,
  });
  await control.edit({ channelId, messageId, content: "SHORT" });
  await control.act({ kind: "pin", channelId, messageId, userId: sim.userId("analyst") });
  const [notice, message] = await control.messages(channelId);
  expect(notice).toMatchObject({ type: 6 });
  expect(message).toMatchObject({ content: "SHORT", pinned: true, attachments: [{ size: 2 }] });
  await control.preview({ channelId, messageId, embeds: [{ title: "link" }] });
  expect((await control.messages(channelId))[1]?.embeds).toHaveLength(1);
  await control.remove({ channelId, messageId });
  expect(await control.messages(channelId)).toHaveLength(1);
});

test("[DCTL1] it shows members with roles, pings, requests and sessions", async () => {
  const sim = await startSim();
  const control = new DiscordSimControl(sim.url);
  const client = await login(sim);
  const guildId = sim.guildId("Desk");
  const [userId, roleId] = [sim.userId("reader"), sim.roleId("Desk", "Basic")];
  await control.act({ kind: "giveRole", guildId, userId, roleId });
  const member = (await control.members(guildId)).find((seen) => seen.userId === userId);
  expect(member?.roles).toEqual([{ id: roleId, name: "Basic" }]);
  const channelId = sim.channelId("Desk", "signals");
  await control.post({ channelId, username: "analyst", content: `<@&${roleId}>` });
  expect(await control.pings(channelId)).toMatchObject([{ notifiedIds: [userId] }]);
  expect(await control.sessions()).toMatchObject([{ userId: client.user.id, shard: [0, 1] }]);
  expect((await control.requests()).map(({ path }) => path)).toContain("/gateway/bot");
  await control.clearRequests();
  expect(await control.requests()).toEqual([]);
  const { guilds } = await control.state();
  expect(guilds.find(({ id }) => id === guildId)?.members).toHaveLength(4);
});

test("[DCTL2] a refusal is an error with Discord's code, a faulty action names its field", async () => {
  const sim = await startSim();
  const control = new DiscordSimControl(sim.url);
  const unknown = control.act({ kind: "leave", guildId: "1", userId: "2" });
  await expect(unknown).rejects.toMatchObject({ code: 10_004, status: 404 });
  await expect(control.members("1")).rejects.toBeInstanceOf(ControlError);
  const answer = await fetch(`${sim.url}/_sim/actions`, {
    method: "POST",
    body: JSON.stringify({ kind: "giveRole", guildId: "1", userId: 2 }),
  });
  expect(await answer.json()).toMatchObject({
    errors: { userId: { _errors: [{}] }, roleId: { _errors: [{}] } },
  });
});

test("[DCTL3] it puts the clock forward, and what falls due happens", async () => {
  const sim = await startSim();
  const control = new DiscordSimControl(sim.url);
  const channelId = sim.channelId("Desk", "signals");
  const poll = { question: "Up?", answers: ["yes"], hours: 768 };
  const { id, poll: made } = await control.post({ channelId, username: "analyst", poll });
  expect(made?.results?.is_finalized).toBe(false);
  const before = Date.now();
  const nowMs = await control.advance(768 * 3_600_000);
  expect(nowMs - before).toBeGreaterThanOrEqual(768 * 3_600_000);
  const ended = (await control.messages(channelId)).find((message) => message.id === id);
  expect(ended?.poll?.results?.is_finalized).toBe(true);
});

test("[DCTL4] it agrees at a consent page, refuses, and plans faults", async () => {
  const sim = await startSim();
  const control = new DiscordSimControl(sim.url);
  const url = consentUrl(sim, { state: "s" });
  const agreed = new URL(await control.authorize(url, "reader"));
  expect(agreed.searchParams.get("code")).not.toBeNull();
  expect(agreed.searchParams.get("state")).toBe("s");
  expect(await control.authorize(url, "")).toContain(`${REDIRECT}?error=access_denied`);
  const unknown = control.authorize(consentUrl(sim, { client_id: "1" }), "reader");
  await expect(unknown).rejects.toThrow("Unknown Application");
  await control.fault({ kind: "fail", route: "GET /gateway", status: 503 });
  expect((await fetch(`${sim.apiUrl}/v10/gateway`)).status).toBe(503);
});
