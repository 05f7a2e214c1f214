// @vitest-environment node
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MAX_ATTEMPTS } from "@heliograph/domain";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pngOf } from "../packages/domain/test/media-samples.ts";
import { api, internal } from "./_generated/api.js";
import {
  type Backend,
  codeOf,
  issueMachine,
  post,
  previewKey,
  readFeed,
  removal,
  seedSource,
  sendIngest,
  setEnvironment,
  signUp,
  startBackend,
} from "./test.setup.ts";

const SIGNED = "?ex=6b0b1b38&is=6b09c9b8&hm=0bcd&";
const CDN = "https://cdn.discordapp.com/attachments/1";
const chart = { id: "1", name: "chart.png", url: `${CDN}/2/chart.png${SIGNED}` };
const other = { id: "2", name: "other.png", url: `${CDN}/3/other.png${SIGNED}` };

let t: Backend;
let token: string;
let server: Server | null = null;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  setEnvironment("HELIOGRAPH_MEDIA_LOOPBACK", undefined);
  await seedSource(t);
  ({ token } = await issueMachine(t, "source"));
});

afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function serve(answer: RequestListener): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  setEnvironment("HELIOGRAPH_MEDIA_LOOPBACK", origin);
  return origin;
}

const send = async (...events: unknown[]) => await sendIngest(t, token, { events });
const wanted = async () => await t.run(async (ctx) => await ctx.db.query("wantedMedia").collect());
const media = async () => await t.run(async (ctx) => await ctx.db.query("media").collect());
const files = async () =>
  await t.run(async (ctx) => await ctx.db.system.query("_storage").collect());
const signals = async () => await t.run(async (ctx) => await ctx.db.query("signals").collect());
const mirrors = async () => await t.run(async (ctx) => await ctx.db.query("mirrors").collect());
const seen = async (feed: "basic" | "pro" = "basic") =>
  await readFeed(t, await previewKey(t, feed));

/** Lets an action have what is due, now or next. */
async function claim() {
  const due = (await wanted()).filter(({ state }) => state === "due");
  const nextMs = Math.max(Date.now(), ...due.map(({ dueAtMs }) => dueAtMs));
  vi.setSystemTime(nextMs); // no timer fires: nobody else fetches
  return await t.mutation(internal.media.claim, {});
}

/** Settles what is due of that name as if it was fetched. */
async function store(name: string, bytes = "bytes", attempt?: number) {
  await claim();
  const row = (await wanted()).findLast((found) => found.name === name);
  if (row === undefined) throw new Error(`${name} is not wanted`);
  const storageId = await t.run(async (ctx) => await ctx.storage.store(new Blob([bytes])));
  const file = { contentType: "image/png", hash: bytes, size: bytes.length, width: 3, height: 2 };
  await t.mutation(internal.media.settle, {
    wantedId: row._id,
    attempt: attempt ?? row.attempt,
    result: { state: "stored", storageId, ...file },
  });
}

async function fail(state: "retry" | "expired" | "failed", code: string, attempt?: number) {
  await claim();
  const [row] = await wanted();
  if (row === undefined) throw new Error("nothing is wanted");
  await t.mutation(internal.media.settle, {
    wantedId: row._id,
    attempt: attempt ?? row.attempt,
    result: { state, code },
  });
}

test("[WANTM1] a post is there at once, also while its pictures are not", async () => {
  const embeds = [{ title: "Setup", imageUrl: `${CDN}/4/e.png` }];
  await send(post("m1", { attachments: [{ ...chart, width: 640, height: 360 }, other], embeds }));
  const [signal] = await seen();
  expect(signal).toMatchObject({ revision: 1, embeds: [{ image: { state: "coming" } }] });
  expect(signal?.attachments).toEqual([
    { id: "1", name: "chart.png", state: "coming", width: 640, height: 360 },
    { id: "2", name: "other.png", state: "coming" },
  ]);
  expect(await mirrors()).toMatchObject([{ state: "due", wantedRevision: 1 }]);
  expect((await wanted()).map(({ name, state }) => [name, state])).toEqual([
    ["chart.png", "due"],
    ["other.png", "due"],
    ["picture", "due"],
  ]);
});

