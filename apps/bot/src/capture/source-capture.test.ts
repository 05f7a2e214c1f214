import { EventEmitter } from "node:events";
import type { Client } from "discord.js";
import { expect, test } from "vitest";
import { ManualClock, settled } from "../../test/manual-clock.ts";
import type { WatchedSource } from "../backend.ts";
import { SourceCapture } from "./source-capture.ts";

const DESK = "900000000000000100";
const source = (shard: number) =>
  ({ channelId: DESK, guildId: "1", allowedAuthors: [] as string[], shard }) as WatchedSource;

const listNothing = (route: string) => (route.endsWith("/messages") ? [] : { type: 2 });

/** A bot that holds shard 5 and, of Discord, knows what was asked for. */
async function world(answer: (route: string) => unknown = listNothing) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const reported: string[] = [];
  let push: (sources: readonly WatchedSource[]) => void = () => {};
  const capture = new SourceCapture({
    backend: {
      watchSources: (onChange) => {
        push = onChange;
        return () => {};
      },
      recentMessages: async () => [],
      capturedThreads: async () => [],
      lastMessage: async () => null,
      ingest: async () => [],
      reportCapture: async ({ state }) => void reported.push(state),
    },
    clock,
    log: () => {},
    nowMs: () => 1_790_000_000_000,
    onTokenRefused: () => {},
  });
  const get = async (route: string) => {
    asked.push(route);
    return answer(route);
  };
  const client = Object.assign(new EventEmitter(), {
    ws: new EventEmitter(),
    user: { id: "9" },
    rest: { get },
    channels: { cache: new Map() },
  }) as unknown as Client<true>;
  capture.attach(client);
  capture.held(5, null);
  capture.start(client);
  const watch = async (shard: number) => {
    push([source(shard)]);
    await settled();
    await settled();
  };
  return { asked, reported, watch, clock };
}

test("a source that comes to a shard held here is read again: nobody may have heard it until now", async () => {
  const { asked, reported, watch } = await world();
  await watch(0);
  expect(asked).toEqual([]);
  await watch(5);
  expect(asked).toContain(`/channels/${DESK}/messages`);
  expect(reported).toEqual(["listening"]);
  const before = asked.length;
  await watch(5);
  expect(asked).toHaveLength(before);
});

test("a source that goes to another shard is left to it, also while it could not be read", async () => {
  const { asked, reported, watch, clock } = await world(() => {
    throw new Error("shut");
  });
  await watch(5);
  expect(reported).toEqual(["failing"]);
  await watch(0);
  const before = asked.length;
  await clock.advance(60 * 60_000);
  expect(asked).toHaveLength(before);
  expect(reported).toEqual(["failing"]);
});
