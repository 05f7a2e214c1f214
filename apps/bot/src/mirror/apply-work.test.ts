import { DiscordAPIError } from "discord.js";
import { expect, test } from "vitest";
import { mirrorWork } from "../../test/mirror-work.ts";
import { applyWork } from "./apply-work.ts";
import type { DiscordChannel, SendOptions } from "./discord-channel.ts";
import type { MessageBody, PostedMessage } from "./mirror-parts.ts";

const BOT = "900";

/** A channel in memory that knows nonces, as Discord does within minutes. */
class MemoryChannel implements DiscordChannel {
  readonly messages: (PostedMessage & { body: MessageBody; options: SendOptions | null })[] = [];
  calls: string[] = [];
  failure: Error | null = null;
  #nextId = 1;

  async send(_: string, body: MessageBody, options: SendOptions): Promise<string> {
    this.calls.push("send");
    const repeated = this.messages.find((message) => message.options?.nonce === options.nonce);
    if (repeated !== undefined) return repeated.id;
    const id = String(this.#nextId++);
    this.messages.push({ id, authorId: BOT, ...facesOf(body), body, options });
    if (this.failure !== null) throw this.failure;
    return id;
  }

  async edit(_: string, id: string, body: MessageBody): Promise<void> {
    this.calls.push(`edit ${id}`);
    const index = this.#indexOf(id);
    const message = this.messages[index];
    if (message !== undefined) this.messages[index] = { ...message, ...facesOf(body), body };
  }

  async remove(_: string, id: string): Promise<void> {
    this.calls.push(`remove ${id}`);
    this.messages.splice(this.#indexOf(id), 1);
  }

  async newest(): Promise<readonly PostedMessage[]> {
    this.calls.push("newest");
    return this.messages;
  }

  /** Discord forgets nonces after some minutes. */
  forgetNonces(): void {
    for (const [index, message] of this.messages.entries())
      this.messages[index] = { ...message, options: null };
  }

  #indexOf(id: string): number {
    const index = this.messages.findIndex((message) => message.id === id);
    if (index < 0) throw apiError(10_008, 404, "Unknown Message");
    return index;
  }
}

function facesOf(body: MessageBody) {
  return {
    content: body.content,
    embedAuthors: body.embeds.flatMap((embed) => embed.author?.name ?? []),
  };
}

function apiError(code: number, status: number, message: string): DiscordAPIError {
  return new DiscordAPIError({ code, message }, code, status, "POST", "url", {
    body: undefined,
    files: undefined,
  });
}

const doorsOf = (channel: MemoryChannel) => ({ channel, botUserId: BOT });
const longText = Array.from({ length: 300 }, (_, line) => `${line}: hold above 61,200`).join("\n");

test("a new signal is posted once, with its number and with an explicit mention rule", async () => {
  const channel = new MemoryChannel();
  const result = await applyWork(mirrorWork({ seq: 12 }), doorsOf(channel));
  expect(result).toMatchObject({ outcome: "applied", messageIds: ["1"] });
  expect(channel.messages[0]?.embedAuthors).toEqual(["Mara · pro-calls · Pro #12"]);
  expect(channel.messages[0]?.body.allowed_mentions).toEqual({
    parse: [],
    roles: [],
    users: [],
    replied_user: false,
  });
});

test("a repeat within minutes leaves one message", async () => {
  const channel = new MemoryChannel();
  await applyWork(mirrorWork(), doorsOf(channel));
  expect(await applyWork(mirrorWork(), doorsOf(channel))).toMatchObject({ messageIds: ["1"] });
  expect(channel.messages).toHaveLength(1);
});

test("after a crash and a long gap the posted message is recognised, not posted again", async () => {
  const channel = new MemoryChannel();
  await applyWork(mirrorWork({ seq: 7 }), doorsOf(channel));
  await applyWork(mirrorWork({ seq: 8, mirrorId: "m2", nonce: "n-2" }), doorsOf(channel));
  channel.forgetNonces();
  const result = await applyWork(mirrorWork({ seq: 7, lookFirst: true }), doorsOf(channel));
  expect(result).toMatchObject({ outcome: "applied", messageIds: ["1"] });
  expect(channel.messages).toHaveLength(2);
});

test("a signal deleted while its post was in doubt leaves nothing behind", async () => {
  const channel = new MemoryChannel();
  await applyWork(mirrorWork({ seq: 7 }), doorsOf(channel));
  const gone = mirrorWork({
    seq: 7,
    lookFirst: true,
    wanted: { revision: 2, deleted: true },
    message: null,
  });
  expect(await applyWork(gone, doorsOf(channel))).toMatchObject({
    outcome: "applied",
    messageIds: [],
  });
  expect(channel.messages).toHaveLength(0);
});

test("somebody else's message with the same card is never touched", async () => {
  const channel = new MemoryChannel();
  await applyWork(mirrorWork({ seq: 7 }), doorsOf(channel));
  const [first] = channel.messages;
  if (first !== undefined) channel.messages[0] = { ...first, authorId: "someone", options: null };
  await applyWork(mirrorWork({ seq: 7, lookFirst: true }), doorsOf(channel));
  expect(channel.messages.map(({ authorId }) => authorId)).toEqual(["someone", BOT]);
});

test("a copy removed by hand is posted again when the signal is edited", async () => {
  const channel = new MemoryChannel();
  const work = mirrorWork({
    wanted: { revision: 2, deleted: false },
    applied: { revision: 1, messageIds: ["99"] },
  });
  expect(await applyWork(work, doorsOf(channel))).toMatchObject({
    outcome: "applied",
    messageIds: ["1"],
  });
});

test("deleting what is gone already is a success", async () => {
  const channel = new MemoryChannel();
  const work = mirrorWork({
    wanted: { revision: 2, deleted: true },
    message: null,
    applied: { revision: 1, messageIds: ["99"] },
  });
  expect(await applyWork(work, doorsOf(channel))).toMatchObject({
    outcome: "applied",
    messageIds: [],
  });
});

test("a long signal that an edit shortens loses its surplus messages", async () => {
  const channel = new MemoryChannel();
  const long = mirrorWork();
  const posted = await applyWork(
    { ...long, message: long.message && { ...long.message, content: longText } },
    doorsOf(channel),
  );
  const ids = posted.messageIds ?? [];
  expect(ids.length).toBeGreaterThan(1);
  const edit = mirrorWork({
    wanted: { revision: 2, deleted: false },
    applied: { revision: 1, messageIds: ids },
  });
  expect(await applyWork(edit, doorsOf(channel))).toMatchObject({ messageIds: [ids[0]] });
  expect(channel.messages.map(({ content }) => content)).toEqual(["BTC long"]);
});

test("a long signal interrupted between its messages is completed, not repeated", async () => {
  const channel = new MemoryChannel();
  const long = mirrorWork();
  const work = { ...long, message: long.message && { ...long.message, content: longText } };
  await applyWork(work, doorsOf(channel));
  const all = channel.messages.length;
  channel.messages.pop(); // the crash came before the last
  channel.forgetNonces();
  await applyWork({ ...work, lookFirst: true }, doorsOf(channel));
  expect(channel.messages).toHaveLength(all);
});

test.each([
  [
    apiError(50_013, 403, "Missing Permissions"),
    { outcome: "retry", code: "missing_permission", retryAfterMs: 300_000 },
  ],
  [apiError(10_003, 404, "Unknown Channel"), { outcome: "failed", code: "unknown_channel" }],
  [apiError(0, 500, "Internal Server Error"), { outcome: "retry", code: "discord_0" }],
  [new Error("connect ECONNREFUSED"), { outcome: "retry", code: "discord_unreachable" }],
])("a refusal is an outcome with a code: %s", async (failure, expected) => {
  const channel = new MemoryChannel();
  channel.failure = failure;
  expect(await applyWork(mirrorWork(), doorsOf(channel))).toMatchObject(expected);
});
