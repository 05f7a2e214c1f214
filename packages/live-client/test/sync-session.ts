/** One socket of the stand-in deployment: its query set, and the transitions it is sent. */
type Args = Record<string, unknown>;

/** The deployment's functions by path, `module:function`. */
export type FakeFunctions = {
  queries: Record<string, (args: Args) => unknown>;
  mutations: Record<string, (args: Args) => unknown>;
};

type Version = { querySet: number; identity: number; ts: string };
type Message =
  | { type: "Authenticate" }
  | { type: "ModifyQuerySet"; newVersion: number; modifications: Modification[] }
  | { type: "Mutation"; requestId: number; udfPath: string; args: Args[] }
  | { type: "Connect" | "Event" | "Action" };
type Modification =
  | { type: "Add"; queryId: number; udfPath: string; args: Args[] }
  | { type: "Remove"; queryId: number };
type Subscribed = { udfPath: string; args: Args; sentText: string | null };

let lastTs = 0n;

export class SyncSession {
  readonly #functions: FakeFunctions;
  readonly #send: (text: string) => void;
  readonly #queries = new Map<number, Subscribed>();
  #version: Version = { querySet: 0, identity: 0, ts: timestamp(0n) };
  #querySet = 0;
  #identity = 0;

  constructor(functions: FakeFunctions, send: (text: string) => void) {
    this.#functions = functions;
    this.#send = send;
  }

  /** Takes one frame of the client's. */
  receive(text: string): void {
    const message = JSON.parse(text) as Message;
    if (message.type === "Authenticate") this.#identity += 1;
    else if (message.type === "ModifyQuerySet") this.#modify(message);
    else if (message.type === "Mutation") this.#mutate(message);
    else return;
    this.update();
  }

  /** Runs all queries and sends one transition with what changed. */
  update(): void {
    const modifications = [...this.#queries].flatMap(([queryId, query]) =>
      this.#run(queryId, query),
    );
    this.#transition(modifications);
  }

  #modify({ newVersion, modifications }: Extract<Message, { type: "ModifyQuerySet" }>): void {
    for (const change of modifications) {
      if (change.type === "Remove") this.#queries.delete(change.queryId);
      else {
        const { queryId, udfPath, args } = change;
        this.#queries.set(queryId, { udfPath, args: args[0] ?? {}, sentText: null });
      }
    }
    this.#querySet = newVersion;
  }

  #run(queryId: number, query: Subscribed): unknown[] {
    const handler = this.#functions.queries[query.udfPath];
    const common = { queryId, logLines: [], journal: null };
    if (handler === undefined) {
      const errorMessage = `Could not find public function for '${query.udfPath}'`;
      return [{ ...common, type: "QueryFailed", errorMessage }];
    }
    const value = handler(query.args);
    const text = JSON.stringify(value);
    if (text === query.sentText) return [];
    query.sentText = text;
    return [{ ...common, type: "QueryUpdated", value }];
  }

  #mutate({ requestId, udfPath, args }: Extract<Message, { type: "Mutation" }>): void {
    const response = { type: "MutationResponse", requestId, logLines: [] };
    try {
      const result = this.#functions.mutations[udfPath]?.(args[0] ?? {}) ?? null;
      this.#send(JSON.stringify({ ...response, success: true, result, ts: nextTimestamp() }));
    } catch (error) {
      const errorData = error instanceof FakeConvexError ? { errorData: error.data } : {};
      this.#send(
        JSON.stringify({
          ...response,
          success: false,
          result: String(error),
          ts: null,
          ...errorData,
        }),
      );
    }
  }

  #transition(modifications: unknown[]): void {
    const startVersion = this.#version;
    this.#version = { querySet: this.#querySet, identity: this.#identity, ts: nextTimestamp() };
    this.#send(
      JSON.stringify({
        type: "Transition",
        startVersion,
        endVersion: this.#version,
        modifications,
      }),
    );
  }
}

/** Thrown by a fake mutation to be seen as a ConvexError with this data. */
export class FakeConvexError extends Error {
  override readonly name = "FakeConvexError";
  readonly data: { code: string; message: string };

  constructor(data: { code: string; message: string }) {
    super(data.message);
    this.data = data;
  }
}

function nextTimestamp(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  lastTs = now > lastTs ? now : lastTs + 1n;
  return timestamp(lastTs);
}

function timestamp(ns: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ns);
  return bytes.toString("base64");
}
