/**
 * Writes over WebSocket in one session that outlives its sockets, as a browser's does
 * (contract §1.10), and looks closer than the official client can:
 *
 *   sent --- response --- transition that covers it --> done
 *     \          \
 *      +----------+---- socket gone: sent again with the same request id; the answer
 *                       must be the first one, timestamp included
 *
 * Sometimes it cuts its own socket between response and transition.
 */
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { timestampOf, timestampText } from "./http-door.ts";
import { type Writer, type WriterDoors, writeArgs } from "./writers.ts";

const IN_FLIGHT = 4;
const RECONNECT_MS = 25;
const CUT_ITSELF = 0.01;
/** The engine says that it is behind what this session has seen. */
const CLOSE_BEHIND = 1011;

interface Request {
  readonly n: number;
  readonly frame: string;
  /** Anything it commits must be later. */
  readonly sentAfter: bigint;
  answer: { readonly ts: bigint; readonly result: unknown } | null;
}

type ServerFrame =
  | { readonly type: "Ping" }
  | {
      readonly type: "MutationResponse";
      readonly requestId: number;
      readonly success: boolean;
      readonly result: unknown;
      readonly ts?: string;
    }
  | {
      readonly type: "Transition";
      readonly endVersion: { readonly ts: string };
      readonly modifications: readonly { readonly value?: unknown }[];
    };

export function startSessionWriter(name: string, doors: WriterDoors): Writer {
  const session = new SessionWriter(name, doors);
  session.connect();
  return session;
}

class SessionWriter implements Writer {
  readonly #name: string;
  readonly #doors: WriterDoors;
  readonly #sessionId = randomUUID();
  readonly #requests = new Map<number, Request>();
  readonly #settled = Promise.withResolvers<void>();
  readonly #counts = new Map<string, number>();
  #socket: WebSocket | null = null;
  #connections = 0;
  #observed = 0n;
  #next = 1;
  #isEnding = false;

  constructor(name: string, doors: WriterDoors) {
    this.#name = name;
    this.#doors = doors;
  }

  connect(): void {
    const { url } = this.#doors.deployment;
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/1.48.0/sync`);
    this.#socket = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.on("open", () => this.#opened(socket));
    socket.on("message", (data) => this.#received(JSON.parse(String(data)) as ServerFrame));
    socket.on("close", (code, reason) => this.#closed(code, String(reason)));
  }

  settle(): Promise<void> {
    this.#isEnding = true;
    this.#fill();
    return this.#settled.promise;
  }

  close(): void {
    this.#isEnding = true;
    this.#socket?.removeAllListeners("close").terminate();
    this.#settled.resolve();
  }

  #opened(socket: WebSocket): void {
    const observed =
      this.#observed === 0n ? {} : { maxObservedTimestamp: timestampText(this.#observed) };
    const send = (message: object) => socket.send(JSON.stringify(message));
    send({
      type: "Connect",
      sessionId: this.#sessionId,
      connectionCount: this.#connections++,
      lastCloseReason: "closed with code 1006",
      clientTs: Date.now(),
      ...observed,
    });
    const query = { type: "Add", queryId: 0, udfPath: "ledger:writers", args: [{}] };
    send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [query] });
    for (const { frame } of this.#requests.values()) socket.send(frame);
    this.#fill();
  }

  #closed(code: number, reason: string): void {
    if (code === CLOSE_BEHIND) {
      const { findings } = this.#doors;
      findings.add(
        "lost",
        `${this.#name}, which had seen ${this.#observed}, was refused: ${reason}`,
      );
      this.close();
      return;
    }
    setTimeout(() => this.connect(), RECONNECT_MS);
  }

  /** Keeps a few requests open, unless it is ending. */
  #fill(): void {
    if (this.#isEnding) {
      if (this.#requests.size === 0) this.close();
      return;
    }
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    while (this.#requests.size < IN_FLIGHT) this.#send(this.#socket, this.#next++);
  }

  #send(socket: WebSocket, n: number): void {
    const args = [writeArgs(this.#name, n, this.#doors)];
    const frame = JSON.stringify({ type: "Mutation", requestId: n, udfPath: "ledger:write", args });
    const sentAfter = this.#doors.witness.newestTs;
    this.#requests.set(n, { n, frame, sentAfter, answer: null });
    this.#doors.witness.sent(this.#name, n);
    socket.send(frame);
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "MutationResponse") this.#answered(frame);
    else if (frame.type === "Transition") this.#moved(frame);
  }

  #answered({ requestId, success, result, ts }: ServerFrame & { type: "MutationResponse" }): void {
    const { findings, witness, random } = this.#doors;
    const request = this.#requests.get(requestId);
    if (request === undefined) return;
    if (!success || ts === undefined) {
      findings.add("torn", `${this.#name} ${requestId} failed: ${result}`);
      this.#requests.delete(requestId);
      return;
    }
    const answer = { ts: timestampOf(ts), result };
    const { answer: first, sentAfter } = request;
    if (first === null) witness.acknowledged(this.#name, request.n);
    else if (first.ts !== answer.ts || first.result !== answer.result) {
      findings.add("repeated", `${this.#name} ${requestId} had another answer when repeated`);
    }
    if (answer.ts <= sentAfter) {
      findings.add(
        "lost",
        `${this.#name} ${requestId} committed at ${answer.ts}, before ${sentAfter}`,
      );
    }
    request.answer = answer;
    this.#saw(answer.ts);
    if (random() < CUT_ITSELF) this.#socket?.terminate();
  }

  #moved({ endVersion, modifications }: ServerFrame & { type: "Transition" }): void {
    const ts = timestampOf(endVersion.ts);
    for (const { value } of modifications) {
      if (Array.isArray(value))
        this.#shown(value as { writer: string; last: number; count: number }[]);
    }
    this.#saw(ts);
    for (const { n, answer } of [...this.#requests.values()]) {
      if (answer !== null && answer.ts <= ts) this.#requests.delete(n);
    }
    this.#fill();
  }

  /** What this session has been shown never goes back. */
  #shown(
    rows: readonly { readonly writer: string; readonly last: number; readonly count: number }[],
  ) {
    const { findings, witness } = this.#doors;
    for (const { writer, last, count } of rows) {
      const before = this.#counts.get(writer) ?? 0;
      if (count < before)
        findings.add("lost", `${writer} went back from ${before} to ${count} writes`);
      this.#counts.set(writer, count);
      witness.shown(writer, last);
    }
  }

  #saw(ts: bigint): void {
    if (ts > this.#observed) this.#observed = ts;
    this.#doors.witness.sawTimestamp(ts);
  }
}
