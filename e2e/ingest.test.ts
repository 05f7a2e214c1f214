import { randomBytes } from "node:crypto";
import { beforeAll, expect, inject, test } from "vitest";
import { issueMachine, runAsAdmin, seed, shardKeys } from "../tools/deployment/admin.ts";
import { readFeed } from "../tools/deployment/read-feed.ts";

const deployment = inject("deployment");
const channelId = `ingest-${randomBytes(4).toString("hex")}`;
let token: string;

beforeAll(async () => {
  await seed(deployment, {
    sources: [{ name: channelId, guildId: "1", channelId, minTier: "advanced" }],
    routes: [],
  });
  ({ token } = await issueMachine(deployment, { kind: "source", name: channelId }));
});

interface Sent {
  readonly body?: string;
  readonly contentType?: string;
  readonly authorization?: string | null;
}

async function send({
  body = "{}",
  contentType = "application/json",
  authorization = `Bearer ${token}`,
}: Sent) {
  const response = await fetch(`${deployment.siteUrl}/ingest/v1/events`, {
    method: "POST",
    headers: { "content-type": contentType, ...(authorization !== null && { authorization }) },
    body,
  });
  return { status: response.status, answer: await response.json() };
}

const create = (messageId: string, more: Record<string, unknown> = {}) => ({
  type: "create",
  messageId,
  channelId,
  occurredAt: Date.now(),
  content: `text of ${messageId}`,
  ...more,
});
const events = (...items: unknown[]) => JSON.stringify({ events: items });
const unique = () => randomBytes(6).toString("hex");

async function storedContents(): Promise<string[]> {
  const keys = await shardKeys(deployment, 1);
  const signals = await readFeed(deployment, keys, "advanced");
  return signals.map(({ content }) => content);
}

test("an event is accepted once; its repeat is a duplicate", async () => {
  const event = create(unique());
  const first = await send({ body: events(event) });
  expect(first).toMatchObject({
    status: 200,
    answer: { results: [{ index: 0, status: "accepted" }] },
  });
  const second = await send({ body: events(event) });
  expect(second).toMatchObject({
    status: 200,
    answer: { results: [{ index: 0, status: "duplicate" }] },
  });
  const contents = await storedContents();
  expect(contents.filter((content) => content === event.content)).toHaveLength(1);
});

test("one bad item among 100 rejects only itself, by its index", async () => {
  const batch: unknown[] = Array.from({ length: 100 }, () => create(unique()));
  batch[41] = { ...create(unique()), messageId: "" };
  const { status, answer } = await send({ body: events(...batch) });
  expect(status).toBe(200);
  const rejected = answer.results.filter(
    (result: { status: string }) => result.status !== "accepted",
  );
  expect(rejected).toEqual([
    { index: 41, status: "rejected", code: "bad_id", message: expect.any(String) },
  ]);
});

const huge = "x".repeat(1024 * 1024 + 1);

test.each<[string, () => Sent, number, string]>([
  ["no token", () => ({ authorization: null }), 401, "missing_token"],
  ["an unknown token", () => ({ authorization: "Bearer nobody" }), 401, "unknown_token"],
  ["another scheme", () => ({ authorization: "Basic abc" }), 401, "missing_token"],
  ["a body that is no JSON", () => ({ body: "{" }), 400, "bad_json"],
  ["another content type", () => ({ contentType: "text/plain" }), 415, "unsupported_media_type"],
  [
    "a body over 1 MiB",
    () => ({ body: events(create(unique(), { content: huge })) }),
    413,
    "body_too_large",
  ],
  [
    "a batch over 100",
    () => ({ body: events(...Array.from({ length: 101 }, () => create(unique()))) }),
    413,
    "batch_too_large",
  ],
])("%s is refused with its status and code, and stores nothing", async (_, sent, status, code) => {
  const before = await storedContents();
  expect(await send(sent())).toEqual({ status, answer: { code, message: expect.any(String) } });
  expect(await storedContents()).toEqual(before);
});

test("a body without events is refused", async () => {
  expect(await send({ body: "{}" })).toMatchObject({ status: 400 });
  expect(await send({ body: "[]" })).toMatchObject({ status: 400 });
});

test("a bot's token is no source's token", async () => {
  const bot = await issueMachine(deployment, { kind: "bot", name: unique() });
  const refused = await send({
    authorization: `Bearer ${bot.token}`,
    body: events(create(unique())),
  });
  expect(refused).toMatchObject({ status: 403, answer: { code: "wrong_kind" } });
});

test("a revoked token is refused from then on", async () => {
  const source = await issueMachine(deployment, { kind: "source", name: unique() });
  const authorization = `Bearer ${source.token}`;
  expect(await send({ authorization, body: events(create(unique())) })).toMatchObject({
    status: 200,
  });
  await runAsAdmin(deployment, "machines:revokeNow", { machineId: source.machineId });
  const refused = await send({ authorization, body: events(create(unique())) });
  expect(refused).toMatchObject({ status: 401, answer: { code: "revoked_token" } });
});

test.each<[string, Record<string, unknown>, string]>([
  ["a text where a time belongs", { occurredAt: "now" }, "wrong_type"],
  [
    "a time in the far future",
    { occurredAt: Date.now() + 10 * 365 * 86_400_000 },
    "time_in_future",
  ],
  ["a time before Discord", { occurredAt: 1 }, "time_too_old"],
  ["an unknown type", { type: "upsert" }, "bad_type"],
  ["no channel", { channelId: undefined }, "missing_field"],
  ["a channel nobody watches", { channelId: "unwatched" }, "unknown_channel"],
  ["a field nobody knows", { colour: "red" }, "unknown_field"],
  [
    "a javascript: address",
    { attachments: [{ id: "1", name: "x", url: "javascript:alert(1)" }] },
    "bad_url",
  ],
])("%s rejects the item", async (_, more, code) => {
  const { status, answer } = await send({ body: events(create(unique(), more)) });
  expect(status).toBe(200);
  expect(answer.results).toEqual([
    { index: 0, status: "rejected", code, message: expect.any(String) },
  ]);
});

test("a late edit cannot bring a deleted signal back", async () => {
  const messageId = unique();
  const at = Date.now() - 10_000;
  const post = (type: string, occurredAt: number, content?: string) =>
    send({
      body: events({
        type,
        messageId,
        channelId,
        occurredAt,
        ...(content !== undefined && { content }),
      }),
    });
  await post("create", at, "first");
  await post("delete", at + 2_000);
  const late = await post("update", at + 1_000, "late edit");
  expect(late.answer.results[0].status).toBe("stale");
  expect(await storedContents()).not.toContain("late edit");
});

test("a TradingView alert is posted by its endpoint, once", async () => {
  const endpoint = await issueMachine(deployment, {
    kind: "tradingview",
    name: unique(),
    sourceName: channelId,
  });
  const message = `BTC long ${unique()}`;
  const body = `{"time":"2026-02-14T10:00:00Z","message":"${message}","close":NaN}`;
  const alert = async () => {
    const url = `${deployment.siteUrl}/ingest/tradingview/${endpoint.token}`;
    const startedMs = performance.now();
    const response = await fetch(url, { method: "POST", body });
    expect(performance.now() - startedMs).toBeLessThan(500);
    return await response.json();
  };
  expect(await alert()).toMatchObject({ status: "accepted" });
  expect(await alert()).toMatchObject({ status: "duplicate" });
  expect((await storedContents()).filter((content) => content === message)).toHaveLength(1);
});
