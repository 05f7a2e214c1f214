/** Clients that wait for one thing before they ask for the next. */
import { SyncClient } from "../../deployment/sync-client.ts";
import type { Tasks } from "./messages.ts";

const WARM_UP = 200;
const CONNECTING_AT_ONCE = 50;
const TEXT = "Entry 61,200 to 61,450, targets 62,000, 63,100 and 64,800, stop 60,300.";

let pushes = 0;

export async function floodMutations({
  url,
  sockets,
  forMs,
}: Tasks["floodMutations"]["ask"]): Promise<Tasks["floodMutations"]["answer"]> {
  const clients = await connectAll(url, sockets);
  const startMs = performance.now();
  const endMs = startMs + forMs;
  let count = 0;
  const run = async (client: SyncClient, room: number) => {
    for (let stamp = 0; performance.now() < endMs; stamp++) {
      await client.mutation("items:add", item(`flood ${room}`, stamp));
      count++;
    }
  };
  await Promise.all(clients.map(run));
  const seconds = (performance.now() - startMs) / 1_000;
  for (const client of clients) client.close();
  return { perSecond: count / seconds };
}

export async function mutateOnce({ url }: Tasks["mutateOnce"]["ask"]): Promise<null> {
  const client = await connect(url);
  await client.mutation("items:add", item("once", 0));
  client.close();
  return null;
}

export async function timeMutations({
  url,
  count,
}: Tasks["timeMutations"]["ask"]): Promise<number[]> {
  const client = await connect(url);
  const add = (stamp: number) => client.mutation("items:add", item("one by one", stamp));
  for (let stamp = 0; stamp < WARM_UP; stamp++) await add(stamp);
  const latencies = await timeEach(
    Array.from({ length: count }, (_, at) => at),
    add,
  );
  client.close();
  return latencies;
}

export async function timeQueries({ url, ids }: Tasks["timeQueries"]["ask"]): Promise<number[]> {
  const client = await connect(url);
  for (const id of ids.slice(0, WARM_UP)) await firstValue(client, id);
  const latencies = await timeEach(ids.slice(WARM_UP), (id) => firstValue(client, id));
  client.close();
  return latencies;
}

export async function watchEach({ url, sockets, ids }: Tasks["watchEach"]["ask"]): Promise<null> {
  const clients = await connectAll(url, sockets);
  await inGroups(ids, async (id, at) => {
    const client = clients[at % clients.length];
    if (client !== undefined) await firstValue(client, id, () => pushes++);
  });
  return null;
}

export async function touch({ url, id }: Tasks["touch"]["ask"]): Promise<Tasks["touch"]["answer"]> {
  const client = await connect(url);
  const before = pushes;
  await client.mutation("items:stamp", { id, stamp: performance.now() });
  await new Promise((resolve) => setTimeout(resolve, 100)); // what is wrongly pushed would be here by then
  client.close();
  return { pushes: pushes - before };
}

export async function openIdle({ url, sockets }: Tasks["openIdle"]["ask"]): Promise<null> {
  const clients = await connectAll(url, sockets);
  await inGroups(clients, (client) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    client.subscribe("items:newest", { room: "nobody's" }, () => resolve());
    return promise;
  });
  return null;
}

export function connect(url: string): Promise<SyncClient> {
  // A broken promise of the protocol ends the measurement, whoever waits for what.
  const onError = (error: Error) => process.emit("uncaughtException", error);
  return SyncClient.connect(url, { onError });
}

export async function connectAll(url: string, sockets: number): Promise<SyncClient[]> {
  const clients: SyncClient[] = [];
  await inGroups(Array.from({ length: sockets }), async () => {
    clients.push(await connect(url));
  });
  return clients;
}

export function item(room: string, stamp: number) {
  return { room, author: "author 1", text: TEXT, stamp };
}

/** Subscribes to one item; later values go to `onMore`. */
export function firstValue(client: SyncClient, id: string, onMore?: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let first = true;
  client.subscribe("items:get", { id }, () => {
    if (!first) onMore?.();
    first = false;
    resolve();
  });
  return promise;
}

async function timeEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<number[]> {
  const latencies: number[] = [];
  for (const one of items) {
    const startMs = performance.now();
    await work(one);
    latencies.push(performance.now() - startMs);
  }
  return latencies;
}

async function inGroups<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += CONNECTING_AT_ONCE) {
    const group = items.slice(start, start + CONNECTING_AT_ONCE);
    await Promise.all(group.map((one, offset) => work(one, start + offset)));
  }
}
