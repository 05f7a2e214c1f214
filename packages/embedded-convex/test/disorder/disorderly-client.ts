/**
 * A sync client of its own, on a bad network and with bad manners: it breaks its socket at
 * any point, leaves old sockets open beside new ones, sends requests again that are
 * answered long since. What it does keep are the rules of a client: one session, versions
 * from zero on each socket, its whole query set and all unanswered mutations again.
 */
import { randomUUID } from "node:crypto";
import type { JSONValue } from "convex/values";
import WebSocket from "ws";
import { tsFromBase64, tsToBase64 } from "../../src/values/timestamps.ts";
import type { Frame } from "../raw-client.ts";
import type { Random } from "../seeds.ts";
import type { Acknowledged, Snapshot } from "./ledger-history.ts";
import { ShownQueries } from "./shown-queries.ts";

/** Where the socket breaks next. */
type Break = "after Connect" | "after ModifyQuerySet" | "after an answer" | "at a transition";

const BREAKS = [
  "after Connect",
  "after ModifyQuerySet",
  "after an answer",
  "at a transition",
] as const satisfies readonly Break[];

interface Request {
  readonly type: "Mutation" | "Action";
  readonly requestId: number;
  readonly udfPath: string;
  readonly args: readonly JSONValue[];
  readonly op: string | null;
  /** What the server said; the request is over when a transition has reached `ts`. */
  answer: { readonly number: number; readonly ts: bigint } | null;
}

export interface DisorderlyOptions {
  readonly name: string;
  readonly world: string;
  readonly accounts: readonly [string, ...string[]];
  readonly url: string;
  readonly random: Random;
  /** A version that existed: with it the client's abilities differ. */
  readonly version: string;
  /** The newest timestamp that any client has seen: no socket opened later may be behind it. */
  readonly newest: { ts: bigint };
}

