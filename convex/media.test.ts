import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { DAY_MS, keyFor } from "./access.setup.ts";
import { publishMedia } from "./model/media/settle.ts";
import {
  type Backend,
  issueMachine,
  post,
  readFeed,
  seedSource,
  sendIngest,
  signUp,
  startBackend,
} from "./test.setup.ts";

const START_MS = Date.UTC(2026, 10, 22, 12);
const BYTES = new Uint8Array([137, 80, 78, 71, 1, 2, 3]);

let t: Backend;
let operator: Awaited<ReturnType<typeof signUp>>;
let mara: Awaited<ReturnType<typeof signUp>>;

beforeEach(async () => {
  vi.useFakeTimers({ now: START_MS });
  t = startBackend();
  operator = await signUp(t, "operator@example.com", "operator");
  mara = await signUp(t, "mara@example.com");
});

afterEach(() => {
  vi.useRealTimers();
});

async function give(person: { userId: typeof mara.userId }, untilMs: number | null = null) {
  const gift = { userId: person.userId, tier: "pro", untilMs, reason: "r" } as const;
  return (await operator.as.mutation(api.access.giveGrant, gift)).grantId;
}

const CHART = { id: "1", name: "chart ü.png", url: "https://cdn.example/chart.png" };

/** A picture whose bytes were copied, kept for a feed. */
async function keepPicture(feed: "basic" | "pro" = "basic", contentType = "image/png") {
  return await t.run(async (ctx) => {
    const storageId = await ctx.storage.store(new Blob([BYTES]));
    const file = { contentType, name: CHART.name, hash: feed, size: BYTES.length };
    return await ctx.db.insert("media", { ...file, storageId, feed });
  });
}

/** Posts a signal whose picture is stored, and answers the link that the person's segment holds. */
async function linkFor(person: typeof mara, contentType?: string): Promise<string> {
  await seedSource(t);
  const { token } = await issueMachine(t, "source");
  await sendIngest(t, token, { events: [post("m1", { attachments: [CHART] })] });
  const mediaId = await keepPicture("basic", contentType);
  await t.run(async (ctx) => {
    const wanted = await ctx.db.query("wantedMedia").first();
    if (wanted === null) throw new Error("the picture is not wanted");
    await ctx.db.patch("wantedMedia", wanted._id, { state: "stored", mediaId });
    await publishMedia(ctx, wanted.signalId);
  });
  const [signal] = await readFeed(t, await keyFor(person));
  return signal?.attachments[0]?.url ?? "";
}

const fetchLink = async (link: string) => {
  const { pathname, search } = new URL(link);
  return await t.fetch(pathname + search, { method: "GET" });
};

test("[LNK1] a segment links to the stored picture, and the link gives its bytes", async () => {
  await give(mara);
  const link = await linkFor(mara);
  expect(link).toMatch(/^https:\/\/deployment\.test\/media\/\S+\?k=basic\.1\.1\./);
  const response = await fetchLink(link);
  expect(response.status).toBe(200);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
});

test("[LNK3] a picture is served as what it is, and kept by nobody but the browser", async () => {
  await give(mara);
  const { headers } = await fetchLink(await linkFor(mara));
  expect(headers.get("content-type")).toBe("image/png");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cache-control")).toBe("private, max-age=300");
  expect(headers.get("content-disposition")).toBe("inline; filename*=UTF-8''chart%20%C3%BC.png");
});

test("[LNK3] only pictures are shown in place: anything else is saved", async () => {
  await give(mara);
  const { headers } = await fetchLink(await linkFor(mara, "video/mp4"));
  expect(headers.get("content-disposition")).toMatch(/^attachment;/);
});

test("[LNK4] a bot has the bytes by its token, until that is revoked; no other machine has", async () => {
  const mediaId = await keepPicture("pro");
  const [bot, source] = [await issueMachine(t, "bot"), await issueMachine(t, "source")];
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await t.fetch(`/media/${mediaId}`, { method: "GET", headers })).status;
  };
  expect([await ask(bot.token), await ask(source.token)]).toEqual([200, 403]);
  await t.mutation(internal.machines.revokeNow, { machineId: bot.machineId });
  expect(await ask(bot.token)).toBe(403);
});

test("[LNK1] the link dies with the key: when access ends, and a minute after a turnover", async () => {
  const grantId = await give(mara);
  const link = await linkFor(mara);
  await t.mutation(internal.access.turn, { feed: "basic", shard: 1, epoch: 1 });
  expect((await fetchLink(link)).status).toBe(200);
  vi.advanceTimersByTime(60_000);
  await t.finishInProgressScheduledFunctions();
  expect((await fetchLink(link)).status).toBe(403);
  const [signal] = await readFeed(t, await keyFor(mara));
  const renewed = signal?.attachments[0]?.url ?? "";
  expect((await fetchLink(renewed)).status).toBe(200);
  await operator.as.mutation(api.access.revokeGrant, { grantId });
  const refused = await fetchLink(renewed);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ code: "media_key_refused" });
  expect(refused.headers.get("cache-control")).toBe("no-store");
});

test.each(["a role is taken", "a console is revoked"] as const)(
  "[LNK1] [STAFF3] what the console showed is opened by nobody once %s",
  async (what) => {
    await give(mara);
    await linkFor(mara);
    const desk = await issueMachine(t, "console");
    const shown = async () => {
      const live = await operator.as.query(api.live.signals, { limit: 1 });
      if (live.state !== "current") throw new Error(live.state);
      return live.signals[0]?.attachments[0]?.url ?? "";
    };
    await t.mutation(internal.access.previewKeys, {});
    const link = await shown();
    expect((await fetchLink(link)).status).toBe(200);
    const owner = await signUp(t, "owner@example.com", "owner");
    if (what === "a role is taken") {
      await owner.as.mutation(api.staff.remove, { userId: operator.userId });
    } else {
      await owner.as.mutation(api.machines.revoke, { machineId: desk.machineId });
      expect((await fetchLink(await shown())).status).toBe(200);
    }
    expect((await fetchLink(link)).status).toBe(403);
  },
);

test("[LNK1] a key opens no other medium, no other feed and nothing made up", async () => {
  await give(mara);
  const link = await linkFor(mara);
  const [other, ofPro] = [await keepPicture(), await keepPicture("pro")];
  const key = new URL(link).searchParams.get("k") ?? "";
  const status = async (path: string) => (await t.fetch(path, { method: "GET" })).status;
  for (const path of [
    `/media/${other}?k=${key}`,
    `/media/${ofPro}?k=${key}`,
    `/media/nothing?k=${key}`,
    `${new URL(link).pathname}?k=${key.replace("basic", "pro")}`,
    new URL(link).pathname,
    "/media/?k=",
  ]) {
    expect([path, await status(path)]).toEqual([path, 403]);
  }
});

test("[LNK2] a fetch is answered one millisecond before the end and refused at it", async () => {
  await give(mara, START_MS + DAY_MS);
  const link = await linkFor(mara);
  await t.run(async (ctx) => {
    // The hourly turnover would end the link long before: here only the end does.
    for (const row of await ctx.db.query("feedShards").collect()) {
      await ctx.db.patch("feedShards", row._id, { turnsAtMs: START_MS + 9 * DAY_MS });
    }
  });
  vi.setSystemTime(START_MS + DAY_MS - 1); // no timer fires: nothing but the fetch itself decides
  expect((await fetchLink(link)).status).toBe(200);
  vi.setSystemTime(START_MS + DAY_MS);
  expect((await fetchLink(link)).status).toBe(403);
  expect(await t.run(async (ctx) => await ctx.db.query("access").first())).toBeNull();
});
