import { HTTPError } from "discord.js";
import { expect, test } from "vitest";
import { apiError, BOT_USER_ID, MemoryChannel } from "../../test/memory-channel.ts";
import { mirrorWork } from "../../test/mirror-work.ts";
import { applyWork } from "./apply-work.ts";

const doorsOf = (channel: MemoryChannel) => ({ channel });
const longText = Array.from({ length: 300 }, (_, line) => `${line}: hold above 61,200`).join("\n");

test("a new signal is posted once, with its number and with an explicit mention rule", async () => {
  const channel = new MemoryChannel();
  const result = await applyWork(mirrorWork({ seq: 12 }), doorsOf(channel));
  expect(result).toMatchObject({ outcome: "applied", messageIds: ["1"] });
  expect(channel.messages[0]?.card).toBe("Mara · pro-calls · Pro #12");
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
  expect(channel.messages.map(({ authorId }) => authorId)).toEqual(["someone", BOT_USER_ID]);
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
  const ids = posted.outcome === "applied" ? posted.messageIds : [];
  expect(ids.length).toBeGreaterThan(1);
  const edit = mirrorWork({
    wanted: { revision: 2, deleted: false },
    applied: { revision: 1, messageIds: ids },
  });
  expect(await applyWork(edit, doorsOf(channel))).toMatchObject({ messageIds: [ids[0]] });
  expect(channel.texts).toEqual(["BTC long"]);
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
    { outcome: "retry", reach: "channel", code: "missing_permission", retryAfterMs: 60_000 },
  ],
  [apiError(10_003, 404, "Unknown Channel"), { outcome: "failed", code: "unknown_channel" }],
  [apiError(20_026, 403, "Flagged"), { outcome: "retry", reach: "channel", code: "discord_20026" }],
  [apiError(0, 401, "401: Unauthorized"), { outcome: "retry", reach: "bot", code: "bad_token" }],
  [apiError(30_046, 429, "Too many edits"), { outcome: "retry", code: "discord_30046" }],
  [apiError(50_035, 400, "Invalid Form Body"), { outcome: "failed", code: "invalid_message" }],
  [
    new HTTPError(503, "Service Unavailable", "POST", "url", {}),
    { outcome: "retry", code: "discord_unavailable" },
  ],
  [new Error("connect ECONNREFUSED"), { outcome: "retry", code: "discord_unreachable" }],
])("a refusal is an outcome with a code: %s", async (failure, expected) => {
  const channel = new MemoryChannel();
  channel.failure = failure;
  expect(await applyWork(mirrorWork(), doorsOf(channel))).toMatchObject(expected);
});

test("a signal deleted after its first message only leaves nothing behind", async () => {
  const channel = new MemoryChannel();
  const long = mirrorWork({ seq: 7 });
  const work = { ...long, message: long.message && { ...long.message, content: longText } };
  await applyWork(work, doorsOf(channel));
  channel.messages.splice(1); // the rest was never posted
  const gone = mirrorWork({ seq: 7, wanted: { revision: 2, deleted: true }, message: null });
  expect(await applyWork(gone, doorsOf(channel))).toEqual({
    outcome: "applied",
    messageIds: [],
    threadId: null,
  });
  expect(channel.messages).toEqual([]);
});

test("a post whose answer was lost shows what an edit wants meanwhile", async () => {
  const channel = new MemoryChannel();
  const first = mirrorWork();
  await applyWork(first, doorsOf(channel));
  const edited = mirrorWork({
    wanted: { revision: 2, deleted: false },
    message: first.message && { ...first.message, content: "BTC long, stop 60k" },
  });
  const result = await applyWork(edited, doorsOf(channel));
  expect(result).toEqual({ outcome: "applied", messageIds: ["1"], threadId: null });
  expect(channel.texts).toEqual(["BTC long, stop 60k"]);
});

test("a longer edit that was interrupted for hours is completed, not repeated", async () => {
  const channel = new MemoryChannel();
  const short = mirrorWork();
  await applyWork(short, doorsOf(channel));
  const longer = mirrorWork({
    wanted: { revision: 2, deleted: false },
    applied: { revision: 1, messageIds: ["1"] },
    message: short.message && { ...short.message, content: longText },
  });
  await applyWork(longer, doorsOf(channel));
  const all = channel.texts;
  channel.messages.pop();
  channel.forgetNonces();
  await applyWork(longer, doorsOf(channel));
  expect(channel.texts).toEqual(all);
});

test("a post that stands twice is left once", async () => {
  const channel = new MemoryChannel();
  await applyWork(mirrorWork(), doorsOf(channel));
  channel.forgetNonces();
  await applyWork(mirrorWork(), doorsOf(channel));
  expect(channel.messages).toHaveLength(2);
  await applyWork(mirrorWork({ lookFirst: true }), doorsOf(channel));
  expect(channel.messages).toHaveLength(1);
});

test("a card that a post quotes is not taken for its own", async () => {
  const channel = new MemoryChannel();
  const quoting = mirrorWork({ seq: 8, mirrorId: "m8", nonce: "n-8" });
  const embeds = [{ author: { name: "Mara · pro-calls · Pro #7" } }];
  await applyWork(
    { ...quoting, message: quoting.message && { ...quoting.message, embeds } },
    doorsOf(channel),
  );
  await applyWork(mirrorWork({ seq: 7, lookFirst: true }), doorsOf(channel));
  expect(channel.messages).toHaveLength(2);
});

test("names as long as they come leave the number readable", async () => {
  const channel = new MemoryChannel();
  const work = mirrorWork({ seq: 12 });
  const names = { authorName: "m".repeat(256), sourceName: "c".repeat(256) };
  await applyWork(
    { ...work, message: work.message && { ...work.message, ...names } },
    doorsOf(channel),
  );
  expect(channel.messages[0]?.card?.length).toBeLessThanOrEqual(256);
  expect(channel.messages[0]?.card).toMatch(/ · Pro #12$/);
});

test("a short edit of a long post that was interrupted keeps what it finds", async () => {
  const channel = new MemoryChannel();
  const short = mirrorWork({ wanted: { revision: 2, deleted: false }, lookFirst: true });
  const long = { ...short, message: short.message && { ...short.message, content: longText } };
  await applyWork(long, doorsOf(channel));
  channel.messages.splice(1); // the rest was never posted
  expect(await applyWork(short, doorsOf(channel))).toMatchObject({ messageIds: ["1"] });
  expect(channel.texts).toEqual(["BTC long"]);
});