export class DisorderlyClient {
  readonly snapshots: Snapshot[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** What the server did against the protocol. */
  readonly violations: string[] = [];
  connections = 0;
  readonly #options: DisorderlyOptions;
  readonly #sessionId = randomUUID();
  readonly #open = new Map<number, Request>();
  readonly #over: Request[] = [];
  readonly #queries: ShownQueries;
  #nextRequest = 0;
  #socket: WebSocket | null = null;
  #zombies: WebSocket[] = [];
  #break: Break | null = null;
  #stopped = false;

  constructor(options: DisorderlyOptions) {
    this.#options = options;
    this.#queries = new ShownQueries(options.world, options.accounts, (text) => this.#wrong(text));
    this.#connect();
  }

  get sessionId(): string {
    return this.#sessionId;
  }

  /** Nothing is open and the newest move is shown. */
  isSettled(moves: number): boolean {
    return this.#open.size === 0 && this.#queries.shownMoves === moves;
  }

  /** One random deed. */
  act(): void {
    const { random } = this.#options;
    switch (random.below(12)) {
      case 0:
        this.#socket?.terminate();
        break;
      case 1:
      case 2:
        this.#break = random.pick(BREAKS);
        break;
      case 3:
        if (this.#socket !== null) this.#zombies.push(this.#socket);
        this.#connect();
        break;
      case 4:
        this.#zombies.shift()?.terminate();
        break;
      case 5:
        this.#sendAgain();
        break;
      case 6:
      case 7:
        this.#send(this.#queries.change(random));
        break;
      default:
        this.#request();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.terminate();
    for (const zombie of this.#zombies) zombie.terminate();
  }

  #saw(ts: bigint): void {
    const { newest } = this.#options;
    if (ts > newest.ts) newest.ts = ts;
  }

  #wrong(text: string): void {
    this.violations.push(`${this.#options.name}: ${text}`);
  }

  #connect(): void {
    const { url, version } = this.#options;
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/${version}/sync`);
    this.#socket = socket;
    this.#queries.restart();
    const reached = this.#options.newest.ts;
    socket.on("open", () => {
      if (this.#socket === socket) this.#introduce(reached);
    });
    socket.on("message", (data) => {
      if (this.#socket !== socket || socket.readyState !== WebSocket.OPEN) return;
      this.#receive(JSON.parse(String(data)) as Frame, reached);
    });
    socket.on("error", () => undefined); // `close` follows
    socket.on("close", () => {
      if (this.#socket !== socket || this.#stopped) return;
      setTimeout(() => {
        if (this.#socket === socket && !this.#stopped) this.#connect();
      }, this.#options.random.below(5));
    });
  }

  #introduce(reached: bigint): void {
    this.#send({
      type: "Connect",
      sessionId: this.#sessionId,
      connectionCount: this.connections++,
      lastCloseReason: "InactiveServer",
      maxObservedTimestamp: reached === 0n ? null : tsToBase64(reached),
    });
    if (this.#breaks("after Connect")) return;
    this.#send(this.#queries.all());
    if (this.#breaks("after ModifyQuerySet")) return;
    for (const request of this.#open.values()) {
      if (request.type === "Mutation") this.#send(wire(request));
      else this.#open.delete(request.requestId); // an action is not sent twice
    }
  }

  #breaks(here: Break): boolean {
    if (this.#break !== here) return false;
    this.#break = null;
    this.#socket?.terminate();
    return true;
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #request(): void {
    const { random, world, accounts, name } = this.#options;
    const requestId = this.#nextRequest++;
    const op = `${name}:${requestId}`;
    const spoils = random.oneIn(8);
    const [from, to] = [random.pick(accounts), random.pick(accounts)];
    const args = spoils ? { world } : { world, op, from, to, amount: 1 + random.below(9) };
    const isAction = !spoils && random.oneIn(6);
    const udfPath = spoils ? "ledger:spoil" : isAction ? "ledger:viaAction" : "ledger:move";
    const request: Request = {
      type: isAction ? "Action" : "Mutation",
      requestId,
      udfPath,
      args: [args],
      op: spoils ? null : op,
      answer: null,
    };
    if (isAction && this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#open.set(requestId, request);
    if (this.#queries.isIntroduced) this.#send(wire(request));
  }

  /** A mutation that is on its way, or over: the server must know it again. */
  #sendAgain(): void {
    const candidates = [...this.#open.values(), ...this.#over].filter(
      ({ type }) => type === "Mutation",
    );
    const [first, ...rest] = candidates;
    if (first === undefined || !this.#queries.isIntroduced) return;
    this.#send(wire(this.#options.random.pick([first, ...rest])));
  }

  #receive(frame: Frame, reached: bigint): void {
    switch (frame.type) {
      case "Transition":
        if (!this.#breaks("at a transition")) this.#transition(frame, reached);
        break;
      case "MutationResponse":
        this.#answered(frame);
        this.#breaks("after an answer");
        break;
      case "ActionResponse":
        this.#open.delete(Number(frame.requestId));
        break;
      case "Ping":
        break;
      default:
        this.#wrong(`unexpected ${JSON.stringify(frame)}`);
    }
  }

  #transition(frame: Frame, reached: bigint): void {
    const ts = this.#queries.apply(frame);
    if (ts < reached) this.#wrong(`${ts} is before ${reached}, which an earlier socket had shown`);
    this.#saw(ts);
    const snapshot = this.#queries.snapshot(this.#options.name, ts);
    if (snapshot !== null) this.snapshots.push(snapshot);
    for (const request of this.#open.values()) {
      const { answer, requestId } = request;
      if (answer === null || answer.ts > ts) continue;
      if (snapshot !== null && snapshot.moves < answer.number) {
        this.#wrong(`move ${answer.number} is not in the transition that resolves it`);
      }
      this.#open.delete(requestId);
      this.#over.push(request);
    }
  }

  #answered(frame: Frame): void {
    const request =
      this.#open.get(Number(frame.requestId)) ??
      this.#over.find(({ requestId }) => requestId === frame.requestId);
    const isRight = frame.success === (request?.op !== null);
    if (request === undefined || !isRight) this.#wrong(`answered ${JSON.stringify(frame)}`);
    else if (request.op === null) this.#open.delete(request.requestId);
    else this.#acknowledge(request, request.op, frame);
  }

  #acknowledge(request: Request, op: string, frame: Frame): void {
    const ts = tsFromBase64(String(frame.ts));
    const number = Number(frame.result);
    this.#saw(ts);
    request.answer = { number, ts };
    this.acknowledged.push({ op, number, ts });
  }
}

function wire({ type, requestId, udfPath, args }: Request) {
  return { type, requestId, udfPath, args };
}
