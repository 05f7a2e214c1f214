import { DiscordAPIError, type REST } from "discord.js";
import { expect, test, vi } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { ExpiredLink, NewLink } from "../backend.ts";
import { renewLinks } from "./renew-links.ts";

const OLD = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=1&hm=1";
const NEW = OLD.replace("hm=1", "hm=2");
const expired = (...links: string[]) =>
  links.map((link) => ({ wantedId: `wanted ${link}`, link })) as unknown as ExpiredLink[];

function stage(answer: () => unknown) {
  const post = vi.fn<REST["post"]>(async () => answer());
  const renewed: NewLink[] = [];
  const clock = new ManualClock();
  let show: (links: readonly ExpiredLink[]) => void = () => {};
  const stop = renewLinks({
    clock,
    log: () => {},
    rest: { post },
    backend: {
      watchExpiredLinks: (onChange) => {
        show = onChange;
        return () => {};
      },
      renewLinks: async (links) => void renewed.push(...links),
    },
  });
  return { post, renewed, clock, stop, show: (links: readonly ExpiredLink[]) => show(links) };
}

test("links that ran out are asked for in one request, and those with no new one are told", async () => {
  const { post, renewed, show } = stage(() => ({
    refreshed_urls: [
      { original: OLD, refreshed: NEW },
      { original: "https://a.test/b.png", refreshed: "https://a.test/b.png" },
    ],
  }));
  show(expired(OLD, "https://a.test/b.png"));
  await settled();
  expect(post).toHaveBeenCalledTimes(1);
  expect(renewed.map(({ link }) => link)).toEqual([NEW, null]);
});

test("an outage is waited out; a refusal means that there is no new link", async () => {
  let failure: Error | null = new Error("away");
  const { post, renewed, clock, show } = stage(() => {
    if (failure !== null) throw failure;
    return {};
  });
  show(expired(OLD));
  await settled();
  expect(renewed).toEqual([]);
  const nothing = { body: undefined, files: undefined };
  failure = new DiscordAPIError({ code: 0, message: "404" }, 0, 404, "POST", "url", nothing);
  await clock.advance(60_000);
  await settled();
  expect(post).toHaveBeenCalledTimes(2);
  expect(renewed.map(({ link }) => link)).toEqual([null]);
});

test("after the stop nothing more is asked", async () => {
  const { post, show, stop } = stage(() => ({}));
  stop();
  show(expired(OLD));
  await settled();
  expect(post).not.toHaveBeenCalled();
});
