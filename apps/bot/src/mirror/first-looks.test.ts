import { expect, test } from "vitest";
import { mirrorWork } from "../../test/mirror-work.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { FirstLooks } from "./first-looks.ts";

function countingChannel(failures = 0) {
  let looks = 0;
  const channel: Pick<DiscordChannel, "newest"> = {
    newest: async () => {
      looks += 1;
      if (looks <= failures) throw new Error("500");
      return [];
    },
  };
  return { channel: channel as DiscordChannel, looks: () => looks };
}

const first = mirrorWork({ mirrorId: "m1", lookFirst: true });
const second = mirrorWork({ mirrorId: "m2", lookFirst: true });

test("a backlog of one target costs one look", async () => {
  const looks = new FirstLooks();
  const counted = countingChannel();
  await looks.at(first, counted.channel).newest(0);
  await looks.at(second, counted.channel).newest(0);
  expect(counted.looks()).toBe(1);
});

test("each target is looked at for itself", async () => {
  const looks = new FirstLooks();
  const counted = countingChannel();
  await looks.at(first, counted.channel).newest(0);
  const elsewhere = mirrorWork({ target: { guildId: "1", channelId: "200" } });
  await looks.at(elsewhere, counted.channel).newest(0);
  expect(counted.looks()).toBe(2);
});

test("a mirror tried here in vain is looked for anew, until it is applied", async () => {
  const looks = new FirstLooks();
  const counted = countingChannel();
  await looks.at(first, counted.channel).newest(0);
  looks.note(first, false);
  await looks.at(first, counted.channel).newest(0);
  expect(counted.looks()).toBe(2);
  looks.note(first, true);
  await looks.at(first, counted.channel).newest(0);
  expect(counted.looks()).toBe(2);
});

test("what was applied before is looked for in the channel as it is now", async () => {
  const looks = new FirstLooks();
  const counted = countingChannel();
  await looks.at(first, counted.channel).newest(0);
  const edited = mirrorWork({ applied: { revision: 1, messageIds: ["1"] } });
  await looks.at(edited, counted.channel).newest(0);
  expect(counted.looks()).toBe(2);
});

test("a look that failed is taken again", async () => {
  const looks = new FirstLooks();
  const counted = countingChannel(1);
  await expect(looks.at(first, counted.channel).newest(0)).rejects.toThrow("500");
  expect(await looks.at(second, counted.channel).newest(0)).toEqual([]);
});
