/**
 * Sends a source's events so that each arrives: from an outbox, in order, in
 * batches, again and again until the server has answered for every one.
 *
 * Owns the sending. What is kept across a crash is the outbox's; that a repeated
 * event is stored once is the server's.
 *
 * [SEND1] An event leaves the outbox only after the server answered for it.
 * [SEND2] Events go out in the order they were put in, one request at a time, 100 and 1 MiB at most.
 * [SEND3] 429, 5xx, time-outs and network errors are tried again, for ever, with growing waits.
 * [SEND4] A rejected event is reported and does not hold up the others.
 * [SEND5] A refusal that repeating cannot help (401, 403, ...) ends the sending and loses nothing.
 * [SEND6] An aborted signal ends waiting and sending at once.
 */

import { type Clock, systemClock, untilAborted } from "./clock.ts";
import { type Delivery, IngestRefusedError, type ItemResult, type Retry } from "./delivery.ts";
import { REQUEST_LIMITS, type SourceEvent } from "./events.ts";
import { type Answer, type IngestTarget, postEvents, takeBatch } from "./ingest-request.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";
import { backoffMs } from "./retry-delay.ts";

/** What a client needs. Everything after `outbox` has a default that serves. */
export interface IngestClientOptions {
  /** The deployment's site URL, for example `http://127.0.0.1:3211`. */
  readonly siteUrl: string;
  /** The source's machine token. */
  readonly token: string;
  readonly outbox: Outbox;
  /** Called once per event that left the outbox, in order. Must not throw. */
  readonly onDelivered?: (delivery: Delivery) => void;
  /** Called before each wait. Must not throw. */
  readonly onRetry?: (retry: Retry) => void;
  readonly requestTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
}

const REQUEST_TIMEOUT_MS = 15_000;
const NEVER = new AbortController().signal;

/** One source's way to ingest. Any number of calls may run at a time; requests do not overlap. */
export class IngestClient {
  readonly #outbox: Outbox;
  readonly #target: IngestTarget;
  readonly #options: IngestClientOptions;
  readonly #random: () => number;
  readonly #awaited = new Map<number, (result: ItemResult) => void>();
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws a TypeError if the URL or the token cannot be one. */
  constructor(options: IngestClientOptions) {
    const { siteUrl, token, outbox } = options;
    if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError("the token is empty or has spaces");
    const url = `${new URL(siteUrl).href.replace(/\/+$/, "")}/ingest/v1/events`;
    const clock = options.clock ?? systemClock;
    const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#options = options;
    this.#outbox = outbox;
    this.#target = { url, token, timeoutMs, clock, fetch: options.fetch ?? fetch };
    this.#random = options.random ?? Math.random;
  }

  /** Puts events into the outbox. They go out with the next `flush`, `send` or by a running `run`. */
  async enqueue(events: readonly SourceEvent[]): Promise<void> {
    await this.#outbox.append(events);
  }

  /**
   * Sends events and resolves with the server's word on each, in order. Rejects
   * with IngestRefusedError or the signal's reason; the events then stay in the
   * outbox and go out later.
   */
  async send(events: readonly SourceEvent[], signal = NEVER): Promise<ItemResult[]> {
    const ids = await this.#outbox.append(events);
    const results = new Map<number, ItemResult>();
    for (const id of ids) this.#awaited.set(id, (result) => results.set(id, result));
    try {
      while (results.size < ids.length && (await this.#inTurn(signal)));
    } finally {
      for (const id of ids) this.#awaited.delete(id);
    }
    return ids.flatMap((id) => results.get(id) ?? []);
  }

  /** Sends until the outbox is empty. Rejects like `send`. */
  async flush(signal = NEVER): Promise<void> {
    while (await this.#inTurn(signal));
  }

  /** Sends whatever comes into the outbox until the signal aborts. Rejects with IngestRefusedError. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#outbox.untilPending(signal);
        await this.flush(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Sends the next batch once no other is on its way; false if there was nothing to send. */
  #inTurn(signal: AbortSignal): Promise<boolean> {
    const act = () => this.#sendNext(signal);
    const turn = this.#turn.then(act, act); // also after one that failed
    this.#turn = turn;
    return untilAborted(turn, signal);
  }

  /** Sends one batch until it is answered; false if there was nothing to send. */
  async #sendNext(signal: AbortSignal): Promise<boolean> {
    let mostEvents: number = REQUEST_LIMITS.events;
    for (let attempt = 1; ; ) {
      signal.throwIfAborted();
      const batch = takeBatch(this.#outbox.pending(mostEvents), mostEvents);
      if (batch.length === 0) return false;
      const events = batch.map(({ event }) => event);
      const answer = await postEvents(this.#target, events, signal);
      if (answer.kind === "results") return await this.#settle(batch, answer.results);
      if (answer.kind === "refused") throw new IngestRefusedError(answer);
      if (answer.kind === "tooLarge") {
        if (batch.length === 1) return await this.#settle(batch, [tooLarge(answer)]);
        mostEvents = Math.ceil(batch.length / 2);
      } else {
        await this.#waitToRetry(answer, attempt, signal);
        attempt += 1;
      }
    }
  }

  async #waitToRetry(
    answer: Extract<Answer, { kind: "retry" }>,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const delayMs = Math.max(answer.askedMs ?? 0, backoffMs(attempt, this.#random()));
    this.#options.onRetry?.({ attempt, delayMs, reason: answer.reason });
    await this.#target.clock.wait(delayMs, signal);
  }

  async #settle(batch: readonly OutboxEntry[], results: readonly ItemResult[]): Promise<true> {
    await this.#outbox.settle(batch.map(({ id }) => id));
    for (const [index, { id, event }] of batch.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      this.#awaited.get(id)?.(result);
      this.#options.onDelivered?.({ event, result });
    }
    return true;
  }
}

/** What a single event that no request can hold becomes. */
function tooLarge(answer: { code: string; message: string }): ItemResult {
  return { status: "rejected", code: answer.code, message: answer.message };
}
