import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { SharedResult } from "../subscriptions/shared-result.ts";
import { type TransitionParts, transitionFrame } from "./frames.ts";
import { textFrame } from "./text-frame.ts";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
afterAll(() => server.close());

/** What a client's WebSocket makes of the bytes. */
async function received(bytes: Buffer): Promise<string> {
  server.once("connection", (_ws, { socket }) => socket.write(bytes));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [data, isBinary]: unknown[] = await once(client, "message");
  client.terminate();
  expect(isBinary).toBe(false);
  return String(data);
}

for (const length of [0, 125, 126, 65_535, 65_536]) {
  test(`[SYNC25] ${length} bytes are one whole message`, async () => {
    const text = "é".repeat(length / 2) + "x".repeat(length % 2);
    const half = Buffer.from(text.slice(0, 7));
    const { bytes, payload } = textFrame([half, Buffer.from(text.slice(7))]);
    expect(payload.toString()).toBe(text);
    expect(await received(bytes)).toBe(text);
  });
}

function result(json: string): SharedResult {
  const readSet = { intervals: new Map() };
  const observed = { observedIdentity: false, observedTime: false };
  const outcome = { result: { ok: true, json } as const, logLines: [], readSet, ts: 7n };
  return new SharedResult(
    { refresh: () => {} },
    7n,
    { ...outcome, journal: null, ...observed },
    "r",
    0,
  );
}

function parts(more: Partial<TransitionParts>, shared: SharedResult): TransitionParts {
  return {
    start: { querySet: 1, identity: 0, ts: 5n },
    end: { querySet: 1, identity: 0, ts: 7n },
    changes: [{ queryId: 3, result: shared }],
    clientClockSkew: 12,
    serverTs: 1_000n,
    ...more,
  };
}

test("[SYNC25] viewers at the same versions are given the same bytes", () => {
  const shared = result("1");
  const first = transitionFrame(parts({}, shared));
  expect(transitionFrame(parts({ serverTs: 2_000n }, shared))).toBe(first);
});

test("[SYNC25] whatever differs for a viewer is in its own message", () => {
  const shared = result("1");
  const first = transitionFrame(parts({}, shared)).payload.toString();
  const others: Partial<TransitionParts>[] = [
    { start: { querySet: 1, identity: 0, ts: 6n } },
    { start: { querySet: 0, identity: 0, ts: 5n } },
    { end: { querySet: 2, identity: 0, ts: 7n } },
    { end: { querySet: 1, identity: 1, ts: 7n } },
    { changes: [{ queryId: 4, result: shared }] },
    { changes: [{ queryId: 3, result: result("2") }] },
    { clientClockSkew: 13 },
    { clientClockSkew: null },
    { serverTs: 20_000_000n },
  ];
  const texts = others.map((more) => transitionFrame(parts(more, shared)).payload.toString());
  expect(new Set([first, ...texts]).size).toBe(others.length + 1);
});
