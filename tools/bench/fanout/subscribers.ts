/**
 * The process of the bench that holds every viewer: N minimal clients, eight
 * official ones, and N sockets of the floor. Told what to do over IPC.
 */
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { WebSocket } from "ws";
import { SyncClient } from "../../deployment/sync-client.ts";
import { type ViewedSignal, Viewer, type ViewerClient } from "../../deployment/viewer.ts";
import {
  type FromSubscribers,
  monotonicMs,
  type Seen,
  type SubscriberPlan,
  signalOf,
  type ToSubscribers,
} from "./messages.ts";

const CONNECTING_AT_ONCE = 50; // a page load in the field is not a thundering herd
const web: Seen[] = [];
const webOfficial: Seen[] = [];
const floor: Seen[] = [];

const tell = (message: FromSubscribers) => process.send?.(message);
const fail = (error: unknown) =>
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });

async function begin(plan: SubscriberPlan): Promise<void> {
  await inGroups(plan.minimal, (keys, index) => beginMinimal(plan, keys, index === 0));
  for (const keys of plan.official) beginOfficial(plan.deploymentUrl, keys);
  await inGroups(plan.minimal, () => beginFloor(plan.floorUrl));
  tell({ kind: "ready" });
}

async function beginMinimal(
  plan: SubscriberPlan,
  keys: readonly string[],
  records: boolean,
): Promise<void> {
  let lastFrame = "";
  const options = {
    onError: fail,
    ...(records && {
      onFrame: (frame: string) => {
        lastFrame = frame;
      },
    }),
  };
  const client = await SyncClient.connect(plan.deploymentUrl, options);
  new Viewer(client, keys, (shown) => {
    const signal = note(web, shown);
    if (records && signal !== undefined) tell({ kind: "frame", signal, frame: lastFrame });
  });
}

function beginOfficial(deploymentUrl: string, keys: readonly string[]): void {
  const client = new ConvexClient(deploymentUrl, { unsavedChangesWarning: false });
  const adapter: ViewerClient = {
    subscribe: (path, args, onValue) =>
      client.onUpdate(makeFunctionReference<"query">(path), args, onValue, fail),
  };
  new Viewer(adapter, keys, (shown) => note(webOfficial, shown));
}

/** Notes when a signal of the bench was first shown; returns its number. */
function note(seen: Seen[], { content }: ViewedSignal): number | undefined {
  const signal = signalOf(content);
  if (signal !== undefined) seen.push({ signal, atMs: monotonicMs() });
  return signal;
}

interface FloorFrame {
  readonly modifications: readonly {
    readonly value?: { readonly signals?: readonly { readonly content: string }[] };
  }[];
}

async function beginFloor(floorUrl: string): Promise<void> {
  const socket = new WebSocket(floorUrl, { perMessageDeflate: false });
  const seen = new Set<number>();
  socket.on("message", (data) => {
    const frame: FloorFrame = JSON.parse(String(data));
    for (const { value } of frame.modifications) {
      for (const { content } of value?.signals ?? []) {
        const signal = signalOf(content);
        if (signal === undefined || seen.has(signal)) continue;
        seen.add(signal);
        floor.push({ signal, atMs: monotonicMs() });
      }
    }
  });
  socket.on("error", fail);
  await new Promise<void>((resolve) => socket.once("open", () => resolve()));
}

async function inGroups<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += CONNECTING_AT_ONCE) {
    const group = items.slice(start, start + CONNECTING_AT_ONCE);
    await Promise.all(group.map((item, offset) => work(item, start + offset)));
  }
}

process.on("message", (message: ToSubscribers) => {
  if (message.kind === "plan") begin(message.plan).catch(fail);
  else tell({ kind: "results", web, webOfficial, floor });
});
process.once("disconnect", () => process.exit(0));
