/**
 * A database of named cells and functions written as closures: enough of the rooms
 * below to test subscriptions, sockets and HTTP alone. Everything is in memory.
 */
import type { JSONValue } from "convex/values";
import { createAdminAuth } from "../src/auth/admin-key.ts";
import { createAuthenticator } from "../src/auth/credentials.ts";
import { createKeySets } from "../src/auth/key-sets.ts";
import { createUserTokens } from "../src/auth/user-tokens.ts";
import type {
  ActionOutcome,
  AuthProvider,
  Clock,
  Commit,
  FunctionCall,
  FunctionRunner,
  HttpActionRequest,
  HttpActionResponse,
  KeyInterval,
  MutationOutcome,
  QueryOutcome,
  Timestamp,
  UserAttributes,
} from "../src/rooms.ts";

export const FAKE_ADMIN_KEY = "fake-instance|0123456789abcdef";
const CELLS = 1; // id of the only index

export interface FakeContext {
  get(cell: string): JSONValue;
  set(cell: string, value: JSONValue): void;
  user(): UserAttributes | null;
  now(): number;
  log(text: string): void;
  readonly journal: string | null;
  setJournal(journal: string | null): void;
  readonly call: FunctionCall;
}

export type FakeFunction = (ctx: FakeContext, args: JSONValue) => JSONValue | Promise<JSONValue>;

/** Throw it for an error with a payload. */
export class FakeConvexError extends Error {
  readonly data: JSONValue;

  constructor(data: JSONValue) {
    super("payload");
    this.data = data;
  }
}

