import { describe, expect, test } from "vitest";
import { post, posts } from "../test/events.ts";
import { acceptAll, startIngestServer } from "../test/ingest-server.ts";
import { TestClock, TIMEOUT_MS } from "../test/test-clock.ts";
import type { Delivery, Retry } from "./delivery.ts";
import { REQUEST_LIMITS } from "./events.ts";
import { IngestClient } from "./ingest-client.ts";
import { createMemoryOutbox } from "./outbox.ts";
import { askedMs, backoffMs } from "./retry-delay.ts";

function clientOf(server: { siteUrl: string }) {
  const clock = new TestClock();
  const outbox = createMemoryOutbox();
  const delivered: Delivery[] = [];
  const retries: Retry[] = [];
  const client = new IngestClient({
    siteUrl: `${server.siteUrl}/`,
    token: "source-token",
    outbox,
    clock,
    random: () => 0,
    requestTimeoutMs: TIMEOUT_MS,
    onDelivered: (delivery) => delivered.push(delivery),
    onRetry: (retry) => retries.push(retry),
  });
  return { client, clock, outbox, delivered, retries };
}

const refusal = (status: number, code: string) => ({
  status,
  body: { code, message: `${code} it is` },
});

describe("sending", () => {
  test("[SEND1] an answered event leaves the outbox and its result is handed on", async () => {
    await using server = await startIngestServer();
    const { client, outbox, delivered } = clientOf(server);
    expect(await client.send([post("m1")])).toEqual([{ status: "accepted", seq: 1 }]);
    expect(outbox.size).toBe(0);
    expect(delivered).toEqual([{ event: post("m1"), result: { status: "accepted", seq: 1 } }]);
    expect(server.requests).toEqual([
      expect.objectContaining({ url: "/ingest/v1/events", authorization: "Bearer source-token" }),
    ]);
  });

  test("[SEND1] an answer that does not name every event settles none", async () => {
    await using server = await startIngestServer();
    const { client, outbox, retries } = clientOf(server);
    const short = { results: [{ index: 0, status: "accepted" }] };
    server.replies.push({ status: 200, body: short }, { status: 200, body: "<html>" });
    await client.send(posts(2));
    expect(retries.map(({ reason }) => reason)).toEqual(
      Array(2).fill("the answer does not name every event"),
    );
    expect(server.batches.map((batch) => batch.length)).toEqual([2, 2, 2]);
    expect(outbox.size).toBe(0);
  });

  test("[SEND2] 250 events go out in order in three requests", async () => {
    await using server = await startIngestServer();
    const { client } = clientOf(server);
    await client.send(posts(250));
    expect(server.batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
    expect(server.batches.flat()).toEqual(posts(250));
  });

  test("[SEND2] no request is larger than the server takes", async () => {
    await using server = await startIngestServer();
    const { client } = clientOf(server);
    const embeds = Array.from({ length: 10 }, () => ({ description: "é".repeat(4000) }));
    const large = posts(40).map((event) => ({ ...event, embeds }));
    await client.send(large);
    for (const { bytes } of server.requests)
      expect(bytes).toBeLessThanOrEqual(REQUEST_LIMITS.bodyBytes);
    expect(server.batches.flat()).toEqual(large);
  });

  test("[SEND2] many senders at once never overlap, and each gets its own results", async () => {
    await using server = await startIngestServer();
    const { client } = clientOf(server);
    server.replies.push((events) => {
      const [, ...others] = acceptAll(events).results;
      const rejected = { index: 0, status: "rejected", code: "bad_id", message: "no" };
      return { status: 200, body: { results: [rejected, ...others] } };
    });
    const all = await Promise.all(posts(30).map((event) => client.send([event])));
    expect(all[0]).toEqual([{ status: "rejected", code: "bad_id", message: "no" }]);
    expect(all.slice(1).map((results) => results.map(({ status }) => status))).toEqual(
      Array(29).fill(["accepted"]),
    );
    expect(server.batches.flat()).toEqual(posts(30));
  });
});

describe("failures", () => {
  test("[SEND3] 429, 5xx, cut connections and silence are tried again until it works", async () => {
    await using server = await startIngestServer();
    const { client, clock, retries } = clientOf(server);
    server.replies.push(refusal(503, "busy"), "cut", refusal(500, "broken"), "silence");
    const sending = client.send([post("m1")]);
    while (server.batches.length < 4) await new Promise((resolve) => setImmediate(resolve));
    clock.expireRequests();
    expect(await sending).toEqual([{ status: "accepted", seq: 1 }]);
    expect(clock.waitedMs).toEqual([750, 1500, 3000, 6000]);
    expect(retries[0]?.reason).toBe("503 busy: busy it is");
    expect(retries[3]?.reason).toBe("no answer within 15000 ms");
  });

  test("[SEND3] a Retry-After longer than the backoff is kept", async () => {
    await using server = await startIngestServer();
    const { client, clock } = clientOf(server);
    server.replies.push({ ...refusal(429, "slow_down"), headers: { "retry-after": "7" } });
    await client.send([post("m1")]);
    expect(clock.waitedMs).toEqual([7000]);
  });

  test("[SEND4] a rejected event is reported with its code and the others are accepted", async () => {
    await using server = await startIngestServer();
    const { client, outbox } = clientOf(server);
    const results = acceptAll(posts(3)).results.map((item) =>
      item.index === 1 ? { index: 1, status: "rejected", code: "bad_id", message: "no" } : item,
    );
    server.replies.push({ status: 200, body: { results: results.toReversed() } });
    expect((await client.send(posts(3))).map(({ status }) => status)).toEqual([
      "accepted",
      "rejected",
      "accepted",
    ]);
    expect(outbox.size).toBe(0);
  });

  test("[SEND4] a batch too large is halved, and an event too large alone is rejected", async () => {
    await using server = await startIngestServer();
    const { client } = clientOf(server);
    server.replies.push(...Array.from({ length: 3 }, () => refusal(413, "body_too_large")));
    const results = await client.send(posts(4));
    expect(server.batches.map((batch) => batch.length)).toEqual([4, 2, 1, 3]);
    expect(results[0]).toEqual({
      status: "rejected",
      code: "body_too_large",
      message: "body_too_large it is",
    });
    expect(results.slice(1).every(({ status }) => status === "accepted")).toBe(true);
  });

  test("[SEND5] a refused token ends the sending with its code and the events stay", async () => {
    await using server = await startIngestServer();
    const { client, outbox } = clientOf(server);
    server.replies.push(refusal(401, "unknown_token"));
    await expect(client.send(posts(2))).rejects.toMatchObject({
      name: "IngestRefusedError",
      status: 401,
      code: "unknown_token",
    });
    expect(outbox.size).toBe(2);
    await client.flush();
    expect(outbox.size).toBe(0);
  });

  test("[SEND5] a URL or token that cannot be one is refused before anything is sent", () => {
    const outbox = createMemoryOutbox();
    expect(() => new IngestClient({ siteUrl: "nowhere", token: "t", outbox })).toThrow(TypeError);
    expect(() => new IngestClient({ siteUrl: "http://x.test", token: "a b", outbox })).toThrow(
      TypeError,
    );
  });

  test("[SEND6] aborting ends a send that waits for an answer, and the event stays", async () => {
    await using server = await startIngestServer();
    const { client, outbox } = clientOf(server);
    server.replies.push("silence");
    const controller = new AbortController();
    const sending = client.send([post("m1")], controller.signal);
    while (server.batches.length < 1) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("stop"));
    await expect(sending).rejects.toThrow("stop");
    expect(outbox.size).toBe(1);
  });

  test("[SEND6] aborting one sender does not wait for another's turn", async () => {
    await using server = await startIngestServer();
    const { client, clock } = clientOf(server);
    server.replies.push("silence");
    const first = client.send([post("m1")]);
    const controller = new AbortController();
    const second = client.send([post("m2")], controller.signal);
    while (server.batches.length < 1) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("stop"));
    await expect(second).rejects.toThrow("stop");
    clock.expireRequests();
    expect(await first).toHaveLength(1);
  });

  test("[SEND6] a run sends what comes in and ends with its signal", async () => {
    await using server = await startIngestServer();
    const { client, outbox } = clientOf(server);
    const controller = new AbortController();
    const running = client.run(controller.signal);
    await client.enqueue(posts(3));
    while (outbox.size > 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await running;
    expect(server.batches.flat()).toEqual(posts(3));
  });
});

describe("waits", () => {
  test("[RETRY1] the wait doubles from 750 ms to 30 s, plus a fifth at most", () => {
    expect([1, 2, 3, 6, 7, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([
      750, 1500, 3000, 24_000, 30_000, 30_000,
    ]);
    expect(backoffMs(7, 0.999)).toBeLessThanOrEqual(36_000);
  });

  test("[RETRY2] Retry-After is read in seconds and as a date", () => {
    const nowMs = Date.parse("2026-01-01T00:00:00Z");
    expect(askedMs("1.5", nowMs)).toBe(1500);
    expect(askedMs("Thu, 01 Jan 2026 00:00:09 GMT", nowMs)).toBe(9000);
    expect(askedMs("86400", nowMs)).toBe(900_000);
    expect([null, "", "soon"].map((header) => askedMs(header, nowMs))).toEqual([null, null, null]);
  });
});
