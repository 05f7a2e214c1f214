/**
 * Notes when the first post of a signal leaves this process: the moment in which
 * its request's first byte is written, after every queue and limit of ours and
 * before Discord's own round trip.
 *
 *   offered work: nonce -> stamps     rest.makeRequest(body with nonce)
 *                        \             -> undici opens a request (same asynchronous context)
 *                         '-- note <-- -> undici writes its headers
 *
 * Mirroring knows nothing of it: work is recognised by its nonce.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { DefaultRestOptions, type RESTOptions } from "discord.js";
import type { MirrorWork } from "../backend.ts";
import type { Stamps } from "./receipt-book.ts";

const OPENED = "undici:request:create";
const WRITTEN = "undici:client:sendHeaders";
const MOST_EXPECTED = 5_000; // what is never sent must not pile up: the oldest go

type MakeRequest = RESTOptions["makeRequest"];

export class DispatchWatch {
  readonly #note: (stamps: Stamps) => void;
  readonly #expected = new Map<string, Stamps>(); // by nonce
  readonly #sending = new AsyncLocalStorage<Stamps>();
  readonly #opened = new WeakMap<object, Stamps>();

  /** `note` is called once for each expected post that leaves. */
  constructor(note: (stamps: Stamps) => void) {
    this.#note = note;
    subscribe(OPENED, this.#onOpened);
    subscribe(WRITTEN, this.#onWritten);
  }

  stop(): void {
    unsubscribe(OPENED, this.#onOpened);
    unsubscribe(WRITTEN, this.#onWritten);
  }

  /** The work that is offered now; only first posts count: edits and retries are not what speed is promised for. */
  expect(rows: readonly MirrorWork[]): void {
    for (const { nonce, stamps, applied, attempt, wanted, lookFirst } of rows) {
      const isFirst = applied === null && attempt === 0 && !wanted.deleted && !lookFirst;
      if (isFirst) this.#expected.set(nonce, stamps);
    }
    for (const nonce of this.#expected.keys()) {
      if (this.#expected.size <= MOST_EXPECTED) break;
      this.#expected.delete(nonce);
    }
  }

  /** To be given to discord.js' REST client. */
  readonly makeRequest: MakeRequest = (url, init) => {
    const nonce = nonceOf(init.body);
    const stamps = nonce === null ? undefined : this.#expected.get(nonce);
    if (nonce === null || stamps === undefined) return DefaultRestOptions.makeRequest(url, init);
    this.#expected.delete(nonce);
    return this.#sending.run(stamps, () => DefaultRestOptions.makeRequest(url, init));
  };

  readonly #onOpened = (message: unknown): void => {
    const stamps = this.#sending.getStore();
    const request = requestOf(message);
    if (stamps !== undefined && request !== null) this.#opened.set(request, stamps);
  };

  readonly #onWritten = (message: unknown): void => {
    const request = requestOf(message);
    const stamps = request === null ? undefined : this.#opened.get(request);
    if (request === null || stamps === undefined) return;
    this.#opened.delete(request);
    this.#note(stamps);
  };
}

/** The nonce of a message's body: JSON, or a form that carries JSON beside its files. */
function nonceOf(body: unknown): string | null {
  const text = body instanceof FormData ? body.get("payload_json") : body; // REST makes the global kind
  if (typeof text !== "string") return null;
  return /"nonce":"([^"]{1,25})"/.exec(text)?.[1] ?? null;
}

function requestOf(message: unknown): object | null {
  const { request }: { request?: unknown } = Object(message);
  return typeof request === "object" ? request : null;
}
