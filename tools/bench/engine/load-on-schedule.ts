/** Clients that send when something is due, whether or not the last one has been answered. */
import type { SyncClient } from "../../deployment/sync-client.ts";
import { connect, connectAll, firstValue, item } from "./load-one-by-one.ts";
import type { Tasks } from "./messages.ts";

const SIGN_IN_SOCKETS = 20;
const INGEST_ROOM = "ingest";
const DRAIN_MS = 10_000; // what has not been pushed by then is lost
const MIXED = { viewers: 20, mutationsPerSecond: 100, queriesPerSecond: 50, signInsPerSecond: 8 };

export async function ingest({
  url,
  siteUrl,
  perSecond,
  forMs,
  signInsPerSecond,
}: Tasks["ingest"]["ask"]): Promise<Tasks["ingest"]["answer"]> {
  const viewer = await connect(url);
  const due = new Map<number, number>();
  const latencies = new Map<number, number>();
  const subscribed = Promise.withResolvers<void>();
  viewer.subscribe("items:newestStamps", { room: INGEST_ROOM }, (value) => {
    subscribed.resolve();
    const now = performance.now();
    for (const stamp of value as readonly number[]) {
      const dueMs = due.get(stamp);
      if (dueMs !== undefined && !latencies.has(stamp)) latencies.set(stamp, now - dueMs);
    }
  });
  await subscribed.promise;
  const signIns = await startSignIns(url, signInsPerSecond);
  const first = Date.now(); // no stamp of another round
  const posts = every(1_000 / perSecond, (dueMs, at) => {
    due.set(first + at, dueMs);
    void post(`${siteUrl}/ingest`, JSON.stringify(item(INGEST_ROOM, first + at)));
  });
  await sleep(forMs);
  posts.stop();
  signIns.stop();
  for (let waited = 0; latencies.size < due.size && waited < DRAIN_MS; waited += 50)
    await sleep(50);
  if (latencies.size < due.size)
    throw new Error(`${due.size - latencies.size} posts were not pushed`);
  viewer.close();
  return { latenciesMs: [...latencies.values()], signedIn: signIns.done() };
}

let mixed: { readonly stop: () => Tasks["endMixed"]["answer"] } | null = null;

export async function beginMixed({ url, ids }: Tasks["beginMixed"]["ask"]): Promise<null> {
  const viewers = await connectAll(url, MIXED.viewers);
  const writer = await connect(url);
  const reader = await connect(url);
  for (const [at, viewer] of viewers.entries())
    viewer.subscribe("items:newest", { room: `mixed ${at}` }, () => {});
  const signIns = await startSignIns(url, MIXED.signInsPerSecond);
  let [mutations, queries] = [0, 0];
  const writing = every(1_000 / MIXED.mutationsPerSecond, (_, at) => {
    const room = `mixed ${at % viewers.length}`;
    void writer.mutation("items:add", item(room, at)).then(() => mutations++);
  });
  const reading = every(1_000 / MIXED.queriesPerSecond, (_, at) => {
    const id = ids[at % ids.length] ?? "";
    void firstValue(reader, id).then(() => queries++);
  });
  mixed = {
    stop: () => {
      for (const part of [writing, reading, signIns]) part.stop();
      return { mutations, queries, signIns: signIns.done() };
    },
  };
  return null;
}

export async function endMixed(): Promise<Tasks["endMixed"]["answer"]> {
  if (mixed === null) throw new Error("no mixed load is running");
  return mixed.stop();
}

async function startSignIns(url: string, perSecond: number) {
  const clients: SyncClient[] = perSecond === 0 ? [] : await connectAll(url, SIGN_IN_SOCKETS);
  let done = 0;
  const signIns = every(1_000 / perSecond, (_, at) => {
    const client = clients[at % clients.length];
    const args = { user: `user ${at}`, password: "correct horse battery staple" };
    void client?.action("signins:signIn", args).then(() => done++);
  });
  return { stop: signIns.stop, done: () => done };
}

/** Calls back when each is due, with when that was. Catches up when this process was late. */
function every(intervalMs: number, act: (dueMs: number, at: number) => void): { stop(): void } {
  if (!Number.isFinite(intervalMs)) return { stop: () => {} };
  const startMs = performance.now();
  let at = 0;
  const timer = setInterval(() => {
    for (; startMs + (at + 1) * intervalMs <= performance.now(); at++)
      act(startMs + (at + 1) * intervalMs, at);
  }, 1);
  return { stop: () => clearInterval(timer) };
}

async function post(address: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  await response.arrayBuffer();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
