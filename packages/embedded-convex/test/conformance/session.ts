/**
 * What a client knows after the frames of one socket: versions and query values. Refuses a
 * transition that does not start where the last one ended, as the official client does.
 */
import type { JSONValue } from "convex/values";
import type { RawClient } from "../raw-client.ts";
import { type Frame, rawSocket, timeOf } from "./deployment.ts";

export interface Version {
  readonly querySet: number;
  readonly identity: number;
  readonly ts: string;
}

export interface Modification {
  readonly type: string;
  readonly queryId: number;
  readonly value?: JSONValue;
  readonly [field: string]: JSONValue | undefined;
}

export interface Transition {
  readonly start: Version;
  readonly end: Version;
  readonly modifications: readonly Modification[];
  readonly frame: Frame;
}

const ZERO: Version = { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" };

export class Session {
  readonly socket: RawClient;
  readonly values = new Map<number, JSONValue>();
  readonly transitions: Transition[] = [];
  version: Version = ZERO;
  #nextRequestId = 0;

  private constructor(socket: RawClient) {
    this.socket = socket;
  }

  static async open(more: Readonly<Record<string, JSONValue>> = {}): Promise<Session> {
    return new Session(await rawSocket(more));
  }

  /** Adds queries and returns the transition that shows them. */
  async watch(...modifications: JSONValue[]): Promise<Transition> {
    const { querySet } = this.version;
    this.socket.modify(querySet, modifications);
    return await this.until(({ end }) => end.querySet > querySet);
  }

  /** Sends a mutation; resolves with its answer and the transition that covers it. */
  async mutate(udfPath: string, args: JSONValue = {}) {
    const requestId = this.send("Mutation", udfPath, args);
    const response = await this.response(requestId);
    if (response.success !== true) return { response, covering: null };
    const ts = timeOf(response.ts);
    const covering = await this.until(({ end }) => timeOf(end.ts) >= ts);
    return { response, covering };
  }

  send(type: "Mutation" | "Action", udfPath: string, args: JSONValue = {}): number {
    const requestId = this.#nextRequestId++;
    this.socket.send({ type, requestId, udfPath, args: [args] });
    return requestId;
  }

  async response(requestId: number): Promise<Frame> {
    for (;;) {
      const frame = await this.#take();
      if (frame.type.endsWith("Response") && frame.requestId === requestId) return frame;
    }
  }

  /** The next transition for which it holds; one that came before does not count. */
  async until(holds: (transition: Transition) => boolean): Promise<Transition> {
    for (;;) {
      const frame = await this.#take();
      const last = this.transitions.at(-1);
      if (frame.type === "Transition" && last !== undefined && holds(last)) return last;
    }
  }

  async #take(): Promise<Frame> {
    const frame = await this.socket.next();
    if (frame.type === "Transition") this.#apply(frame);
    return frame;
  }

  #apply(frame: Frame): void {
    const start = frame.startVersion as unknown as Version;
    const end = frame.endVersion as unknown as Version;
    if (JSON.stringify(sorted(start)) !== JSON.stringify(sorted(this.version))) {
      throw new Error(`starts at ${JSON.stringify(start)}, not at ${JSON.stringify(this.version)}`);
    }
    const modifications = frame.modifications as unknown as readonly Modification[];
    for (const { type, queryId, value } of modifications) {
      if (type === "QueryUpdated") this.values.set(queryId, value ?? null);
      else this.values.delete(queryId);
    }
    this.version = end;
    this.transitions.push({ start, end, modifications, frame });
  }
}

const sorted = ({ querySet, identity, ts }: Version) => [querySet, identity, ts];
