import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { signIn } from "../../test/sign-in.ts";
import { rest, SEED } from "../../test/sim-fixture.ts";
import { startDiscordSim } from "../index.ts";

test("[DST1] threads, webhooks, bans and people's consent are there after a start; seeding brings nobody back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "discord-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, "sim.json");
  const before = await startDiscordSim({ seed: SEED, stateFile });
  const channelId = before.channelId("Desk", "signals");
  const userId = before.userId("analyst");
  const guildId = before.guildId("Desk");
  const opened = before.act({ kind: "openThread", channelId, userId, name: "t", content: "in it" });
  const made = await rest(before, `POST /channels/${channelId}/webhooks`, { body: { name: "w" } });
  const webhook = made.body as { id: string; token: string };
  const { access_token: token } = await signIn(before, "reader", "identify");
  before.act({ kind: "ban", guildId, userId: before.userId("reader") });
  await before.close();

  const after = await startDiscordSim({ seed: SEED, stateFile });
  onTestFinished(() => after.close());
  expect(after.messages(opened.id ?? "")).toMatchObject([{ content: "in it" }]);
  const line = `POST /webhooks/${webhook.id}/${webhook.token}`;
  expect((await rest(after, line, { token: "", body: { content: "x" } })).status).toBe(204);
  const headers = { Authorization: `Bearer ${token}` };
  expect((await fetch(`${after.apiUrl}/users/@me`, { headers })).status).toBe(200);
  expect((await rest(after, `GET /guilds/${guildId}/bans`)).body).toHaveLength(1);
  expect(after.members(guildId).map(({ username }) => username)).not.toContain("reader");
});
