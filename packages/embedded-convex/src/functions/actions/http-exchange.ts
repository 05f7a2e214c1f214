/** One HTTP action inside its worker: the request object, its body, and the response's body. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FromWorker, HttpJob, ResponseHead } from "./protocol.ts";

type Piece = ReadableStreamReadResult<Uint8Array>;

/** A body that is whole at once and no longer goes along with the head: two round trips less. */
const MAX_ENCLOSED_BYTES = 64 * 1024;

export class HttpExchangeInWorker {
  readonly #job: HttpJob;
  readonly #post: (message: FromWorker) => void;
  readonly #abort = new AbortController();
  #body: ReadableStreamDefaultController<Uint8Array> | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** Read ahead, or being read. */
  readonly #ahead: Promise<Piece>[] = [];

  constructor(job: HttpJob, post: (message: FromWorker) => void) {
    this.#job = job;
    this.#post = post;
  }

  request(): Request {
    const { url, method, headers, body } = this.#job;
    const init: RequestInit = {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      signal: this.#abort.signal,
    };
    if (body === null) return new Request(url, init);
    if (body !== "pulled") return new Request(url, { ...init, body: body as BodyInit });
    return new Request(url, { ...init, body: this.#requestBody(), duplex: "half" } as RequestInit);
  }

  /** Takes the response's body over; what is "pulled" `pull` sends piece by piece. */
  async head(response: Response): Promise<ResponseHead> {
    const { status, headers } = response;
    this.#reader = response.body?.getReader() ?? null;
    const body = this.#reader === null ? null : ((await this.#wholeAtOnce()) ?? "pulled");
    return { status, headers: [...headers], body };
  }

  /** A piece of the request's body; null at its end. */
  push(chunk: Uint8Array | null): void {
    if (chunk === null) this.#body?.close();
    else this.#body?.enqueue(chunk);
  }

  failBody(message: string): void {
    this.#body?.error(new Error(message));
  }

  /** Sends the next piece; true when it was the last. Throws what the stream throws. */
  async pull(): Promise<boolean> {
    const next = await (this.#ahead.shift() ?? this.#reader?.read());
    const chunk = next === undefined || next.done ? null : next.value;
    this.#post({ type: "chunk", job: this.#job.id, chunk });
    return chunk === null;
  }

  get isAnswered(): boolean {
    return this.#reader !== null;
  }

  /** Nobody reads on. True when there is nothing left of the response. */
  async abort(): Promise<boolean> {
    this.#abort.abort();
    const reader = this.#reader;
    if (reader === null) return false;
    const reading = this.#ahead.shift() ?? reader.read();
    const next = await Promise.race([reading.catch(() => null), nextTurn()]);
    if (next === null || next?.done === true) return true;
    void reader.cancel().catch(() => {}); // what the stream's source then throws concerns nobody
    return false;
  }

  /** Null when there is more, or it is still to come: what was read waits for `pull`. */
  async #wholeAtOnce(): Promise<Uint8Array | null> {
    const first = await this.#atOnce();
    if (first === null) return null;
    if (first.done) return new Uint8Array();
    if (first.value.byteLength > MAX_ENCLOSED_BYTES) return null;
    const second = await this.#atOnce();
    return second?.done === true ? first.value : null;
  }

  /** Reads ahead; null when it takes longer than this turn, or fails: whoever pulls hears of it. */
  async #atOnce(): Promise<Piece | null> {
    const reading = this.#reader?.read();
    if (reading === undefined) return null;
    this.#ahead.push(reading);
    return await Promise.race([reading.catch(() => null), nextTurn(null)]);
  }

  #requestBody(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#body = controller;
        },
        pull: () => this.#post({ type: "pullBody", job: this.#job.id }),
      },
      { highWaterMark: 0 },
    );
  }
}
