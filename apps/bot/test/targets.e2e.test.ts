/** What stands in a simulated Discord for each kind of target, and whom it pings. */
import { type MirrorPlace, PLAIN_RULES, routePost } from "@heliograph/domain";
import { REST } from "discord.js";
import { type DiscordSim, startDiscordSim } from "discord-sim";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { CheckReport, MirrorWork } from "../src/backend.ts";
import { systemClock } from "../src/clock.ts";
import { CallBudget, GLOBAL_LIMIT } from "../src/discord/call-budget.ts";
import { pacedRequest } from "../src/discord/paced-request.ts";
import { type Applied, applyWork } from "../src/mirror/apply-work.ts";
import { openTarget, type TargetCalls } from "../src/mirror/open-target.ts";
import { TargetChecker } from "../src/mirror/target-checker.ts";
import { WebhookBook } from "../src/mirror/webhook-book.ts";
import { mirrorWork } from "./mirror-work.ts";

const TOKEN = "test-bot-token";
const BOT = "1330000000000000001";
const PLENTY = { limit: 1_000_000, perMs: 1_000 };
const ROUTES = [
  "POST /channels/:id/messages",
  "PATCH /channels/:id/messages/:message",
  "DELETE /channels/:id/messages/:message",
  "GET /channels/:id/messages",
  "POST /webhooks/:id/:token",
  "PATCH /webhooks/:id/:token/messages/:message",
  "DELETE /webhooks/:id/:token/messages/:message",
];

let sim: DiscordSim;
let calls: TargetCalls;
let serial = 0;

beforeAll(async () => {
  sim = await startDiscordSim({
    routeLimits: Object.fromEntries(ROUTES.map((route) => [route, PLENTY])),
    globalLimit: PLENTY,
    webhookChannelLimit: PLENTY,
    seed: {
      guilds: [
        {
          name: "Club",
          channels: [
            { name: "signals" },
            { name: "fuzzed" },
            { name: "checked" },
            { name: "ideas", type: "forum" },
          ],
          roles: [{ name: "Alerts" }, { name: "Others" }],
        },
      ],
      bots: [{ id: BOT, token: TOKEN, username: "Heliograph" }],
      users: [{ username: "mara" }, { username: "reader" }],
    },
  });
  const rest = restOf(sim);
  calls = {
    rest,
    once: rest,
    webhooks: new WebhookBook(rest, BOT),
    botUserId: BOT,
    onRemoving: () => {},
  };
});
afterAll(() => sim.close());

function restOf(of: DiscordSim, options: Partial<REST["options"]> = {}): REST {
  return new REST({ api: of.apiUrl, retries: 0, offset: 0, ...options }).setToken(TOKEN);
}

interface Wanted {
  readonly content: string;
  readonly mode: MirrorWork["mode"];
  readonly place: MirrorPlace;
  readonly channelId: string;
}

/** A mirror that is yet to be posted. */
function wanted({ content, channelId, ...rest }: Wanted, changes: Partial<MirrorWork> = {}) {
  serial += 1;
  const base = mirrorWork({
    ...rest,
    seq: serial,
    mirrorId: `m${serial}`,
    nonce: `n-${serial}`,
    target: { guildId: sim.guildId("Club"), channelId },
  });
  return { ...base, message: base.message && { ...base.message, content }, ...changes };
}

function apply(work: MirrorWork): Promise<Applied> {
  const channel = openTarget(calls, work, new AbortController().signal);
  return applyWork(work, { channel });
}

/** Applies it and answers the row as it is from then on, wanting the next revision. */
async function applied(work: MirrorWork): Promise<MirrorWork> {
  const result = await apply(work);
  if (result.outcome !== "applied") throw new Error(`${result.code}: ${result.message}`);
  const { messageIds, threadId } = result;
  const { revision } = work.wanted;
  return {
    ...work,
    applied: { revision, messageIds, ...(threadId !== null && { threadId }) },
    wanted: { revision: revision + 1, deleted: false },
  };
}

function edited(work: MirrorWork, content: string): MirrorWork {
  return { ...work, message: work.message && { ...work.message, content } };
}

function deleted(work: MirrorWork): MirrorWork {
  return { ...work, message: null, wanted: { ...work.wanted, deleted: true } };
}

const contents = (channelId: string) => sim.messages(channelId).map(({ content }) => content);
const IN_CHANNEL = { kind: "channel" } as const;

