/** A WebSocket client that speaks frames: for what official clients never send. */
import { once } from "node:events";
import type { JSONValue } from "convex/values";
import WebSocket from "ws";

export type Frame = { readonly type: string; readonly [field: string]: JSONValue };

export const SESSION_ID = "9f3a1c1e-0b3f-4c43-8f3e-2f5a5b1f0a01";
export const ZERO_TS = "AAAAAAAAAAA=";

export class RawClient {
  readonly ws: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame) => void)[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on("error", () => undefined); // `closed` tells
    ws.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting(frame);
    });
    this.closed = new Promise((resolve) => {
      ws.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static async open(url: string, version = "1.48.0"): Promise<RawClient> {
    const ws = new WebSocket(`${url.replace("http", "ws")}/api/${version}/sync`);
    const client = new RawClient(ws);
    await once(ws, "open");
    return client;
  }

  static async connect(url: string, more: Readonly<Record<string, JSONValue>> = {}) {
    const client = await RawClient.open(url);
    client.connect(more);
    return client;
  }

  connect(more: Readonly<Record<string, JSONValue>> = {}): void {
    this.send({
      type: "Connect",
      sessionId: SESSION_ID,
      connectionCount: 0,
      lastCloseReason: "InitialConnect",
      clientTs: Date.now(),
      ...more,
    });
  }

  send(message: Frame | string): void {
    this.ws.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  modify(baseVersion: number, modifications: readonly JSONValue[]): void {
    const newVersion = baseVersion + 1;
    this.send({
      type: "ModifyQuerySet",
      baseVersion,
      newVersion,
      modifications: [...modifications],
    });
  }

  next(): Promise<Frame> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Frames up to and including the first of the type. */
  async until(type: string): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (frame.type === type) return frame;
    }
  }

  get unread(): readonly Frame[] {
    return this.#frames;
  }

  close(): void {
    this.ws.close();
  }
}

export function add(queryId: number, udfPath: string, args: JSONValue = {}, more: object = {}) {
  return { type: "Add", queryId, udfPath, args: [args], ...more };
}
