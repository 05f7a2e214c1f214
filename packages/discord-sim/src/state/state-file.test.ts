import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PNG, rest, SEED } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import { startDiscordSim } from "../index.ts";
import { applySeed } from "./seed.ts";
import { StateFile } from "./state-file.ts";
import { World } from "./world.ts";

function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "discord-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "state", "sim.json");
}

test("[DST1] messages, ids and uploads are there after a start, and new ids are above the old", async () => {
  const stateFile = freshPath();
  const before = await startDiscordSim({ seed: SEED, stateFile });
  const channelId = before.channelId("Desk", "signals");
  const files = [{ name: "a.png", contentType: "image/png", data: PNG }];
  const old = before.post({ channelId, username: "analyst", content: "kept", files });
  const gone = before.post({ channelId, username: "analyst", content: "removed", files });
  before.remove({ channelId, messageId: gone.id });
  await before.close();

  const after = await startDiscordSim({ seed: SEED, stateFile });
  onTestFinished(() => after.close());
  expect(after.channelId("Desk", "signals")).toBe(channelId);
  const [message, ...rest] = after.messages(channelId);
  expect(rest).toEqual([]);
  expect(message).toMatchObject({ id: old.id, content: "kept", author: { username: "analyst" } });
  const served = await fetch(message?.attachments[0]?.url ?? "");
  expect(Buffer.from(await served.arrayBuffer()).equals(PNG)).toBe(true);
  expect(BigInt(after.post({ channelId, username: "analyst", content: "new" }).id)).toBeGreaterThan(
    BigInt(gone.id),
  );
});

test("[DST1] a nonce is still known after a start", async () => {
  const stateFile = freshPath();
  const body = { content: "once", nonce: "n", enforce_nonce: true };
  for (let start = 0; start < 2; start += 1) {
    const sim = await startDiscordSim({ seed: SEED, stateFile });
    const channelId = sim.channelId("Club", "mirror");
    await rest(sim, `POST /channels/${channelId}/messages`, { body });
    expect(sim.messages(channelId)).toHaveLength(1);
    await sim.close();
  }
});

test.each([["{"], ['{"version":99}']])(
  "[DST2] the state %j is refused by name and left alone",
  async (text) => {
    const stateFile = freshPath();
    await (await startDiscordSim({ stateFile })).close();
    writeFileSync(stateFile, text);
    await expect(startDiscordSim({ seed: SEED, stateFile })).rejects.toThrow(stateFile);
    expect(readFileSync(stateFile, "utf8")).toBe(text);
  },
);

test("[DST3] seeding again leaves every id and member as it was", () => {
  const world = new World(new ManualClock());
  applySeed(world, SEED);
  const before = JSON.stringify([
    [...world.guilds],
    [...world.channels],
    [...world.users],
    [...world.bots],
  ]);
  applySeed(world, SEED);
  expect(
    JSON.stringify([[...world.guilds], [...world.channels], [...world.users], [...world.bots]]),
  ).toBe(before);
});

test("[DST4] a change is on disk within a second, without close", async () => {
  const path = freshPath();
  const clock = new ManualClock();
  const world = new World(clock);
  const file = new StateFile(world, path);
  await file.load();
  file.watch();
  applySeed(world, SEED);
  clock.advance(1_000);
  await file.whenSaved();
  expect(JSON.parse(readFileSync(path, "utf8")).guilds).toHaveLength(2);
});

test("[DST5] a state of the first version opens: bots get a role of their own, people keep theirs", async () => {
  const stateFile = freshPath();
  await (await startDiscordSim({ stateFile })).close();
  const role = (id: string, name: string, position: number, permissions: string) => ({
    ...{ id, name, position, permissions },
    ...{ color: 0, mentionable: true, managed: false },
  });
  const member = (userId: string, roleIds: string[]) => ({
    ...{ userId, roleIds, nick: null, joinedAtMs: 0 },
  });
  const old = {
    version: 1,
    guilds: [
      {
        id: "10",
        name: "Desk",
        ownerId: "20",
        roles: [role("10", "@everyone", 0, "8"), role("11", "Basic", 1, "0")],
        members: [member("20", ["11"]), member("21", [])],
      },
    ],
    channels: [
      { id: "12", guildId: "10", name: "signals", topic: null, position: 0, barrier: null },
    ],
    users: [
      { id: "20", username: "analyst", displayName: "Analyst", bot: false },
      { id: "21", username: "mirror-bot", displayName: "mirror-bot", bot: true },
    ],
    bots: [{ token: "token-of-mirror-bot", userId: "21", privilegedIntents: 0 }],
    messages: [
      {
        ...{ id: "13", channelId: "12", authorId: "20", content: "kept", embeds: [] },
        ...{ attachments: [], createdAtMs: 0, editedAtMs: null, replyToId: null, nonce: null },
        ...{ mentions: { userIds: [], roleIds: [], everyone: false }, flags: 0, tts: false },
      },
    ],
  };
  writeFileSync(stateFile, JSON.stringify(old));
  const sim = await startDiscordSim({ stateFile });
  onTestFinished(() => sim.close());
  expect(sim.messages("12")).toMatchObject([{ content: "kept", type: 0 }]);
  expect(sim.members("10").map(({ roles }) => roles.map(({ name }) => name))).toEqual([
    ["Basic"],
    ["mirror-bot"],
  ]);
  const body = { content: "still working" };
  expect((await rest(sim, "POST /channels/12/messages", { body })).status).toBe(200);
});
