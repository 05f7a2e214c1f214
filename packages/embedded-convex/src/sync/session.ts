/**
 * One client on one socket.
 *
 *   messages -> inbox -> Connect / Authenticate / ModifyQuerySet / Mutation / Action
 *                              |            |              |
 *                              +-- received versions       +-> request queue -> responses
 *                                          |                        |
 *   commits -> touched queries ------> update needed <--------------+
 *                                          |
 *                     one transition: sent version -> {received versions, one ts}
 *
 * [SYNC12] Each socket starts at version zero and every transition starts where the last ended.
 * [SYNC13] After every answered mutation or action a transition follows, with or without
 *          changes, that has reached the mutation's timestamp.
 * [SYNC14] At most two transitions wait unsent; commits meanwhile are told in one.
 * [SYNC15] A client that has seen a later timestamp than ours is refused.
 * [SYNC16] While a token is checked, later messages wait.
 * [SYNC29] A socket watches at most 16,384 queries.
 */
import type { Authenticator } from "../auth/credentials.ts";
import { AuthError } from "../errors.ts";
import type { Clock, FunctionRunner, Identity, Logger, Timestamp } from "../rooms.ts";
import type { QueryCache } from "../subscriptions/query-cache.ts";
import {
  type ClientMessage,
  InvalidMessageError,
  parseClientMessage,
  type QuerySetChange,
} from "./client-messages.ts";
import { type StateVersion, smallFrame, transitionFrame } from "./frames.ts";
import { Outbox, type SessionSocket } from "./outbox.ts";
import { QuerySet, type UpdateOutcome } from "./query-set.ts";
import { isExpired, RequestQueue } from "./request-queue.ts";
import {
  CLOSE_GOING_AWAY,
  endFor,
  fatal,
  internalError,
  type SessionEnd,
  tokenExpired,
} from "./session-end.ts";

const MAX_UNSENT_TRANSITIONS = 2;
const MAX_QUERIES = 16_384; // some 10 kB each: a single message could name half a million
const PING_AFTER_MS = 15_000;
const SOCKET_PING_EVERY_MS = 5_000;
const SILENCE_LIMIT_MS = 120_000;

