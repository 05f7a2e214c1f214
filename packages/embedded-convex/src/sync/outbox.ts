/**
 * Everything that leaves on one socket, in order, and how much of it is still on its way.
 *
 * [SYNC5] A transition over 5 MB is cut into chunks for clients that know them.
 * [SYNC6] A client that does not read while more than 64 MiB wait for it is dropped.
 */
import { transitionChunks } from "./frames.ts";
import type { TextFrame } from "./text-frame.ts";

const CHUNK_BYTES = 5_000_000;
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** One WebSocket, as a session sees it. */
export interface SessionSocket {
  readonly bufferedAmount: number;
  /** `flushed` is called when the operating system has taken the message. */
  send(data: string, flushed: () => void): void;
  /** The same for a message that others may get too. */
  sendFrame(frame: TextFrame, flushed: () => void): void;
  ping(): void;
  /** Stops and starts the delivery of messages. */
  pause(): void;
  resume(): void;
  /** Without a code the close frame is empty. */
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export interface OutboxOptions {
  readonly socket: SessionSocket;
  readonly nowMs: () => number;
  readonly understandsChunks: boolean;
  /** A transition has left. */
  readonly onTransitionSent: () => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  #unsentTransitions = 0;
  #lastSentMs: number;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#lastSentMs = options.nowMs();
  }

  get unsentTransitions(): number {
    return this.#unsentTransitions;
  }

  /** When a message was last handed over. */
  get lastSentMs(): number {
    return this.#lastSentMs;
  }

  send(frame: string): void {
    if (this.checkBuffered()) this.#write(frame, () => undefined);
  }

  /**
   * False when too much waits and the socket was dropped. Also for what leaves past the
   * outbox: each WebSocket ping of a client puts a pong into the socket's buffer.
   */
  checkBuffered(): boolean {
    const { socket } = this.#options;
    if (socket.bufferedAmount <= MAX_BUFFERED_BYTES) return true;
    socket.terminate();
    return false;
  }

  sendTransition(frame: TextFrame): void {
    this.#unsentTransitions++;
    const sent = () => {
      this.#unsentTransitions--;
      this.#options.onTransitionSent();
    };
    const { payload } = frame;
    if (payload.length <= CHUNK_BYTES || !this.#options.understandsChunks) {
      this.#lastSentMs = this.#options.nowMs();
      this.#options.socket.sendFrame(frame, sent);
      return;
    }
    const chunks = transitionChunks(payload, CHUNK_BYTES);
    chunks.forEach((chunk, i) => {
      this.#write(chunk, i === chunks.length - 1 ? sent : () => undefined);
    });
  }

  #write(frame: string, flushed: () => void): void {
    this.#lastSentMs = this.#options.nowMs();
    this.#options.socket.send(frame, flushed);
  }
}