test("[SETM3] a picture is fetched, kept, and shown by the signal's next revision", async () => {
  vi.useRealTimers();
  const asked = Promise.withResolvers<void>();
  const png = pngOf(3, 2);
  const origin = await serve((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(png); // it lies
    asked.resolve();
  });
  await send(post("m1", { attachments: [{ ...chart, url: `${origin}/a.png` }] }));
  await asked.promise;
  await t.finishInProgressScheduledFunctions();
  const [signal] = await seen();
  expect(signal).toMatchObject({ seq: 1, revision: 2, editedAtMs: null });
  const [attachment] = signal?.attachments ?? [];
  const size = { width: 3, height: 2 };
  expect(attachment).toMatchObject({ state: "ready", contentType: "image/png", ...size });
  const { pathname, search } = new URL(attachment?.url ?? "");
  const response = await t.fetch(pathname + search, { method: "GET" });
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(png);
  expect(await mirrors()).toMatchObject([{ wantedRevision: 2, state: "due" }]);
});

test("[SSRF3] what may not be fetched is missing, and the operator sees the code", async () => {
  vi.useRealTimers();
  const url = "http://169.254.169.254/latest/meta-data";
  await send(post("m1", { attachments: [{ ...chart, url }] }));
  await vi.waitFor(async () => expect(await seen()).toMatchObject([{ revision: 2 }]));
  expect(await seen()).toMatchObject([{ attachments: [{ state: "missing" }] }]);
  const operator = await signUp(t, "operator@example.com", "operator");
  const live = await operator.as.query(api.live.signals, { limit: 1 });
  const refused = { name: "chart.png", state: "failed", code: "scheme_not_allowed" };
  expect(live).toMatchObject({ signals: [{ media: [refused] }] });
});

test("[SETM1] an operator has a file that failed fetched again, and that is on record", async () => {
  const operator = await signUp(t, "operator@example.com", "operator");
  await send(post("m1", { attachments: [chart] }));
  await fail("failed", "host_not_allowed");
  const [row] = await wanted();
  if (row === undefined) throw new Error("nothing is wanted");
  await operator.as.mutation(api.media.retry, { wantedId: row._id });
  expect(await wanted()).toMatchObject([{ state: "due", attempt: 0 }]);
  const deeds = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
  expect(deeds.slice(1)).toMatchObject([{ action: "media.retry", subject: row.signalId }]);
});

test("[WANTM1] an edit keeps what is copied, and wants what is new", async () => {
  await send(post("m1", { attachments: [chart] }));
  await store("chart.png");
  const [before] = await seen();
  const edit = { type: "update", occurredAt: Date.now(), content: "edited" } as const;
  const again = { ...chart, url: chart.url.replace("0bcd", "ffff") };
  await send(post("m1", { ...edit, attachments: [again, other] }));
  const [after] = await seen();
  expect(after).toMatchObject({ content: "edited", revision: 3 });
  expect(after?.attachments[0]).toEqual(before?.attachments[0]);
  expect(after?.attachments[1]).toMatchObject({ state: "coming" });
  await store("other.png", "other bytes");
  expect(await media()).toHaveLength(2);
  expect(await seen()).toMatchObject([{ revision: 4 }]);
});

test("[WANTM3] what a post shows no more is deleted, with its bytes; so is all of a deleted post", async () => {
  await send(post("m1", { attachments: [chart, other] }));
  await store("chart.png", "a");
  await store("other.png", "b");
  const edit = { type: "update", occurredAt: Date.now(), content: "one is gone" } as const;
  await send(post("m1", { ...edit, attachments: [other] }));
  expect(await media()).toMatchObject([{ name: "other.png" }]);
  expect(await files()).toHaveLength(1);
  await send(removal("m1"));
  expect([await wanted(), await media(), await files()]).toEqual([[], [], []]);
  expect(await signals()).toMatchObject([{ state: "deleted", media: [] }]);
});

test("[SETM2] the same bytes are stored once for all signals, until the last of them is deleted", async () => {
  await seedSource(t, 0, { name: "pro-calls", channelId: "900000000000000012", minTier: "pro" });
  await send(post("m1", { attachments: [chart] }));
  await store("chart.png");
  await send(post("m2", { attachments: [{ ...chart, url: `${CDN}/9/chart.png` }] }));
  await store("chart.png");
  await send(post("m3", { channelId: "900000000000000012", attachments: [chart] }));
  await store("chart.png");
  expect((await media()).map(({ feed }) => feed)).toEqual(["basic", "pro"]);
  expect(await files()).toHaveLength(1);
  await send(removal("m1"));
  expect(await media()).toHaveLength(2);
  expect((await seen())[1]?.attachments).toMatchObject([{ state: "ready" }]);
  await send(removal("m2"));
  expect(await media()).toMatchObject([{ feed: "pro" }]);
  await send({ ...removal("m3"), channelId: "900000000000000012" });
  expect([await media(), await files()]).toEqual([[], []]);
});