export interface SessionDeps {
  readonly cache: QueryCache;
  readonly runner: Pick<FunctionRunner, "mutation" | "action">;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SessionClient {
  readonly understandsChunks: boolean;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

type Message<T extends ClientMessage["type"]> = Extract<ClientMessage, { type: T }>;

export class SyncSession {
  readonly #deps: SessionDeps;
  readonly #socket: SessionSocket;
  readonly #outbox: Outbox;
  readonly #queries: QuerySet;
  readonly #requests: RequestQueue;
  readonly #inbox: string[] = [];
  #handling = false;
  #ended = false;
  #draining = false;
  #lastHeardMs: number;
  #lastSocketPingMs: number;

  #sessionId: string | null = null;
  #clockSkewMs: number | null = null;
  #identity: Identity = { kind: "none" };
  #received = { querySet: 0, identity: 0 };
  #sent: StateVersion = { querySet: 0, identity: 0, ts: 0n };
  /** Query ids as of the received version; the query set itself follows with the next update. */
  readonly #receivedIds = new Set<number>();
  #queuedChanges: QuerySetChange[] = [];
  #identityChanged = false;

  #updateNeeded = false;
  /** A response waits for a transition behind it, which must have reached `#mustReach`. */
  #owed = false;
  #updateScheduled = false;
  #updating = false;
  #mustReach: Timestamp = 0n;
  #whenIdle: (() => void) | null = null;

  constructor(socket: SessionSocket, client: SessionClient, deps: SessionDeps) {
    const { cache, runner, clock } = deps;
    this.#deps = deps;
    this.#socket = socket;
    this.#lastHeardMs = clock.nowMs();
    this.#lastSocketPingMs = this.#lastHeardMs;
    this.#outbox = new Outbox({
      socket,
      nowMs: () => clock.nowMs(),
      understandsChunks: client.understandsChunks,
      onTransitionSent: () => this.#scheduleUpdate(),
    });
    this.#queries = new QuerySet(cache, {
      onReady: () => this.#ready(),
      safely: (work) => this.#safely(work),
    });
    this.#requests = new RequestQueue({
      runner,
      clock,
      caller: { ip: client.ip, userAgent: client.userAgent },
      respond: (frame) => this.#respond(frame),
      onFinished: (ts) => this.#owe(ts ?? 0n),
      end: (end, error) => this.#end(end, error),
    });
  }

  /** A text frame came. */
  receive(frame: string): void {
    this.heard();
    if (this.#ended || this.#draining) return;
    this.#inbox.push(frame);
    if (!this.#handling) void this.#handleInbox();
  }

  receiveBinary(): void {
    this.#end(fatal(new InvalidMessageError("binary frames are not part of the protocol").message));
  }

  /** Anything came, a pong for instance. */
  heard(): void {
    this.#lastHeardMs = this.#deps.clock.nowMs();
  }

  /** The socket is gone. Safe to repeat. */
  closed(): void {
    this.#ended = true;
    this.#requests.close();
    this.#queries.close();
    this.#inbox.length = 0;
    this.#whenIdle?.();
  }

  /** Called about every second: keeps the connection known to be alive, or ends it. */
  tick(): void {
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs - this.#lastHeardMs >= SILENCE_LIMIT_MS) {
      this.#socket.terminate();
      return;
    }
    this.#outbox.checkBuffered();
    if (nowMs - this.#lastSocketPingMs >= SOCKET_PING_EVERY_MS) {
      this.#lastSocketPingMs = nowMs;
      this.#socket.ping();
    }
    if (!this.#ended && nowMs - this.#outbox.lastSentMs >= PING_AFTER_MS) {
      this.#outbox.send(smallFrame({ type: "Ping" }));
    }
  }

  /** Answers the running mutation and shows its effects, then closes. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#requests.drain();
    if (!this.#ended && (this.#updating || this.#hasWork)) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#end({ kind: "close", code: CLOSE_GOING_AWAY, reason: "ServerShutdown" });
  }

  async #handleInbox(): Promise<void> {
    this.#handling = true;
    for (;;) {
      const frame = this.#inbox.shift();
      if (frame === undefined || this.#ended) break;
      try {
        const waiting = this.#handle(parseClientMessage(frame), frame.length);
        if (waiting !== undefined) await waiting;
      } catch (error) {
        if (error instanceof InvalidMessageError) this.#end(fatal(error.message));
        else this.#end(internalError(), error);
      }
    }
    this.#handling = false;
  }

  #handle(message: ClientMessage, chars: number): Promise<void> | undefined {
    if (message.type === "Connect") {
      this.#connect(message);
      return undefined;
    }
    if (this.#sessionId === null) {
      this.#end(fatal(`Received ${message.type} before Connect`));
      return undefined;
    }
    switch (message.type) {
      case "Authenticate":
        return this.#authenticate(message);
      case "ModifyQuerySet":
        this.#modifyQuerySet(message);
        return undefined;
      case "Mutation":
        this.#requests.mutation({ ...message, chars }, this.#identity);
        return undefined;
      case "Action":
        this.#requests.action({ ...message, chars }, this.#identity);
        return undefined;
      case "Event":
        return undefined;
      default:
        return message satisfies never;
    }
  }

  #connect(message: Message<"Connect">): void {
    const { sessionId, clientTs, maxObservedTimestamp } = message;
    const { cache, clock, logger } = this.#deps;
    if (this.#sessionId !== null) {
      this.#end(fatal("Received Connect twice"));
    } else if (maxObservedTimestamp !== null && maxObservedTimestamp > cache.ts) {
      // Not the session's id: who knows it can ask for its answers.
      const ahead = String(maxObservedTimestamp);
      logger("warn", "sync.client_ahead", { ahead, ts: String(cache.ts) });
      this.#end(internalError());
    } else {
      this.#sessionId = sessionId;
      this.#requests.startSession(sessionId);
      this.#clockSkewMs = clientTs === null ? null : Math.round(clientTs - clock.nowMs());
    }
  }

  async #authenticate(message: Message<"Authenticate">): Promise<void> {
    if (message.baseVersion !== this.#received.identity) {
      this.#end(internalError(), new Error("Authenticate is based on another identity version"));
      return;
    }
    this.#socket.pause();
    try {
      this.#identity = await this.#verify(message.token);
      this.#received.identity++;
      this.#identityChanged = true;
      this.#needUpdate();
    } catch (error) {
      // The CLI only logs an AuthError and goes on waiting: a wrong admin key is final.
      const final = message.token.kind === "Admin" && error instanceof AuthError;
      this.#end(final ? fatal(error.message) : endFor(error), error);
    } finally {
      this.#socket.resume();
    }
  }

  async #verify(token: Message<"Authenticate">["token"]): Promise<Identity> {
    const { admin, users } = this.#deps.authenticator;
    switch (token.kind) {
      case "None":
        return { kind: "none" };
      case "User":
        return await users.verify(token.value);
      case "Admin":
        return admin.identifyActingAs(token.value, token.actingAs);
      default:
        return token satisfies never;
    }
  }

  #modifyQuerySet({ baseVersion, newVersion, modifications }: Message<"ModifyQuerySet">): void {
    const current = this.#received.querySet;
    if (baseVersion !== current) {
      const text = `Base version ${baseVersion} passed up doesn't match the current version ${current}`;
      this.#end(fatal(text));
      return;
    }
    if (newVersion <= baseVersion) {
      this.#end(fatal(`New version ${newVersion} is not after its base version ${baseVersion}`));
      return;
    }
    const mistake = modifications.map((change) => this.#checkChange(change)).find(Boolean);
    if (mistake !== undefined) {
      this.#end(fatal(mistake));
      return;
    }
    this.#received.querySet = newVersion;
    this.#queuedChanges.push(...modifications);
    this.#needUpdate();
  }

  /** Undefined when it fits the received query set, which then includes it. */
  #checkChange({ type, queryId }: QuerySetChange): string | undefined {
    if (type === "Remove") {
      return this.#receivedIds.delete(queryId) ? undefined : `Query ${queryId} is not in the set`;
    }
    if (this.#receivedIds.has(queryId)) return `Duplicate query id ${queryId}`;
    if (this.#receivedIds.size >= MAX_QUERIES) return `More than ${MAX_QUERIES} queries`;
    this.#receivedIds.add(queryId);
    return undefined;
  }

  #needUpdate(): void {
    this.#updateNeeded = true;
    this.#scheduleUpdate();
  }

  /** At once: what became ready is kept only while somebody holds it. */
  #ready(): void {
    this.#updateNeeded = true;
    this.#safely(() => this.#update());
  }

  /** A response has just been sent. */
  #owe(mustReach: Timestamp): void {
    if (mustReach > this.#mustReach) this.#mustReach = mustReach;
    this.#owed = true;
    this.#scheduleUpdate();
  }

  get #hasWork(): boolean {
    return this.#updateNeeded || this.#owed;
  }

  #scheduleUpdate(): void {
    if (!this.#hasWork || this.#updateScheduled || this.#updating || this.#ended) return;
    this.#updateScheduled = true;
    queueMicrotask(() => {
      this.#updateScheduled = false;
      this.#safely(() => this.#update());
    });
  }

  /** Whoever calls it serves other sessions too, or nobody would catch what it throws. */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end(internalError(), error);
    }
  }

  #update(): void {
    if (!this.#hasWork || this.#updating || this.#ended) return;
    if (this.#outbox.unsentTransitions >= MAX_UNSENT_TRANSITIONS) return;
    const { cache, clock } = this.#deps;
    if (cache.ts < this.#mustReach) {
      cache.whenAt(this.#mustReach, () => this.#scheduleUpdate());
      return;
    }
    if (isExpired(this.#identity, clock.nowMs())) {
      this.#end(tokenExpired());
      return;
    }
    this.#updateNeeded = false;
    this.#updating = true;
    const target = { ...this.#received };
    this.#applyReceived();
    this.#queries.update((outcome) => this.#finishUpdate(target, outcome));
  }

  #applyReceived(): void {
    if (this.#identityChanged) this.#queries.changeIdentity(this.#identity);
    this.#identityChanged = false;
    for (const change of this.#queuedChanges) this.#queries.apply(change);
    this.#queuedChanges = [];
  }

  #finishUpdate(
    target: { readonly querySet: number; readonly identity: number },
    outcome: UpdateOutcome,
  ): void {
    this.#updating = false;
    if (this.#ended) return;
    if (outcome.kind === "failed") {
      this.#end(endFor(outcome.error), outcome.error);
      return;
    }
    const end = { ...target, ts: outcome.ts };
    this.#outbox.sendTransition(
      transitionFrame({
        start: this.#sent,
        end,
        changes: outcome.changes,
        clientClockSkew: this.#clockSkewMs,
        serverTs: this.#deps.clock.nowNs(),
      }),
    );
    this.#sent = end;
    if (end.ts >= this.#mustReach) this.#owed = false;
    if (this.#hasWork) this.#scheduleUpdate();
    else this.#whenIdle?.();
  }

  #respond(frame: string): void {
    if (!this.#ended) this.#outbox.send(frame);
  }

  /** Says why, then closes. Only the first reason counts. */
  #end(end: SessionEnd, error?: unknown): void {
    if (this.#ended) return;
    const { logger } = this.#deps;
    if (end.kind === "close" && error !== undefined) {
      logger("error", "sync.session_failed", { reason: end.reason, error: String(error) });
    }
    this.#sayWhy(end);
    this.closed();
    if (end.kind === "close") this.#socket.close(end.code, end.reason);
    else this.#socket.close();
  }

  #sayWhy(end: SessionEnd): void {
    if (end.kind === "fatal") {
      this.#outbox.send(smallFrame({ type: "FatalError", error: end.message }));
    } else if (end.kind === "auth") {
      const { message, authUpdateAttempted } = end;
      const baseVersion = this.#sent.identity;
      this.#outbox.send(
        smallFrame({ type: "AuthError", error: message, baseVersion, authUpdateAttempted }),
      );
    }
  }
}
