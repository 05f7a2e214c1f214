/**
 * Mutations and actions of one socket.
 *
 * [SYNC9] Mutations run one at a time in the order of arrival, with the identity of
 *         their arrival; a failed one does not hold the next.
 * [SYNC10] Actions run at once, beside everything.
 * [SYNC11] More than 1,000 waiting mutations or running actions, more than 128 MiB of
 *          them, or a mutation of more than 60 s, close the socket with 1013; the client
 *          replays what is unanswered.
 */
import { createHash } from "node:crypto";
import type { JSONValue } from "convex/values";
import type {
  Clock,
  FunctionAddress,
  FunctionCall,
  FunctionRunner,
  Identity,
  Timestamp,
} from "../rooms.ts";
import { actionFrame, mutationFrame } from "./frames.ts";
import { endFor, type SessionEnd, tokenExpired, tryAgain } from "./session-end.ts";

const MAX_WAITING_MUTATIONS = 1_000;
const MAX_RUNNING_ACTIONS = 1_000;
const MAX_UNANSWERED_CHARS = 128 * 1024 * 1024; // a thousand of the largest would end the process
const MUTATION_TIMEOUT_MS = 60_000;

export interface FunctionRequest {
  readonly requestId: number;
  readonly address: FunctionAddress;
  readonly args: readonly JSONValue[];
  /** Length of the message it came in. */
  readonly chars: number;
}

export interface RequestQueueOptions {
  readonly runner: Pick<FunctionRunner, "mutation" | "action">;
  readonly clock: Clock;
  readonly caller: { readonly ip: string | null; readonly userAgent: string | null };
  readonly respond: (frame: string) => void;
  /** A request is answered; `ts` is what the next transition must have reached. */
  readonly onFinished: (ts: Timestamp | null) => void;
  readonly end: (end: SessionEnd, error?: unknown) => void;
}

export class RequestQueue {
  readonly #options: RequestQueueOptions;
  readonly #mutations: { readonly request: FunctionRequest; readonly identity: Identity }[] = [];
  #sessionId = "";
  #mutating: Promise<void> | null = null;
  #runningActions = 0;
  #unansweredChars = 0;
  #closed = false;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  /** The client's session, the same on all its sockets. */
  startSession(sessionId: string): void {
    this.#sessionId = sessionId;
  }

  mutation(request: FunctionRequest, identity: Identity): void {
    if (this.#mutations.length >= MAX_WAITING_MUTATIONS || !this.#hasRoomFor(request)) {
      this.#options.end(tryAgain("TooManyConcurrentMutations"));
      return;
    }
    this.#unansweredChars += request.chars;
    this.#mutations.push({ request, identity });
    this.#mutating ??= this.#runMutations();
  }

  action(request: FunctionRequest, identity: Identity): void {
    if (this.#runningActions >= MAX_RUNNING_ACTIONS || !this.#hasRoomFor(request)) {
      this.#options.end(tryAgain("TooManyInflightActionsForSingleClient"));
      return;
    }
    this.#runningActions++;
    this.#unansweredChars += request.chars;
    void this.#runAction(request, identity);
  }

  /** What waits is dropped: the client has no answer for it and replays it. */
  close(): void {
    this.#closed = true;
    this.#mutations.length = 0;
  }

  /** Drops what waits and resolves once the running mutation is answered. */
  async drain(): Promise<void> {
    this.#mutations.length = 0;
    await this.#mutating;
  }

  /** One request always fits: what is allowed alone must get through. */
  #hasRoomFor({ chars }: FunctionRequest): boolean {
    return this.#unansweredChars === 0 || this.#unansweredChars + chars <= MAX_UNANSWERED_CHARS;
  }

  async #runMutations(): Promise<void> {
    for (;;) {
      const next = this.#mutations.shift();
      if (next === undefined || this.#closed) break;
      await this.#runMutation(next.request, next.identity);
      this.#unansweredChars -= next.request.chars;
    }
    this.#mutating = null;
  }

  async #runMutation(request: FunctionRequest, identity: Identity): Promise<void> {
    const { runner, clock, respond, onFinished, end } = this.#options;
    if (isExpired(identity, clock.nowMs())) {
      end(tokenExpired());
      return;
    }
    const { requestId } = request;
    const stopTimer = clock.after(MUTATION_TIMEOUT_MS, () => end(tryAgain("SystemTimeoutError")));
    try {
      const call = this.#call(request, identity);
      const session = { sessionId: this.#sessionId, requestId };
      const outcome = await runner.mutation(call, session);
      if (this.#closed) return;
      respond(mutationFrame(requestId, call.request.requestId, outcome));
      onFinished(outcome.ok ? outcome.ts : null);
    } catch (error) {
      end(endFor(error), error);
    } finally {
      stopTimer();
    }
  }

  async #runAction(request: FunctionRequest, identity: Identity): Promise<void> {
    const { runner, clock, respond, onFinished, end } = this.#options;
    try {
      if (isExpired(identity, clock.nowMs())) {
        end(tokenExpired());
        return;
      }
      const call = this.#call(request, identity);
      const outcome = await runner.action(call);
      if (this.#closed) return;
      respond(actionFrame(request.requestId, call.request.requestId, outcome));
      onFinished(null);
    } catch (error) {
      end(endFor(error), error);
    } finally {
      this.#runningActions--;
      this.#unansweredChars -= request.chars;
    }
  }

  #call({ requestId, address, args }: FunctionRequest, identity: Identity): FunctionCall {
    return {
      address,
      args,
      allowed: identity.kind === "admin" ? "all" : "public",
      request: {
        requestId: requestIdOf(this.#sessionId, requestId),
        identity,
        ...this.#options.caller,
      },
    };
  }
}

export function isExpired(identity: Identity, nowMs: number): boolean {
  return identity.kind === "user" && identity.expiresAtMs <= nowMs;
}

/** The same for a replay, so that its log lines can be told to be of one request. */
function requestIdOf(sessionId: string, requestId: number): string {
  return createHash("sha256").update(`${sessionId}|${requestId}`).digest("hex").slice(0, 16);
}