test("a webhook posts under the analyst's name and picture, says what it answers, edits and deletes", async () => {
  const channelId = sim.channelId("Club", "signals");
  const first = wanted({ content: "BTC long", mode: "webhook", place: IN_CHANNEL, channelId });
  const face = { authorName: "Mara of Discord", authorAvatarUrl: "https://pictures.test/mara.png" };
  const posted = await applied({
    ...first,
    message: first.message && { ...first.message, ...face },
  });
  const [message] = sim.messages(channelId);
  expect(message?.author.username).toBe("Mara of Disc\u200bord");
  const messageId = posted.applied?.messageIds[0] ?? "";
  const reply = wanted(
    { content: "closed", mode: "webhook", place: IN_CHANNEL, channelId },
    { replyTo: { messageId, threadId: null } },
  );
  await applied(reply);
  const url = `https://discord.com/channels/${sim.guildId("Club")}/${channelId}/${messageId}`;
  expect(contents(channelId)).toEqual(["BTC long", `-# ↪ ${url}\nclosed`]);
  const again = await applied(edited(posted, "BTC long, stop 60k"));
  expect(contents(channelId)[0]).toBe("BTC long, stop 60k");
  await applied(deleted(again));
  expect(contents(channelId)).toHaveLength(1);
});

test("when somebody removes the webhook the next post makes a new one, and an edit replaces the old message", async () => {
  const channelId = sim.channelId("Club", "fuzzed");
  const work = wanted({ content: "first", mode: "webhook", place: IN_CHANNEL, channelId });
  const posted = await applied(work);
  for (const { id } of sim.webhooks()) await calls.rest.delete(`/webhooks/${id}`);
  await applied(wanted({ content: "second", mode: "webhook", place: IN_CHANNEL, channelId }));
  await applied(edited(posted, "first, edited"));
  expect(contents(channelId)).toEqual(["second", "first, edited"]);
  expect(sim.webhooks()).toHaveLength(1);
});

for (const mode of ["bot", "webhook"] as const) {
  test(`as a ${mode}, a thread is posted in, also when it has fallen asleep`, async () => {
    const parentChannelId = sim.channelId("Club", "signals");
    const userId = sim.userId("mara");
    const name = `talk ${mode}`;
    const channelId =
      sim.act({ kind: "openThread", channelId: parentChannelId, userId, name }).id ?? "";
    const place = { kind: "thread", parentChannelId } as const;
    const posted = await applied(wanted({ content: "in here", mode, place, channelId }));
    sim.act({ kind: "changeThread", channelId, archived: true });
    await applied(edited(posted, "in here, edited"));
    expect(contents(channelId).filter((text) => text !== "")).toEqual(["in here, edited"]);
  });

  test(`as a ${mode}, each signal opens a forum post, its replies go into it, and with it it goes`, async () => {
    const channelId = sim.channelId("Club", "ideas");
    const place = { kind: "forum" } as const;
    const posted = await applied(
      wanted({ content: "**EUR/USD** long\nnow", mode, place, channelId }),
    );
    const threadId = posted.applied?.threadId ?? "";
    const messageId = posted.applied?.messageIds[0] ?? "";
    const reply = wanted(
      { content: "closed", mode, place, channelId },
      { replyTo: { messageId, threadId } },
    );
    await applied(reply);
    expect(contents(threadId).map((text) => text.split("\n").at(-1))).toEqual(["now", "closed"]);
    const again = await apply({ ...posted, applied: null, lookFirst: true });
    expect(again).toMatchObject({ messageIds: [messageId], threadId });
    await applied(deleted(posted));
    expect(contents(threadId)).toEqual([]);
  });
}

test("a check finds what is missing and what was changed, and removes what stands twice", async () => {
  const channelId = sim.channelId("Club", "checked");
  const make = (content: string) =>
    applied(wanted({ content, mode: "bot", place: IN_CHANNEL, channelId }));
  const [missing, changed, twice] = [await make("one"), await make("two"), await make("three")];
  const idOf = (work: MirrorWork) => work.applied?.messageIds[0] ?? "";
  sim.remove({ channelId, messageId: idOf(missing) });
  await apply(edited(changed, "tampered with"));
  const copy = await apply({ ...twice, applied: null, nonce: "another", lookFirst: false });
  const { promise: reported, resolve } = Promise.withResolvers<CheckReport>();
  const checker = new TargetChecker(
    {
      backend: {
        watchChecks: (_, onChange) => {
          onChange([{ channelId, guildId: "1", wantedAtMs: 0, place: IN_CHANNEL }]);
          return () => {};
        },
        expectedIn: async () => ({ rows: [missing, changed, twice], nextBeforeMs: null }),
        reportCheck: async (_, __, report) => {
          resolve(report);
          return report.strays.map(({ messageId }) => messageId);
        },
      },
      calls,
      clock: systemClock,
      log: () => {},
      nowMs: () => Date.now() + 60_000, // what was posted just now is not judged
    },
    { shard: 0, epoch: 1 },
  );
  checker.start();
  const messageId = copy.outcome === "applied" ? copy.messageIds[0] : "";
  expect(await reported).toMatchObject({
    compared: 3,
    missing: [idOf(missing)],
    changed: [changed.mirrorId],
    strays: [{ messageId, feed: "pro", seq: twice.seq }],
  });
  await vi.waitFor(() => expect(contents(channelId)).toEqual(["tampered with", "three"]));
  await checker.abandon();
});

