import { expect, test, vi } from "vitest";
import { MemoryChannel } from "../../test/memory-channel.ts";
import { mirrorWork } from "../../test/mirror-work.ts";
import type { MirrorWork } from "../backend.ts";
import { type LoadMedia, withFiles } from "./mirror-files.ts";
import { mirrorBodies } from "./mirror-parts.ts";

const CDN = "https://cdn.discordapp.com/attachments/1/2";
const chart = {
  id: "1",
  name: "chart.png",
  url: `${CDN}/chart.png?ex=1&is=2&hm=3`,
  contentType: "image/png",
};
const film = { id: "2", name: "film.mp4", url: `${CDN}/film.mp4`, contentType: "video/mp4" };
const MIB = 1024 * 1024;

function workWith(
  message: Partial<NonNullable<MirrorWork["message"]>>,
  copies: Readonly<Record<string, string>>,
): MirrorWork {
  const media = Object.entries(copies).map(([address, contentType]) => {
    return { address, mediaId: address, contentType };
  });
  const work = mirrorWork();
  return { ...work, message: { ...work.message, ...message, media } } as MirrorWork;
}

/** What stands in the channel after the work was sent. */
async function post(work: MirrorWork, load: LoadMedia = async (id) => Buffer.from(id)) {
  const channel = new MemoryChannel();
  const bodies = mirrorBodies(work, "create");
  for (const [index, body] of bodies.entries()) {
    const options = { nonce: String(index), replyToMessageId: null };
    await withFiles(work, channel, load).send(body, options);
  }
  return channel.messages.map(({ body }) => ({
    images: body.embeds.flatMap(({ image }) => image?.url ?? []),
    files: (body.files ?? []).map(({ name, data }) => [name, String(data)]),
  }));
}

test("a copied picture is posted with the message, in place of its link", async () => {
  const work = workWith({ attachments: [chart] }, { [`${CDN}/chart.png`]: "image/png" });
  expect(await post(work)).toEqual([
    { images: ["attachment://file-1.png"], files: [["file-1.png", `${CDN}/chart.png`]] },
  ]);
});

test("what is not copied yet, or gone, stays a link", async () => {
  const waiting = workWith({ attachments: [chart] }, {});
  expect(await post(waiting)).toEqual([{ images: [chart.url], files: [] }]);
  const gone = workWith({ attachments: [chart] }, { [`${CDN}/chart.png`]: "image/png" });
  expect(await post(gone, async () => null)).toEqual([{ images: [chart.url], files: [] }]);
});

test("a card's picture and the same picture attached are one file", async () => {
  const embeds = [{ title: "Setup", imageUrl: `${CDN}/chart.png?ex=9&is=8&hm=7` }];
  const copies = { [`${CDN}/chart.png`]: "image/png" };
  const load = vi.fn<LoadMedia>(async () => Buffer.from("x"));
  const [message] = await post(workWith({ embeds, attachments: [chart] }, copies), load);
  expect(message?.files).toHaveLength(1);
  expect(message?.images).toEqual(["attachment://file-1.png", "attachment://file-1.png"]);
  expect(load).toHaveBeenCalledTimes(1);
});

test("files that no card shows come with the last message of a long post only", async () => {
  const copies = { [film.url]: "video/mp4" };
  const work = workWith({ content: "word ".repeat(700), attachments: [film] }, copies);
  const files = (await post(work)).map((message) => message.files.map(([name]) => name));
  expect(files).toEqual([[], ["file-1.mp4"]]);
});

test("what Discord would not take stays a link: a file, a request or a number too large", async () => {
  const many = Array.from({ length: 10 }, (_, index) => {
    return { ...chart, id: String(index), url: `${CDN}/${index}.png` };
  });
  const copies = Object.fromEntries(many.map(({ url }) => [url, "image/png"]));
  const work = workWith({ attachments: many }, copies);
  const sizes = async (bytes: number) => {
    const messages = await post(work, async () => Buffer.alloc(bytes));
    return messages.map(({ files }) => files.length);
  };
  expect(await sizes(1)).toEqual([9, 1]); // a card stands beside them, and each is posted once
  expect(await sizes(5 * MIB)).toEqual([4, 1]);
  expect(await sizes(10 * MIB + 1)).toEqual([0, 0]);
});