export class FakeEngine implements FunctionRunner {
  readonly functions = new Map<string, FakeFunction>();
  /** Executions of queries per path, failed ones included. */
  readonly executions = new Map<string, number>();
  httpHandler: (request: HttpActionRequest) => Promise<HttpActionResponse> = async () => ({
    status: 404,
    headers: [],
    body: null,
  });
  durableTs: Timestamp;
  latestTs: Timestamp;
  readonly #clock: Clock;
  readonly #history = new Map<string, { readonly ts: Timestamp; readonly value: JSONValue }[]>();
  readonly #listeners = new Set<(commits: readonly Commit[]) => void>();
  readonly #recorded = new Map<string, MutationOutcome>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.latestTs = clock.nowNs();
    this.durableTs = this.latestTs;
  }

  onDurable(listener: (commits: readonly Commit[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Commits and makes durable at once. */
  write(cells: Readonly<Record<string, JSONValue>>): Timestamp {
    const now = this.#clock.nowNs();
    this.latestTs = now > this.latestTs ? now : this.latestTs + 1n;
    const ts = this.latestTs;
    for (const [cell, value] of Object.entries(cells)) {
      this.#history.set(cell, [...(this.#history.get(cell) ?? []), { ts, value }]);
    }
    this.durableTs = ts;
    const indexWrites = Object.keys(cells).map((key) => ({ indexId: CELLS, key }));
    for (const listener of this.#listeners) {
      listener([{ ts, indexWrites, documents: [], source: null }]);
    }
    return ts;
  }

  read(cell: string, at: Timestamp = this.durableTs): JSONValue {
    return this.#history.get(cell)?.findLast(({ ts }) => ts <= at)?.value ?? null;
  }

  async query(
    call: FunctionCall,
    options: { readonly at?: Timestamp; readonly journal?: string | null } = {},
  ): Promise<QueryOutcome> {
    const ts = options.at ?? this.durableTs;
    const { path } = call.address;
    this.executions.set(path, (this.executions.get(path) ?? 0) + 1);
    const run = new Execution(call, (cell) => this.read(cell, ts), options.journal ?? null);
    const outcome = await run.of(this.functions.get(path), this.#clock);
    return {
      result: outcome,
      logLines: run.logLines,
      readSet: { intervals: run.intervals() },
      ts,
      journal: run.journal,
      observedIdentity: run.observedIdentity,
      observedTime: run.observedTime,
    };
  }

  async mutation(
    call: FunctionCall,
    session?: { readonly sessionId: string; readonly requestId: number },
  ): Promise<MutationOutcome> {
    const key = session === undefined ? "" : `${session.sessionId} ${session.requestId}`;
    const recorded = this.#recorded.get(key);
    if (recorded !== undefined) return recorded;
    const run = new Execution(call, (cell) => this.read(cell), null);
    const outcome = await run.of(this.functions.get(call.address.path), this.#clock);
    if (!outcome.ok) return { ...outcome, logLines: run.logLines };
    const done = { ...outcome, ts: this.write(run.writes), logLines: run.logLines };
    if (session !== undefined) this.#recorded.set(key, done);
    return done;
  }

  async action(call: FunctionCall): Promise<ActionOutcome> {
    const run = new Execution(call, (cell) => this.read(cell), null);
    const outcome = await run.of(this.functions.get(call.address.path), this.#clock);
    return { ...outcome, logLines: run.logLines };
  }

  any(call: FunctionCall): Promise<MutationOutcome | ActionOutcome> {
    return this.mutation(call);
  }

  httpAction(request: HttpActionRequest): Promise<HttpActionResponse> {
    return this.httpHandler(request);
  }

  async lookup(): Promise<null> {
    return null;
  }
}

class Execution implements FakeContext {
  readonly call: FunctionCall;
  readonly logLines: string[] = [];
  readonly writes: Record<string, JSONValue> = {};
  journal: string | null;
  observedIdentity = false;
  observedTime = false;
  readonly #read: (cell: string) => JSONValue;
  readonly #cells = new Set<string>();
  #clock: Clock | null = null;

  constructor(call: FunctionCall, read: (cell: string) => JSONValue, journal: string | null) {
    this.call = call;
    this.#read = read;
    this.journal = journal;
  }

  async of(fn: FakeFunction | undefined, clock: Clock) {
    this.#clock = clock;
    if (fn === undefined) {
      const text = `Could not find public function for '${this.call.address.path}'.\n`;
      return { ok: false, failure: { text } } as const;
    }
    try {
      const value = await fn(this, this.call.args[0] ?? {});
      return { ok: true, json: JSON.stringify(value) } as const;
    } catch (error) {
      if (error instanceof FakeConvexError) {
        const text = `Uncaught ConvexError: ${error.message}\n`;
        return { ok: false, failure: { text, data: error.data } } as const;
      }
      if (error instanceof Error && error.constructor === Error) {
        return { ok: false, failure: { text: `Uncaught Error: ${error.message}\n` } } as const;
      }
      throw error;
    }
  }

  get(cell: string): JSONValue {
    this.#cells.add(cell);
    return this.writes[cell] ?? this.#read(cell);
  }

  set(cell: string, value: JSONValue): void {
    this.writes[cell] = value;
  }

  user(): UserAttributes | null {
    this.observedIdentity = true;
    const { identity } = this.call.request;
    if (identity.kind === "user") return identity.attributes;
    return identity.kind === "admin" ? identity.actingAs : null;
  }

  now(): number {
    this.observedTime = true;
    return this.#clock?.nowMs() ?? 0;
  }

  log(text: string): void {
    this.logLines.push(`[LOG] '${text}'`);
  }

  setJournal(journal: string | null): void {
    this.journal = journal;
  }

  intervals(): ReadonlyMap<number, readonly KeyInterval[]> {
    const points = [...this.#cells].sort().map((start) => ({ start, end: `${start}\x00` }));
    return new Map([[CELLS, points]]);
  }
}

export function fakeAuthenticator(
  clock: Clock,
  providers: () => readonly AuthProvider[] = () => [],
) {
  const keySets = createKeySets(clock);
  return createAuthenticator(
    createAdminAuth(FAKE_ADMIN_KEY),
    createUserTokens({ providers, keySets, clock }),
  );
}

export function randomBytesOf(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}
