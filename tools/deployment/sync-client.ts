/**
 * A minimal client of Convex's sync protocol for load: one WebSocket, never
 * reconnected. It checks what the official client checks (each transition starts at
 * the version the last one ended with), parses every frame, and nothing else. As with
 * the official client, a mutation is over when a transition has reached its timestamp.
 */

import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";

interface Version {
  readonly querySet: number;
  readonly identity: number;
  readonly ts: string;
}

type Modification =
  | { readonly type: "QueryUpdated"; readonly queryId: number; readonly value: unknown }
  | { readonly type: "QueryFailed"; readonly queryId: number; readonly errorMessage: string }
  | { readonly type: "QueryRemoved"; readonly queryId: number };

interface Transition {
  readonly type: "Transition";
  readonly startVersion: Version;
  readonly endVersion: Version;
  readonly modifications: readonly Modification[];
}

type Response = {
  readonly requestId: number;
  readonly success: boolean;
  readonly result: unknown;
} & (
  | { readonly type: "MutationResponse"; readonly ts: string }
  | { readonly type: "ActionResponse" }
);

type Listener = (value: unknown) => void;

interface Request {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Answered {
  readonly ts: bigint;
  readonly resolve: () => void;
}

/** The server broke the protocol; the run's figures would mean nothing. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

export interface SyncClientOptions {
  /** Sees every raw transition frame, for recording. */
  readonly onFrame?: (frame: string) => void;
  readonly onError: (error: Error) => void;
}

export class SyncClient {
  readonly #socket: WebSocket;
  readonly #options: SyncClientOptions;
  readonly #listeners = new Map<number, Listener>();
  #version: Version = { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" };
  readonly #requests = new Map<number, Request>();
  /** Mutations with an answer that no transition covers yet. */
  #answered: Answered[] = [];
  #querySet = 0;
  #modifications: Record<string, unknown>[] = [];
  #nextQueryId = 0;
  #nextRequestId = 0;

  private constructor(socket: WebSocket, options: SyncClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (data) => this.#received(String(data)));
    socket.on("error", options.onError);
    this.#send({
      type: "Connect",
      sessionId: randomUUID(),
      connectionCount: 0,
      lastCloseReason: "InitialConnect",
      clientTs: Date.now(),
    });
  }

  static async connect(deploymentUrl: string, options: SyncClientOptions): Promise<SyncClient> {
    const socket = new WebSocket(`${deploymentUrl.replace(/^http/, "ws")}/api/1.48.0/sync`, {
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new SyncClient(socket, options);
  }

  /** Subscribes; returns the way to end it. */
  subscribe(udfPath: string, args: Record<string, unknown>, onValue: Listener): () => void {
    const queryId = this.#nextQueryId++;
    this.#listeners.set(queryId, onValue);
    this.#modify({ type: "Add", queryId, udfPath, args: [args] });
    return () => {
      this.#listeners.delete(queryId);
      this.#modify({ type: "Remove", queryId });
    };
  }

  /** Resolves with the result once a subscription would show it. Rejects when the function threw. */
  mutation(udfPath: string, args: Record<string, unknown>): Promise<unknown> {
    return this.#request("Mutation", udfPath, args);
  }

  action(udfPath: string, args: Record<string, unknown>): Promise<unknown> {
    return this.#request("Action", udfPath, args);
  }

  close(): void {
    this.#socket.close();
  }

  #request(type: string, udfPath: string, args: Record<string, unknown>): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const requestId = this.#nextRequestId++;
    this.#requests.set(requestId, { resolve, reject });
    this.#send({ type, requestId, udfPath, args: [args] });
    return promise;
  }

  /** What is asked for at the same moment goes in one message. */
  #modify(modification: Record<string, unknown>): void {
    this.#modifications.push(modification);
    if (this.#modifications.length > 1) return;
    queueMicrotask(() => {
      const modifications = this.#modifications;
      this.#modifications = [];
      const baseVersion = this.#querySet;
      this.#querySet += 1;
      this.#send({
        type: "ModifyQuerySet",
        baseVersion,
        newVersion: this.#querySet,
        modifications,
      });
    });
  }

  #send(message: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify(message));
  }

  #received(frame: string): void {
    const message: { readonly type: string } = JSON.parse(frame);
    if (message.type === "Ping") return;
    if (message.type === "Transition") {
      this.#options.onFrame?.(frame);
      this.#transition(message as Transition);
    } else if (message.type === "MutationResponse" || message.type === "ActionResponse") {
      this.#responded(message as Response);
    } else this.#options.onError(new ProtocolError(`unexpected ${frame.slice(0, 200)}`));
  }

  #transition({ startVersion, endVersion, modifications }: Transition): void {
    if (!isSame(startVersion, this.#version)) {
      const versions = `${JSON.stringify(startVersion)}, not at ${JSON.stringify(this.#version)}`;
      this.#options.onError(new ProtocolError(`a transition starts at ${versions}`));
    }
    this.#version = endVersion;
    for (const modification of modifications) this.#modified(modification);
    this.#settle();
  }

  #responded(response: Response): void {
    const request = this.#requests.get(response.requestId);
    if (request === undefined) return;
    this.#requests.delete(response.requestId);
    const { success, result } = response;
    if (!success) request.reject(new Error(String(result)));
    else if (response.type === "ActionResponse") request.resolve(result);
    else {
      this.#answered.push({ ts: timestamp(response.ts), resolve: () => request.resolve(result) });
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#answered.length === 0) return;
    const reached = timestamp(this.#version.ts);
    const covered = this.#answered.filter(({ ts }) => ts <= reached);
    this.#answered = this.#answered.filter(({ ts }) => ts > reached);
    for (const { resolve } of covered) resolve();
  }

  #modified(modification: Modification): void {
    switch (modification.type) {
      case "QueryUpdated":
        this.#listeners.get(modification.queryId)?.(modification.value);
        break;
      case "QueryFailed":
        this.#options.onError(new ProtocolError(modification.errorMessage));
        break;
      case "QueryRemoved":
        break;
      default:
        modification satisfies never;
    }
  }
}

function isSame(a: Version, b: Version): boolean {
  return a.querySet === b.querySet && a.identity === b.identity && a.ts === b.ts;
}

function timestamp(base64: string): bigint {
  return Buffer.from(base64, "base64").readBigUInt64LE();
}