test("[SETM1] a result counts once, and not for another attempt; its bytes do not stay", async () => {
  await send(post("m1", { attachments: [chart] }));
  await store("chart.png", "late", 7);
  expect(await seen()).toMatchObject([{ revision: 1 }]);
  expect(await files()).toEqual([]);
  await store("chart.png", "first");
  await store("chart.png", "second");
  await fail("failed", "not_found");
  expect(await media()).toMatchObject([{ hash: "first" }]);
  expect(await files()).toHaveLength(1);
  expect(await seen()).toMatchObject([{ revision: 2, attachments: [{ state: "ready" }] }]);
});

test("[SETM1] bytes that arrive after their post was deleted do not stay", async () => {
  await send(post("m1", { attachments: [chart] }));
  const [row] = await wanted();
  await send(removal("m1"));
  const storageId = await t.run(async (ctx) => await ctx.storage.store(new Blob(["late"])));
  const result = {
    state: "stored",
    storageId,
    contentType: "image/png",
    hash: "h",
    size: 4,
  } as const;
  if (row !== undefined) {
    await t.mutation(internal.media.settle, { wantedId: row._id, attempt: 0, result });
  }
  expect([await media(), await files()]).toEqual([[], []]);
});

test("[SETM3] pictures that come together are one revision; one that is late is another", async () => {
  await send(post("m1", { attachments: [chart, other] }));
  await store("chart.png", "a");
  expect(await seen()).toMatchObject([{ revision: 1 }]);
  await store("other.png", "b");
  expect(await seen()).toMatchObject([{ revision: 2 }]);
  await send(post("m2", { attachments: [chart, other] }));
  await store("chart.png", "a");
  const [, second] = await signals();
  if (second !== undefined) await t.mutation(internal.media.publish, { signalId: second._id });
  expect((await seen())[1]).toMatchObject({
    revision: 2,
    attachments: [{ state: "ready" }, { state: "coming" }],
  });
});

test("[SETM1] a fetch in vain is tried again later, and given up with its code in the end", async () => {
  await send(post("m1", { attachments: [chart] }));
  await fail("retry", "answered_503");
  const [row] = await wanted();
  expect(row).toMatchObject({ state: "due", attempt: 1, dueAtMs: Date.now() + 5_000 });
  expect(await seen()).toMatchObject([{ revision: 1 }]);
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) await fail("retry", "answered_503");
  expect(await wanted()).toMatchObject([{ state: "failed", code: "answered_503" }]);
  expect(await seen()).toMatchObject([{ attachments: [{ state: "missing" }] }]);
});

test("[CLAIM1] three actions fetch at a time, however few files each has", async () => {
  const claimed: number[] = [];
  for (const id of ["m1", "m2", "m3", "m4"]) {
    await send(post(id, { attachments: [{ ...chart, url: `${CDN}/${id}/a.png` }] }));
    claimed.push((await claim()).length);
  }
  expect(claimed).toEqual([1, 1, 1, 0]);
});

test("[CLAIM1] an action has a few files at a time, which no other has", async () => {
  const attachments = Array.from({ length: 9 }, (_, index) => {
    return { id: String(index), name: `${index}.png`, url: `${CDN}/${index}/a.png` };
  });
  await send(post("m1", { attachments }), post("m2", { attachments: attachments.slice(0, 6) }));
  const rounds = [await claim(), await claim(), await claim(), await claim()];
  expect(rounds.map((orders) => orders.length)).toEqual([4, 4, 4, 0]);
  const ids = rounds.flat().map(({ wantedId }) => wantedId);
  expect(new Set(ids).size).toBe(12);
  const result = { state: "failed", code: "not_found" } as const;
  for (const { wantedId } of rounds[0] ?? []) {
    expect(await claim()).toEqual([]);
    await t.mutation(internal.media.settle, { wantedId, attempt: 0, result });
  }
  expect(await claim()).toHaveLength(3);
});

