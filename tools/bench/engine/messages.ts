/** What the bench asks of its load process, and what comes back. Times are ms. */
export interface Tasks {
  /** Mutations from `sockets` clients, each sending its next one when the last is over. */
  floodMutations: {
    readonly ask: { readonly url: string; readonly sockets: number; readonly forMs: number };
    readonly answer: { readonly perSecond: number };
  };
  /** One mutation by a client that comes and goes. */
  mutateOnce: { readonly ask: { readonly url: string }; readonly answer: null };
  /** Mutations of one client, one after the other. */
  timeMutations: {
    readonly ask: { readonly url: string; readonly count: number };
    readonly answer: readonly number[];
  };
  /** A point query nobody has asked yet for each id, one after the other. */
  timeQueries: {
    readonly ask: { readonly url: string; readonly ids: readonly string[] };
    readonly answer: readonly number[];
  };
  /** A point query for each id, kept, spread over the sockets. */
  watchEach: {
    readonly ask: {
      readonly url: string;
      readonly sockets: number;
      readonly ids: readonly string[];
    };
    readonly answer: null;
  };
  /** Changes an item; answers when a transition shows it: results pushed meanwhile to everybody here. */
  touch: {
    readonly ask: { readonly url: string; readonly id: string };
    readonly answer: { readonly pushes: number };
  };
  /** Sockets that watch one query in common and then do nothing. */
  openIdle: {
    readonly ask: { readonly url: string; readonly sockets: number };
    readonly answer: null;
  };
  /** Posts to the ingest route on schedule; from due to pushed. Sign-ins go on beside it. */
  ingest: {
    readonly ask: {
      readonly url: string;
      readonly siteUrl: string;
      readonly perSecond: number;
      readonly forMs: number;
      readonly signInsPerSecond: number;
    };
    readonly answer: { readonly latenciesMs: readonly number[]; readonly signedIn: number };
  };
  /** Mutations, fresh queries and sign-ins on schedule, with viewers, until `endMixed`. */
  beginMixed: {
    readonly ask: { readonly url: string; readonly ids: readonly string[] };
    readonly answer: null;
  };
  endMixed: {
    readonly ask: Record<string, never>;
    readonly answer: {
      readonly mutations: number;
      readonly queries: number;
      readonly signIns: number;
    };
  };
}

export type TaskName = keyof Tasks;
export interface AskMessage<K extends TaskName = TaskName> {
  readonly kind: "ask";
  readonly name: K;
  readonly ask: Tasks[K]["ask"];
}
export type FromLoad =
  | { readonly kind: "done"; readonly answer: unknown }
  | { readonly kind: "failed"; readonly message: string };
