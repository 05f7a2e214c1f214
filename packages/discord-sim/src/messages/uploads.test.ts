import type { APIMessage, TextChannel } from "discord.js";
import { expect, test } from "vitest";
import { login, PNG, rest, startSim } from "../../test/sim-fixture.ts";

function multipart(
  payload: object,
  files: { name: string; data: Uint8Array<ArrayBuffer>; type?: string }[],
): FormData {
  const form = new FormData();
  form.set("payload_json", JSON.stringify(payload));
  for (const [index, { name, data, type }] of files.entries()) {
    form.set(`files[${index}]`, new Blob([data], type === undefined ? {} : { type }), name);
  }
  return form;
}

const image = { name: "chart.png", data: new Uint8Array(PNG), type: "image/png" };

async function postTwoFiles() {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const body = multipart({ content: "two" }, [
    image,
    { name: "notes.txt", data: new TextEncoder().encode("notes") },
  ]);
  const answer = await rest(sim, `POST /channels/${channelId}/messages`, { body });
  const message = answer.body as APIMessage;
  return {
    sim,
    channelId,
    message,
    edit: (change: unknown) =>
      rest(sim, `PATCH /channels/${channelId}/messages/${message.id}`, { body: change }),
  };
}

test("[DMSG4] discord.js uploads a picture, which is served byte for byte with its size and type", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = (await client.channels.fetch(sim.channelId("Desk", "signals"))) as TextChannel;
  const message = await channel.send({
    files: [{ attachment: PNG, name: "chart.png", description: "a chart" }],
  });
  const attachment = message.attachments.first();
  expect(attachment).toMatchObject({
    name: "chart.png",
    width: 3,
    height: 2,
    size: PNG.length,
    description: "a chart",
  });
  const answer = await fetch(attachment?.url ?? "");
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await answer.arrayBuffer()).equals(PNG)).toBe(true);
});

test("[DMSG4] an uploaded page is not shown in place and cannot run", async () => {
  const sim = await startSim();
  const files = [
    { name: "evil.html", contentType: "text/html", data: Buffer.from("<script>alert(1)</script>") },
  ];
  const { attachments } = sim.post({
    channelId: sim.channelId("Desk", "signals"),
    username: "analyst",
    files,
  });
  const { headers } = await fetch(attachments[0]?.url ?? "");
  expect(headers.get("content-disposition")).toMatch(/^attachment/);
  expect(headers.get("content-security-policy")).toContain("sandbox");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test("[DMSG4] the file of a deleted message is gone", async () => {
  const { sim, channelId, message } = await postTwoFiles();
  sim.remove({ channelId, messageId: message.id });
  expect((await fetch(message.attachments[0]?.url ?? "")).status).toBe(404);
});

test("[DMSG5] an edit that lists no attachments keeps all, one that lists some keeps those", async () => {
  const { message, edit } = await postTwoFiles();
  const untouched = (await edit({ content: "still two" })).body as APIMessage;
  expect(untouched.attachments.map(({ filename }) => filename)).toEqual(["chart.png", "notes.txt"]);
  const fewer = (await edit({ attachments: [{ id: message.attachments[1]?.id }] }))
    .body as APIMessage;
  expect(fewer.attachments.map(({ filename }) => filename)).toEqual(["notes.txt"]);
});

test("[DMSG5] an edit adds a new file beside those it keeps", async () => {
  const { message, edit } = await postTwoFiles();
  const attachments = [{ id: message.attachments[0]?.id }, { id: 0, description: "new" }];
  const more = (
    await edit(multipart({ attachments }, [{ name: "b.txt", data: new Uint8Array([66]) }]))
  ).body as APIMessage;
  expect(more.attachments.map(({ filename }) => filename)).toEqual(["chart.png", "b.txt"]);
  expect(more.attachments[1]?.description).toBe("new");
});

test("[DMSG6] a picture shown by an embed gets its address there and is not listed", async () => {
  const sim = await startSim();
  const body = multipart(
    { embeds: [{ title: "chart", image: { url: "attachment://chart.png" } }] },
    [image],
  );
  const answer = await rest(sim, `POST /channels/${sim.channelId("Desk", "signals")}/messages`, {
    body,
  });
  const { embeds, attachments } = answer.body as APIMessage;
  expect(attachments).toEqual([]);
  expect(embeds[0]?.image).toMatchObject({ width: 3, height: 2 });
  expect((await fetch(embeds[0]?.image?.url ?? "")).status).toBe(200);
});

test("[DMSG11] eleven files are refused with 30015", async () => {
  const sim = await startSim();
  const files = Array.from({ length: 11 }, (_, index) => ({
    name: `${index}.txt`,
    data: new Uint8Array([index]),
  }));
  const answer = await rest(sim, `POST /channels/${sim.channelId("Desk", "signals")}/messages`, {
    body: multipart({}, files),
  });
  expect(answer).toMatchObject({ status: 400, body: { code: 30_015 } });
});

test.each([
  ["a file over 10 MiB", [10 * 1_024 * 1_024 + 1]],
  ["a request over 25 MiB", [9, 9, 9].map((mib) => mib * 1_024 * 1_024)],
])("[DMSG11] %s is refused with 413 and 40005", async (_what, sizes) => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const files = sizes.map((bytes, index) => ({
    name: `${index}.bin`,
    data: new Uint8Array(bytes),
  }));
  const answer = await rest(sim, `POST /channels/${channelId}/messages`, {
    body: multipart({}, files),
  });
  expect(answer).toMatchObject({ status: 413, body: { code: 40_005 } });
  expect(sim.messages(channelId)).toEqual([]);
});
