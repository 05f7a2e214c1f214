import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  type Backend,
  issueMachine,
  post,
  readMail,
  seedSource,
  signUp,
  startBackend,
} from "./test.setup.ts";

type As = Awaited<ReturnType<typeof issueMachine>>["as"];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let t: Backend;
let bot: As;
let operator: As;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
  operator = (await signUp(t, "op@example.com", "operator")).as;
  await signUp(t, "support@example.com", "support");
  await seedSource(t, 1);
});
afterEach(() => {
  vi.useRealTimers();
});

let serial = 0;
async function send(): Promise<void> {
  serial += 1;
  const events = [post(`m${serial}`)];
  await bot.mutation(api.ingest.events, { events, receivedAtMs: Date.now() });
}

/** Time passes, and the minute's function runs. */
async function listenAfter(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.mutation(internal.silence.listen, { afterName: "" });
  await t.finishInProgressScheduledFunctions();
}

async function watches() {
  const answer = await operator.query(api.silence.list, {});
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.watches;
}
async function stateOf(kind: "source" | "route") {
  return (await watches()).find(({ routeId }) => (routeId === null) === (kind === "source"))?.state;
}

async function expectEvery(ms: number, kind: "source" | "route" = "source"): Promise<void> {
  const { sourceId, routeId } = await t.run(async (ctx) => {
    const route = await ctx.db.query("routes").first();
    if (route === null) throw new Error("there is one");
    return { sourceId: route.sourceId, routeId: kind === "route" ? route._id : null };
  });
  const rule = { kind: "every", ms } as const;
  await operator.mutation(api.silence.setRule, { sourceId, routeId, rule });
}

const mails = () =>
  t.run(async (ctx) =>
    (await ctx.db.query("mails").collect()).map(({ to, text }) => ({ to, text })),
  );

async function arrive(): Promise<void> {
  await t.run(async (ctx) => {
    for (const { _id, wantedRevision } of await ctx.db.query("mirrors").collect()) {
      const applied = { revision: wantedRevision, messageIds: ["1"] };
      await ctx.db.patch("mirrors", _id, { state: "applied", applied });
    }
  });
}

test("[SIL1] a source is silent after what is expected of it, and heard again with its next post", async () => {
  await expectEvery(HOUR);
  await send();
  await arrive();
  await listenAfter(HOUR - 1);
  expect(await stateOf("source")).toBe("heard");
  await listenAfter(MINUTE);
  expect(await stateOf("source")).toBe("silent");
  expect(await operator.query(api.silence.badge, {})).toMatchObject({ silent: 1 });
  await send();
  await listenAfter(MINUTE);
  expect(await stateOf("source")).toBe("heard");
});

test("[SIL1] without a setting the past says what is ordinary", async () => {
  await listenAfter(0);
  expect(await stateOf("source")).toBe("learning");
  for (let i = 0; i < 12; i++) {
    await send();
    await listenAfter(2 * HOUR);
  }
  expect((await watches()).find(({ routeId }) => routeId === null)?.boundMs).toBe(3 * HOUR);
  await listenAfter(2 * HOUR);
  expect(await stateOf("source")).toBe("silent");
});

test("[SIL2] a route is silent while the newest post does not arrive, and only then", async () => {
  await send();
  await arrive();
  await listenAfter(5 * MINUTE);
  expect(await stateOf("route")).toBe("heard");
  await send();
  await listenAfter(4 * MINUTE);
  expect(await stateOf("route")).toBe("heard");
  await listenAfter(MINUTE);
  expect(await stateOf("route")).toBe("silent");
  await arrive();
  await listenAfter(MINUTE);
  expect(await stateOf("route")).toBe("heard");
});

test("[SIL2] a route that is new, or expected to be slower, is not silent", async () => {
  await send();
  await expectEvery(HOUR, "route");
  await listenAfter(59 * MINUTE);
  expect(await stateOf("route")).not.toBe("silent");
  await listenAfter(2 * MINUTE);
  expect(await stateOf("route")).toBe("silent");
});

test("[SIL2] a paused route is not silent, nor afterwards for what came meanwhile", async () => {
  const routeId = await t.run(async (ctx) => (await ctx.db.query("routes").first())?._id);
  if (routeId === undefined) throw new Error("there is one");
  await operator.mutation(api.routes.pause, { routeId, paused: true });
  await send();
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("off");
  await operator.mutation(api.routes.pause, { routeId, paused: false });
  await expectEvery(MINUTE, "route");
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).not.toBe("silent");
  await send();
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("silent");
});

test("[SIL2] a route is not silent any more once the post that did not arrive is deleted", async () => {
  await send();
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("silent");
  const deletion = { ...post(`m${serial}`), type: "delete" as const, occurredAt: Date.now() };
  await bot.mutation(api.ingest.events, { events: [deletion], receivedAtMs: Date.now() });
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("learning");
});

test("[SIL2] a post that was never meant for the route is not waited for there", async () => {
  await send();
  await arrive();
  await send();
  await t.run(async (ctx) => {
    const newest = await ctx.db.query("mirrors").order("desc").first();
    if (newest !== null) await ctx.db.delete("mirrors", newest._id);
  });
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("heard");
});

test("[SIL3] each silence is mailed once, to operators only", async () => {
  await expectEvery(HOUR);
  await send();
  await listenAfter(2 * HOUR); // the source, and the route that has not got its post
  for (let minute = 0; minute < 5; minute++) await listenAfter(MINUTE);
  expect((await mails()).map(({ to }) => to)).toEqual(["op@example.com"]);
  const { text } = await readMail(t, "op@example.com");
  expect(text).toContain("The source basic-calls is silent");
  expect(text).toContain("Posts of basic-calls do not arrive in target 1");
  await send();
  await arrive();
  await listenAfter(MINUTE);
  await listenAfter(2 * HOUR);
  expect(await mails()).toHaveLength(2);
});

test("[SIL4] where nothing is new nothing is written", async () => {
  await send();
  await arrive();
  await listenAfter(6 * MINUTE);
  const rows = () => t.run(async (ctx) => await ctx.db.query("silenceWatches").collect());
  const before = await rows();
  await listenAfter(MINUTE);
  expect(await rows()).toEqual(before);
});

test("a route that is removed is not listened to any more", async () => {
  await send();
  await listenAfter(6 * MINUTE);
  expect(await stateOf("route")).toBe("silent");
  const routeId = await t.run(async (ctx) => (await ctx.db.query("routes").first())?._id);
  if (routeId === undefined) throw new Error("there is one");
  await operator.mutation(api.routes.remove, { routeId });
  await listenAfter(MINUTE);
  expect(await watches()).toHaveLength(1);
});