/** Pieces of which random posts put mentions together, broken up, nested, hidden and quoted. */
function trickyPosts(userId: string, roleId: string): fc.Arbitrary<string> {
  const pieces = [
    ...[
      "@everyone",
      "@here",
      "@",
      "everyone",
      "here",
      "@Everyone",
      "＠everyone",
      "@\u200beveryone",
    ],
    ...[`<@${userId}>`, `<@!${userId}>`, `<@&${roleId}>`, "<@", "<@&", "<@!", ">", userId, roleId],
    ...["\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", " ", "\n", "`", "```", "||", "**", "\\"],
    ...["<#1>", "[x](https://a.test)", "text "],
  ];
  return fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 40, size: "max" })
    .map((all) => all.join(""));
}

test("over a corpus of tricks, posted, edited and answered in both modes, only the route's role is pinged", async () => {
  const channelId = sim.channelId("Club", "fuzzed");
  const [role, other] = [sim.roleId("Club", "Alerts"), sim.roleId("Club", "Others")];
  const tricky = trickyPosts(sim.userId("reader"), other);
  const [texts] = fc.sample(fc.array(tricky, { minLength: 40, maxLength: 40 }), 1);
  const before = sim.pings(channelId).length;
  let pinging = 0;
  for (const [index, text] of (texts ?? []).entries()) {
    const mode = index % 2 === 0 ? "bot" : "webhook";
    const rules = { ...PLAIN_RULES, stripMentions: index % 3 === 0 };
    const embeds = [{ title: text, description: text, fields: [{ name: text, value: text }] }];
    const routed = routePost({ content: text, embeds, attachments: [], author: null }, rules);
    const base = wanted({ content: text, mode, place: IN_CHANNEL, channelId });
    const message = base.message && {
      ...base.message,
      content: routed?.content ?? "",
      embeds: routed?.embeds.map(({ fields = [], ...rest }) => ({ ...rest, fields })) ?? [],
      authorName: text,
      pingRoleId: index % 5 === 0 ? role : null,
    };
    pinging += index % 5 === 0 ? 1 : 0;
    const posted = await applied({ ...base, message });
    const messageId = posted.applied?.messageIds[0] ?? "";
    await applied({ ...edited(posted, `${text} edited @everyone`), replyTo: null });
    await applied(
      wanted(
        { content: text, mode, place: IN_CHANNEL, channelId },
        { replyTo: { messageId, threadId: null } },
      ),
    );
  }
  const pings = sim.pings(channelId).slice(before);
  expect(pings.map(({ roleIds }) => roleIds)).toEqual(Array(pinging).fill([role]));
  expect(pings.flatMap(({ userIds }) => userIds)).toEqual([]);
  expect(pings.some(({ everyone }) => everyone)).toBe(false);
}, 30_000);

test("a hundred targets at once are served without a single 429", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `target-${index}`);
  const many = await startDiscordSim({
    seed: {
      guilds: [{ name: "Club", channels: names.map((name) => ({ name })) }],
      bots: [{ id: BOT, token: TOKEN, username: "Heliograph" }],
      users: [],
    },
  });
  try {
    const budget = new CallBudget(systemClock, GLOBAL_LIMIT);
    const rest = restOf(many, { makeRequest: pacedRequest(budget) });
    const posts = names.map((name) =>
      rest.post(`/channels/${many.channelId("Club", name)}/messages`, { body: { content: "x" } }),
    );
    await Promise.all(posts);
    expect(many.requests().map(({ status }) => status)).toEqual(Array(100).fill(200));
  } finally {
    await many.close();
  }
}, 20_000);
