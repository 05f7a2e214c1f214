import { Events } from "discord.js";
import { expect, test } from "vitest";
import { login, next, startSim } from "../../test/sim-fixture.ts";
import type { DiscordSim } from "../index.ts";

function act(sim: DiscordSim, line: string, body?: unknown, headers: Record<string, string> = {}) {
  const [method = "GET", path = ""] = line.split(" ");
  return fetch(`${sim.url}/sim${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

test("[DSIM1] a bot hears a person's post, edit and delete over /sim", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const line = `/channels/${sim.channelId("Desk", "signals")}/messages`;

  const created = next(client, Events.MessageCreate);
  const files = [
    { name: "a.txt", contentType: "text/plain", data: Buffer.from("hi").toString("base64") },
  ];
  const posted = await act(sim, `POST ${line}`, { username: "analyst", content: "LONG", files });
  const { id } = (await posted.json()) as { id: string };
  const [message] = await created;
  expect(message).toMatchObject({
    id,
    content: "LONG",
    author: { username: "analyst", bot: false },
  });
  expect(message.attachments.first()?.name).toBe("a.txt");

  const updated = next(client, Events.MessageUpdate);
  await act(sim, `PATCH ${line}/${id}`, { content: "SHORT" });
  expect((await updated)[1].content).toBe("SHORT");

  const deleted = next(client, Events.MessageDelete);
  await act(sim, `DELETE ${line}/${id}`);
  expect((await deleted)[0].id).toBe(id);
});

test("[DSIM1] bulk removal and a barrier work over /sim as well", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const messageIds = ["a", "b"].map(
    (content) => sim.post({ channelId, username: "analyst", content }).id,
  );
  await act(sim, `POST /channels/${channelId}/bulk-delete`, { messageIds });
  expect(sim.messages(channelId)).toEqual([]);
  await act(sim, `PUT /channels/${channelId}/barrier`, { barrier: "access" });
  expect(sim.channels().find(({ id }) => id === channelId)?.barrier).toBe("access");
});

test("[DSIM2] people meet the codes that bots meet", async () => {
  const sim = await startSim();
  const line = `POST /channels/${sim.channelId("Desk", "signals")}/messages`;
  const codes = [
    await act(sim, line, { username: "analyst", content: "" }),
    await act(sim, line, { username: "nobody", content: "x" }),
    await act(sim, line, { username: "analyst", content: "x".repeat(2_001) }),
    await act(sim, "POST /channels/1/messages", { username: "analyst", content: "x" }),
  ].map(async (answer) => ((await answer.json()) as { code: number }).code);
  expect(await Promise.all(codes)).toEqual([50_006, 10_013, 50_035, 10_003]);
});

test("[DSIM3] another origin may not act, the page itself may", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const post = (origin: string) =>
    act(
      sim,
      `POST /channels/${channelId}/messages`,
      { username: "analyst", content: "x" },
      { Origin: origin },
    );
  expect((await post("https://evil.example")).status).toBe(403);
  expect(sim.messages(channelId)).toEqual([]);
  expect((await post(sim.url)).status).toBe(201);
});

test("[DSIM4] a link preview arrives as an update that is no edit", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channelId = sim.channelId("Desk", "signals");
  const { id: messageId } = sim.post({
    channelId,
    username: "analyst",
    content: "https://example.com",
  });
  const updated = next(client, Events.MessageUpdate);
  sim.preview({ channelId, messageId, embeds: [{ title: "Example" }] });
  const [, after] = await updated;
  expect(after.embeds[0]?.title).toBe("Example");
  expect(after.editedTimestamp).toBeNull();
});
