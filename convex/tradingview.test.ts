import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { answerAlert } from "./model/http/alertRequest.ts";
import {
  type Backend,
  codeOf,
  issueMachine,
  previewKey,
  readFeed,
  seedSource,
  sendIngest,
  setEnvironment,
  startBackend,
} from "./test.setup.ts";

const SOURCE = "basic-calls";
let t: Backend;
let token: string;
let machineId: Id<"machineTokens">;
let sourceId: Id<"sources">;

beforeEach(async () => {
  setEnvironment("HELIOGRAPH_TRADINGVIEW_ADDRESSES", undefined);
  setEnvironment("HELIOGRAPH_PROXIES", undefined);
  t = startBackend();
  await seedSource(t);
  ({ token, machineId } = await issueEndpoint());
  sourceId = await t.run(async (ctx) => {
    const source = await ctx.db.query("sources").first();
    if (source === null) throw new Error("no source");
    return source._id;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

async function issueEndpoint() {
  const made = { kind: "tradingview" as const, name: "Alerts", sourceName: SOURCE };
  return await t.action(internal.machines.issue, made);
}

async function send(body: string | object, init: { token?: string; headers?: HeadersInit } = {}) {
  const response = await t.fetch(`/ingest/tradingview/${init.token ?? token}`, {
    method: "POST",
    headers: { "content-type": "text/plain; charset=utf-8", ...init.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function contents(): Promise<string[]> {
  return (await readFeed(t, await previewKey(t))).map(({ content }) => content);
}

const ALERT = {
  alert_name: "Cross",
  ticker: "BTCUSDT",
  interval: "60",
  time: "2026-02-14T10:00:00Z",
  close: 61_200.5,
  strategy: { order: { action: "buy" }, market_position: "long" },
};

describe("an alert becomes a signal", () => {
  test("[TVE2] a name of any length and any characters is stored", async () => {
    const name = `${"n".repeat(79)}📈 and more`;
    expect(await send({ ...ALERT, alert_name: name })).toMatchObject({ status: 200 });
    const [signal] = await t.run(async (ctx) => await ctx.db.query("signals").take(1));
    const stored = signal?.author?.name ?? "";
    expect(stored).toMatch(/^n{79}/);
    expect(stored.isWellFormed()).toBe(true);
  });

  test("[TVQ3] JSON that says it is text, and text", async () => {
    expect(await send({ message: "BTC long" })).toEqual({
      status: 200,
      body: { status: "accepted", seq: 1 },
    });
    await send("ETH short, stop 3k");
    expect(await contents()).toEqual(["BTC long", "ETH short, stop 3k"]);
  });

  test("[TVE1] the same alert again, with another price, is one signal", async () => {
    await send(ALERT);
    const again = await send({ ...ALERT, close: 61_300 });
    expect(again).toEqual({ status: 200, body: { status: "duplicate" } });
    expect((await send({ ...ALERT, ticker: "ETHUSDT" })).body).toMatchObject({ seq: 2 });
    expect(await contents()).toHaveLength(2);
  });

  test("[TVE1] after its row is forgotten an alert with a time is still known", async () => {
    await send(ALERT);
    vi.setSystemTime(Date.now() + 8 * 24 * 60 * 60_000);
    await t.mutation(internal.tradingview.sweep, {});
    expect(await t.run(async (ctx) => await ctx.db.query("alerts").collect())).toEqual([]);
    expect((await send(ALERT)).body).toMatchObject({ status: "duplicate", seq: 1 });
  });

  test("[TVE1] the same text is one signal within half a minute, another one later", async () => {
    await send("BTC long");
    expect((await send("BTC long")).body).toEqual({ status: "duplicate" });
    vi.setSystemTime(Date.now() + 31_000);
    expect((await send("BTC long")).body).toEqual({ status: "accepted", seq: 2 });
  });

  test("the strategy that is flat afterwards closes", async () => {
    await send({ ...ALERT, strategy: { market_position: "flat" } });
    expect(await readFeed(t, await previewKey(t))).toMatchObject([{ kind: "close" }]);
  });

  test("[TVA4] credentials in the body are stored nowhere", async () => {
    await send({ ...ALERT, passphrase: "open sesame" });
    const alerts = await t.run(async (ctx) => await ctx.db.query("alerts").collect());
    const signals = await t.run(async (ctx) => await ctx.db.query("signals").collect());
    expect(JSON.stringify([alerts, signals])).not.toContain("sesame");
  });
});

describe("templates", () => {
  const save = async (template: string, alertName: string | null = null) => {
    const console = await issueMachine(t, "console");
    return await console.as.mutation(api.tradingview.save, { sourceId, alertName, template });
  };

  test("[TVS2] an alert takes the template of its name, else the one for all others", async () => {
    await save("{{ticker}}: {{strategy.order.action:upper}} at {{close:number}}");
    await save("Crossed: {{ticker}}", "Cross");
    await send(ALERT);
    await send({ ...ALERT, alert_name: "Other" });
    expect(await contents()).toEqual(["Crossed: BTCUSDT", "BTCUSDT: BUY at 61,200.5"]);
  });

  test("[TVE2] one that does not fit shows the whole alert, and says so", async () => {
    await save("TP {{tp}}");
    await send({ ticker: "BTC" });
    expect(await contents()).toEqual(["ticker: BTC"]);
    const console = await issueMachine(t, "console");
    const recent = await console.as.query(api.tradingview.recent, { sourceId });
    expect(recent).toMatchObject({ alerts: [{ rendering: "fallback", missing: ["tp"] }] });
  });

  test("[TVS1] one that cannot be read is refused with its place, and changes nothing", async () => {
    await save("{{ticker}}");
    expect(await codeOf(save("one\n{{ticker"))).toBe("unclosed_placeholder");
    await expect(save("one\n{{ticker")).rejects.toThrow("Line 2, column 1");
    await send(ALERT);
    expect(await contents()).toEqual(["BTCUSDT"]);
  });

  test("[TVS1] saving again replaces, removing brings the plain alert back", async () => {
    const templateId = await save("{{ticker}}");
    expect(await save("{{interval}}")).toBe(templateId);
    const console = await issueMachine(t, "console");
    await console.as.mutation(api.tradingview.remove, { templateId });
    await console.as.mutation(api.tradingview.remove, { templateId });
    const listed = await console.as.query(api.tradingview.templates, { sourceId });
    expect(listed).toMatchObject({ templates: [] });
    await send({ ticker: "BTC" });
    expect(await contents()).toEqual(["ticker: BTC"]);
  });
});

describe("a refused alert stores nothing", () => {
  const cases: [string, number, string, () => ReturnType<typeof send>][] = [
    ["an unknown token", 401, "unknown_token", () => send("BTC", { token: "nobody" })],
    ["no token", 401, "unknown_token", () => send("BTC", { token: "" })],
    ["an unknown token with an empty body", 401, "unknown_token", () => send("", { token: "x" })],
    ["an empty body", 400, "empty_alert", () => send(" ")],
    ["a large body", 413, "body_too_large", () => send("x".repeat(65 * 1024))],
    [
      "a stranger's address",
      403,
      "address_not_allowed",
      () => send("BTC", { headers: { "x-forwarded-for": "52.89.214.238, 203.0.113.9" } }),
    ],
  ];

  test.each(cases)("[TVQ2] %s is %i %s", async (_, status, code, request) => {
    expect(await request()).toEqual({ status, body: { code, message: expect.any(String) } });
    expect(await contents()).toEqual([]);
  });

  test("[TVQ2] a source's token opens no alerts, an endpoint's no events", async () => {
    const source = await issueMachine(t, "source");
    expect(await send("BTC", { token: source.token })).toMatchObject({ status: 403 });
    const refused = await sendIngest(t, token, { events: [] });
    expect(refused).toMatchObject({ status: 403, body: { code: "wrong_kind" } });
  });

  test("[TVQ2] a revoked endpoint is refused", async () => {
    await t.mutation(internal.machines.revokeNow, { machineId });
    expect(await send("BTC")).toMatchObject({ status: 401, body: { code: "revoked_token" } });
  });

  test("[TVQ2] an endpoint needs a source", async () => {
    const made = t.action(internal.machines.issue, { kind: "tradingview", name: "Alerts" });
    expect(await codeOf(made)).toBe("bad_input");
  });
});

test("[TVP1] TradingView's address is let in, and another one that is listed", async () => {
  const headers = (address: string) => ({ headers: { "x-forwarded-for": address } });
  expect(await send("one", headers("52.32.178.7"))).toMatchObject({ status: 200 });
  setEnvironment("HELIOGRAPH_TRADINGVIEW_ADDRESSES", "203.0.113.9");
  expect(await send("two", headers("203.0.113.9"))).toMatchObject({ status: 200 });
  setEnvironment("HELIOGRAPH_TRADINGVIEW_ADDRESSES", "any");
  expect(await send("three", headers("198.51.100.1"))).toMatchObject({ status: 200 });
});

test("[TVQ1] an alert whose storing takes long is answered in time all the same", async () => {
  const stored = Promise.withResolvers<never>();
  const ctx = { runMutation: () => stored.promise } as unknown as Parameters<typeof answerAlert>[0];
  const url = `https://deployment.test/ingest/tradingview/${token}`;
  const startedMs = performance.now();
  const response = await answerAlert(ctx, new Request(url, { method: "POST", body: "BTC" }));
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect([response.status, await response.json()]).toEqual([202, { status: "pending" }]);
});

test("[TVQ1] a body that does not come is not waited for", async () => {
  const ctx = {} as Parameters<typeof answerAlert>[0];
  const request = {
    url: `https://deployment.test/ingest/tradingview/${token}`,
    headers: new Headers(),
    arrayBuffer: () => new Promise(() => {}),
  } as unknown as Request;
  expect((await answerAlert(ctx, request)).status).toBe(408);
});
