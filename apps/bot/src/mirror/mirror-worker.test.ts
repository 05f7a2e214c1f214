import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import { apiError, MemoryChannel } from "../../test/memory-channel.ts";
import { mirrorWork } from "../../test/mirror-work.ts";
import type { Lane, MirrorWork, SettleResult } from "../backend.ts";
import { CallBudget } from "../discord/call-budget.ts";
import { pacedRequest } from "../discord/paced-request.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { MirrorWorker } from "./mirror-worker.ts";

interface Stage {
  readonly worker: MirrorWorker;
  readonly channel: MemoryChannel;
  readonly clock: ManualClock;
  readonly settlements: SettleResult[];
  readonly heard: string[];
  offer(rows: readonly MirrorWork[], lane?: Lane): void;
}

function stage(
  overrides: {
    channel?: DiscordChannel;
    openTarget?: (work: MirrorWork, signal: AbortSignal) => DiscordChannel | undefined;
    mayAct?: () => boolean;
    settle?: "leaseLost";
  } = {},
): Stage {
  const channel = new MemoryChannel();
  const clock = new ManualClock();
  const settlements: SettleResult[] = [];
  const heard: string[] = [];
  const watchers = new Map<Lane, (rows: readonly MirrorWork[]) => void>();
  const worker = new MirrorWorker(
    {
      backend: {
        watchWork: (_, lane, onChange) => {
          watchers.set(lane, onChange);
          return () => watchers.delete(lane);
        },
        settle: async (_, __, results) => {
          settlements.push(...results);
          return overrides.settle ?? "settled";
        },
        noteLost: async (_, __, messageIds) => void heard.push(`lost ${messageIds}`),
      },
      clock,
      log: (event) => heard.push(event),
      receipts: { note: (surface) => heard.push(surface) },
      openTarget: (work, signal) => {
        const opened = overrides.openTarget?.(work, signal);
        if (opened !== undefined) return opened;
        signal.addEventListener("abort", () => heard.push("aborted"));
        return overrides.channel ?? channel;
      },
      loadMedia: async () => null,
      onTokenRefused: () => heard.push("token refused"),
    },
    {
      shard: 0,
      epoch: 1,
      mayAct: overrides.mayAct ?? (() => true),
      onLost: () => heard.push("lease lost"),
    },
  );
  worker.start();
  const offer = (rows: readonly MirrorWork[], lane: Lane = "normal") => watchers.get(lane)?.(rows);
  return { worker, channel, clock, settlements, heard, offer };
}

const other = mirrorWork({ mirrorId: "m2", nonce: "n-2", seq: 2 });

test("what is due is posted, settled, and noted as received and acknowledged", async () => {
  const { channel, settlements, heard, offer } = stage();
  offer([mirrorWork()]);
  await settled();
  expect(channel.texts).toEqual(["BTC long"]);
  expect(settlements).toEqual([
    { mirrorId: "mirror-1", revision: 1, outcome: "applied", messageIds: ["1"] },
  ]);
  expect(heard).toEqual(["botReceived", "botAcknowledged"]);
});

test("a row that stays in the list while others change is received once", async () => {
  const { heard, offer } = stage({ mayAct: () => false });
  offer([mirrorWork()]);
  offer([mirrorWork(), other]);
  expect(heard).toEqual(["botReceived", "botReceived"]);
});

test("without the right to act nothing is sent to Discord", async () => {
  const { channel, offer } = stage({ mayAct: () => false });
  offer([mirrorWork()]);
  await settled();
  expect(channel.calls).toEqual([]);
});

test("a channel that refuses is tried once a minute, for all its mirrors", async () => {
  const { channel, clock, settlements, offer } = stage();
  channel.failure = apiError(50_013, 403, "Missing Permissions");
  offer([mirrorWork(), other]);
  await settled();
  expect(channel.calls).toEqual(["send"]);
  expect(settlements).toMatchObject([
    { outcome: "retry", code: "missing_permission", retryAfterMs: 60_000 },
    { outcome: "retry", code: "missing_permission", retryAfterMs: 60_000 },
  ]);
  channel.failure = null;
  offer([]);
  await clock.advance(60_000);
  offer([mirrorWork(), other]);
  await settled();
  expect(channel.texts).toEqual(["BTC long", "BTC long"]);
});

