/** A bare gateway client: sends what it is told and keeps what it hears. */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { DiscordSim } from "../src/index.ts";
import { TOKEN } from "./sim-fixture.ts";

export type Frame = { op: number; t: string | null; s: number | null; d: Record<string, unknown> };

export class GatewayPeer {
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(sim: DiscordSim, query = "v=10&encoding=json") {
    this.#socket = new WebSocket(`${sim.url.replace("http", "ws")}/?${query}`);
    this.#socket.on("message", (data) => {
      this.frames.push(JSON.parse(data.toString()));
      for (const wake of this.#waiting) wake();
    });
    this.#socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => this.#socket.on("close", resolve));
    onTestFinished(() => this.#socket.terminate());
  }

  send(payload: unknown): void {
    this.#socket.send(typeof payload === "string" ? payload : JSON.stringify(payload));
  }

  /** The first frame, past or future, that fits; events by name, others by op. */
  async heard(what: string | number, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(
        (frame) => (frame.t === what || (frame.t === null && frame.op === what)) && fits(frame),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Event names in the order heard. */
  events(): (string | null)[] {
    return this.frames.filter(({ op }) => op === 0).map(({ t }) => t);
  }

  /** Waits for hello, identifies, waits for READY. */
  async identify(
    identity: { token?: string; intents?: number; shard?: [number, number] } = {},
  ): Promise<Frame> {
    await this.heard(10);
    this.send({
      op: 2,
      d: { token: TOKEN, intents: 1 | (1 << 9) | (1 << 15), properties: {}, ...identity },
    });
    return this.heard("READY");
  }

  async resume(sessionId: unknown, seq: number): Promise<void> {
    await this.heard(10);
    this.send({ op: 6, d: { token: TOKEN, session_id: sessionId, seq } });
  }

  close(code: number): void {
    this.#socket.close(code);
  }
}
