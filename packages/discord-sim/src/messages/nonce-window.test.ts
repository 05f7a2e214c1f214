import type { APIMessage } from "discord.js";
import { expect, test } from "vitest";
import { OTHER_TOKEN, rest, startSim, TOKEN } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import { NONCE_WINDOW_MS } from "./nonce-window.ts";

async function scene() {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Club", "mirror");
  const send = async (content: string, { token = TOKEN, enforce = true } = {}) => {
    const body = { content, nonce: "mirror-7", enforce_nonce: enforce };
    return (await rest(sim, `POST /channels/${channelId}/messages`, { token, body }))
      .body as APIMessage;
  };
  return { clock, sim, channelId, send };
}

test("[DNON1] a repeat within the window answers the first message and posts nothing", async () => {
  const { clock, sim, channelId, send } = await scene();
  const first = await send("first");
  clock.advance(NONCE_WINDOW_MS - 1_000);
  expect(await send("second")).toMatchObject({ id: first.id, content: "first", nonce: "mirror-7" });
  expect(sim.messages(channelId)).toHaveLength(1);
});

test("[DNON1] two at once make one message", async () => {
  const { sim, channelId, send } = await scene();
  const [a, b] = await Promise.all([send("a"), send("b")]);
  expect(a.id).toBe(b.id);
  expect(sim.messages(channelId)).toHaveLength(1);
});

test("[DNON2] after the window it posts again", async () => {
  const { clock, sim, channelId, send } = await scene();
  const first = await send("first");
  clock.advance(NONCE_WINDOW_MS + 1_000);
  expect((await send("second")).id).not.toBe(first.id);
  expect(sim.messages(channelId)).toHaveLength(2);
});

test("[DNON2] another author, and a request that does not enforce, post", async () => {
  const { sim, channelId, send } = await scene();
  await send("first");
  await send("other", { token: OTHER_TOKEN });
  await send("loose", { enforce: false });
  expect(sim.messages(channelId).map(({ content }) => content)).toEqual([
    "first",
    "other",
    "loose",
  ]);
});
