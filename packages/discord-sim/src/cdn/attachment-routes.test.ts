import { Events, type TextChannel } from "discord.js";
import { expect, test } from "vitest";
import { login, next, PNG, rest, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";

async function withPicture() {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Desk", "signals");
  const files = [{ name: "a.png", contentType: "image/png", data: PNG }];
  const post = sim.post({ channelId, username: "analyst", content: "x", files });
  return { clock, sim, channelId, url: post.attachments[0]?.url ?? "" };
}

const status = async (url: string) => (await fetch(url)).status;

test("[DCDN1] a link serves for a day, and not when anything of it was changed", async () => {
  const { clock, url } = await withPicture();
  const broken = new URL(url);
  broken.searchParams.set("ex", "ffffffff");
  expect(await status(url)).toBe(200);
  expect(await status(broken.toString())).toBe(404);
  expect(await status(url.split("?")[0] ?? "")).toBe(404);
  clock.advance(24 * 60 * 60_000 - 1_000);
  expect(await status(url)).toBe(200);
  clock.advance(1_000);
  expect(await status(url)).toBe(404);
});

test("[DCDN2] reading the message again, or asking for refreshed links, gives living ones", async () => {
  const { clock, sim, channelId, url } = await withPicture();
  clock.advance(48 * 60 * 60_000);
  const [message] = sim.messages(channelId);
  expect(await status(message?.attachments[0]?.url ?? "")).toBe(200);
  const body = { attachment_urls: [url, "http://example.com/other.png"] };
  const answer = await rest(sim, "POST /attachments/refresh-urls", { body });
  const { refreshed_urls: urls } = answer.body as {
    refreshed_urls: { original: string; refreshed: string }[];
  };
  expect(urls.map(({ original }) => original)).toEqual(body.attachment_urls);
  expect(await status(urls[0]?.refreshed ?? "")).toBe(200);
});

test("[DCDN2] an old link inside an embed is signed anew whenever the message is read", async () => {
  const { clock, sim, url } = await withPicture();
  clock.advance(48 * 60 * 60_000);
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Club", "mirror")) as TextChannel;
  const heard = next(client, Events.MessageCreate);
  await channel.send({ embeds: [{ image: { url: url.split("?")[0] ?? "" } }] });
  const [message] = await heard;
  expect(await status(message.embeds[0]?.image?.url ?? "")).toBe(200);
});