test("[CLAIM1] a file is fetched from the hosts that its source allows by then", async () => {
  const operator = await signUp(t, "operator@example.com", "operator");
  await send(post("m1", { attachments: [chart] }));
  const source = await t.run(async (ctx) => await ctx.db.query("sources").first());
  if (source === null) throw new Error("no source");
  const update = async (...mediaHosts: string[]) =>
    await operator.as.mutation(api.sources.update, { sourceId: source._id, mediaHosts });
  expect(await codeOf(update("127.0.0.1"))).toBe("bad_media_host");
  await update("i.example.com");
  expect(await claim()).toMatchObject([{ hosts: ["i.example.com"] }]);
});

test("[CLAIM2] what an action that died has left is tried again", async () => {
  await send(post("m1", { attachments: [chart] }));
  await claim();
  vi.setSystemTime(Date.now() + 60_000);
  await t.mutation(internal.media.sweep, {});
  expect(await wanted()).toMatchObject([{ state: "fetching", attempt: 0 }]);
  vi.setSystemTime(Date.now() + 61_000);
  await t.mutation(internal.media.sweep, {});
  expect(await wanted()).toMatchObject([{ state: "due", attempt: 1, code: "interrupted" }]);
});

test("[RENEW1] a link that has run out is shown to the bot, and fetched again by the one it brings", async () => {
  const bot = await issueMachine(t, "bot");
  const expired = async () => {
    const answer = await bot.as.query(api.media.expired, {});
    return answer.state === "current" ? answer.links : [];
  };
  await send(post("m1", { attachments: [chart] }));
  await fail("expired", "link_expired");
  const [link] = await expired();
  expect(link).toMatchObject({ link: chart.url });
  if (link === undefined) return;
  const { wantedId } = link;
  const fresh = chart.url.replace("0bcd", "ffff");
  const renew = async (url: string | null) =>
    await bot.as.mutation(api.media.renew, { links: [{ wantedId, link: url }] });
  await renew(fresh);
  expect(await wanted()).toMatchObject([{ state: "due", link: fresh, attempt: 1 }]);
  expect(await seen()).toMatchObject([{ attachments: [{ state: "coming" }] }]);
  await fail("expired", "link_expired");
  await renew(`${CDN}/77/another-file.png`);
  expect(await wanted()).toMatchObject([{ state: "failed", code: "link_expired", link: fresh }]);
  expect(await expired()).toEqual([]);
});

test("[RENEW1] a link that is refused however new it is fails in the end", async () => {
  const bot = await issueMachine(t, "bot");
  await send(post("m1", { attachments: [chart] }));
  for (let round = 0; round < 3; round += 1) {
    await fail("expired", "link_expired");
    const [row] = await wanted();
    if (row === undefined) throw new Error("nothing is wanted");
    const link = `${CDN}/2/chart.png?ex=${round}&is=1&hm=1`;
    await bot.as.mutation(api.media.renew, { links: [{ wantedId: row._id, link }] });
  }
  await fail("expired", "link_expired");
  expect(await wanted()).toMatchObject([{ state: "failed" }]);
});

test("[WANTM2] an edit that brings a new link has an expired file fetched again", async () => {
  await send(post("m1", { attachments: [chart] }));
  await fail("expired", "link_expired");
  const fresh = chart.url.replace("0bcd", "ffff");
  await send(post("m1", { attachments: [{ ...chart, url: fresh }] }));
  expect(await wanted()).toMatchObject([{ state: "due", link: fresh }]);
});

test("[SHOW1] a document stays a link to its source, and history without copies as it came", async () => {
  const url = "https://files.test/plan.pdf";
  const pdf = { id: "3", name: "plan.pdf", url, contentType: "application/pdf" };
  await send(post("m1", { attachments: [pdf] }), post("m2", { attachments: [pdf, chart] }));
  expect(await wanted()).toMatchObject([{ name: "chart.png" }]);
  const [first, second] = await seen();
  expect(first?.attachments).toMatchObject([{ state: "ready", url }]);
  expect(second?.attachments).toMatchObject([{ state: "ready", url }, { state: "coming" }]);
  await t.run(async (ctx) => {
    for (const { _id } of await ctx.db.query("signals").collect()) {
      await ctx.db.patch("signals", _id, { media: undefined });
    }
  });
  expect((await seen())[1]?.attachments).toMatchObject([{ url }, { url: chart.url }]);
});
