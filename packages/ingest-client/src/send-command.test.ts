import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startIngestServer } from "../test/ingest-server.ts";
import { runSend } from "./send-command.ts";

const NOW_MS = 1_800_000_000_000;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "send-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function run(siteUrl: string, input: string, ...args: string[]) {
  let [out, err] = ["", ""];
  const status = await runSend({
    args: ["--site", siteUrl, "--outbox", join(directory, "a/outbox.ndjson"), ...args],
    env: { HELIOGRAPH_SOURCE_TOKEN: "source-token", HELIOGRAPH_CHANNEL: "c1" },
    readInput: async () => input,
    out: (line) => {
      out += line;
    },
    err: (line) => {
      err += line;
    },
    nowMs: () => NOW_MS,
    makeId: () => "made-up",
  });
  return { status, out, err };
}

test("[CLI3] a post is stored, and its result printed", async () => {
  await using server = await startIngestServer();
  expect(await run(server.siteUrl, "BTC long\n", "--kind", "entry", "--reply-to", "m0")).toEqual({
    status: 0,
    out: '{"messageId":"made-up","status":"accepted","seq":1}\n',
    err: "",
  });
  const head = { messageId: "made-up", channelId: "c1", occurredAt: NOW_MS };
  const post = { content: "BTC long", replyTo: "m0", kind: "entry" };
  expect(server.batches).toEqual([[{ type: "create", ...head, ...post }]]);
});

test("[CLI3] an edit and a deletion name their message", async () => {
  await using server = await startIngestServer();
  await run(server.siteUrl, "BTC short", "--update", "--message", "m1");
  await run(server.siteUrl, "", "--delete", "--message", "m1");
  const head = { messageId: "m1", channelId: "c1", occurredAt: NOW_MS };
  expect(server.batches.flat()).toEqual([
    { type: "update", ...head, content: "BTC short" },
    { type: "delete", ...head },
  ]);
});

test("[CLI2] what could not be sent is kept, and goes out first the next time", async () => {
  const away = await run("http://127.0.0.1:9", "first", "--wait", "0.1");
  expect(away).toMatchObject({ status: 75, err: expect.stringContaining("1 kept") });
  await using server = await startIngestServer();
  expect(await run(server.siteUrl, "second")).toMatchObject({ status: 0 });
  const sent = server.batches.flat().map((event) => "content" in event && event.content);
  expect(sent).toEqual(["first", "second"]);
});

test("[CLI3] a rejected event and a refused token have their own status", async () => {
  await using server = await startIngestServer();
  const rejected = { index: 0, status: "rejected", code: "unknown_channel", message: "No." };
  server.replies.push({ status: 200, body: { results: [rejected] } });
  expect(await run(server.siteUrl, "one")).toMatchObject({
    status: 1,
    out: expect.stringContaining("unknown_channel"),
  });
  server.replies.push({ status: 401, body: { code: "revoked_token", message: "Ask." } });
  expect(await run(server.siteUrl, "two")).toMatchObject({
    status: 77,
    err: expect.stringContaining("revoked_token"),
  });
});

test("[CLI3] events are sent as they are", async () => {
  await using server = await startIngestServer();
  const event = { type: "delete", messageId: "m1", channelId: "c9", occurredAt: 1 };
  await run(server.siteUrl, `\n${JSON.stringify(event)}\n`, "--events");
  expect(server.batches).toEqual([[event]]);
});

test.each([
  ["an unknown option", ["--nope"], "x", "--nope"],
  ["an empty message", [], " \n", "empty"],
  ["an edit of nothing", ["--update"], "x", "--message"],
  ["both", ["--update", "--delete", "--message", "1"], "x", "not both"],
  ["another kind", ["--kind", "maybe"], "x", "--kind"],
  ["no time", ["--wait", "soon"], "x", "--wait"],
  ["no JSON", ["--events"], "{}\nx", "Line 2"],
])("[CLI1] %s is wrong usage, and nothing is kept", async (_, args, input, says) => {
  await using server = await startIngestServer();
  expect(await run(server.siteUrl, input, ...args)).toMatchObject({
    status: 2,
    err: expect.stringContaining(says),
  });
  await run(server.siteUrl, "only this");
  expect(server.batches.flat()).toHaveLength(1);
});

test("[CLI1] the command in a pipe, several at once: each is stored once", async () => {
  await using server = await startIngestServer();
  const statuses = await Promise.all(
    ["one", "two", "three"].map((post) => pipe(server.siteUrl, post)),
  );
  expect(statuses).toEqual([0, 0, 0]);
  const sent = server.batches.flat().map((event) => "content" in event && event.content);
  expect(sent.sort()).toEqual(["one", "three", "two"]);
});

async function pipe(siteUrl: string, post: string): Promise<number | null> {
  const command = new URL("../bin/heliograph-send.mjs", import.meta.url).pathname;
  const env = {
    HELIOGRAPH_SITE_URL: siteUrl,
    HELIOGRAPH_SOURCE_TOKEN: "source-token",
    HELIOGRAPH_CHANNEL: "c1",
    HOME: directory,
  };
  const child = spawn(process.execPath, [command], { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.end(post);
  await text(child.stdout);
  return await ended;
}