test("what is abandoned is ended, and neither settled nor taken for a failure", async () => {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const hanging = {
    threadId: null,
    send: () => never,
    edit: () => never,
    remove: () => never,
    newest: () => never,
  };
  const { worker, settlements, heard, offer } = stage({ channel: hanging });
  offer([mirrorWork()]);
  await settled();
  const abandoned = worker.abandon();
  expect(heard).toEqual(["botReceived", "aborted"]);
  reject(new Error("aborted"));
  await abandoned;
  expect(heard).toEqual(["botReceived", "aborted"]);
  expect(settlements).toEqual([]);
});

/** A target that answers nothing until the signal is aborted; `leave` is what sending does first. */
function silent(signal: AbortSignal, leave: () => Promise<unknown> = async () => {}) {
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });
  const never = () => ended;
  const send = () => leave().then(never);
  return { threadId: null, send, edit: never, remove: never, newest: never };
}

const close = mirrorWork({ mirrorId: "m3", nonce: "n-3", seq: 3, kind: "close" });
const withText = (work: MirrorWork, content: string) => {
  return { ...work, message: work.message && { ...work.message, content } };
};

test("a target that hangs delays no other", async () => {
  const { channel, settlements, offer } = stage({
    openTarget: (work, signal) => (work.target.channelId === "100" ? silent(signal) : undefined),
  });
  const elsewhere = { guildId: "1", channelId: "200" };
  offer([mirrorWork(), other, { ...withText(other, "elsewhere"), target: elsewhere }]);
  await settled();
  expect(channel.texts).toEqual(["elsewhere"]);
  expect(settlements).toHaveLength(1);
});

test("a close overtakes a post to the same target that still waits for its turn", async () => {
  let isFirst = true;
  const { channel, settlements, heard, offer } = stage({
    openTarget: (_, signal) => {
      const waits = isFirst;
      isFirst = false;
      return waits ? silent(signal) : undefined;
    },
  });
  offer([withText(mirrorWork(), "entry")]);
  await settled();
  offer([withText(close, "close")], "priority");
  await settled();
  expect(channel.texts).toEqual(["close", "entry"]);
  expect(settlements.map(({ outcome }) => outcome)).toEqual(["applied", "applied"]);
  expect(heard).not.toContain("mirror.not_applied");
});

test("a post that has left for Discord is not taken back", async () => {
  const leave = pacedRequest(new CallBudget(new ManualClock()), () => new Promise<never>(() => {}));
  const { channel, heard, offer } = stage({
    openTarget: (work, signal) =>
      work.kind === "close"
        ? undefined
        : silent(signal, () => leave("https://discord.test", { method: "POST" })),
  });
  offer([mirrorWork()]);
  await settled();
  offer([close], "priority");
  await settled();
  expect(channel.texts).toEqual([]);
  expect(heard).toEqual(["botReceived", "botReceived"]);
});

test("another try that somebody asked for does not wait for the channel's minute", async () => {
  const { channel, offer } = stage();
  channel.failure = apiError(50_013, 403, "Missing Permissions");
  offer([mirrorWork()]);
  await settled();
  channel.failure = null;
  offer([]);
  offer([{ ...mirrorWork(), attempt: 0, urged: true }]);
  await settled();
  expect(channel.calls).toEqual(["send", "send"]);
});

test("what was removed by hand is told when what was done before is settled", async () => {
  const { worker, heard, offer } = stage();
  offer([mirrorWork()]);
  await settled();
  await worker.noteRemoved(["1"]);
  expect(heard).toEqual(["botReceived", "botAcknowledged", "lost 1"]);
});

test("a settlement that comes too late says that the lease is lost", async () => {
  const { heard, offer } = stage({ settle: "leaseLost" });
  offer([mirrorWork()]);
  await settled();
  expect(heard).toContain("lease lost");
});

test("a token that Discord refuses is told, not only noted on the row", async () => {
  const { channel, heard, offer } = stage();
  channel.failure = apiError(0, 401, "401: Unauthorized");
  offer([mirrorWork()]);
  await settled();
  expect(heard).toContain("token refused");
});

test("a row that settling does not move is not tried in a tight loop", async () => {
  const { channel, clock, offer } = stage();
  offer([mirrorWork()]);
  await clock.advance(4_000);
  expect(channel.calls).toEqual(["send"]);
  await clock.advance(2_000);
  expect(channel.calls).toEqual(["send", "send"]);
});

test("a worker that finishes takes nothing more and settles what it began", async () => {
  const { worker, channel, settlements, offer } = stage();
  offer([mirrorWork(), other]);
  await worker.finish();
  expect(channel.texts).toHaveLength(1);
  expect(settlements).toHaveLength(1);
});
