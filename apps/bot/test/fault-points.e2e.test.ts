/**
 * The bot is killed between each two steps of sending, editing and deleting, before
 * and after every call to Discord and to the backend, and another takes over when
 * Discord remembers no nonce any more: each signal stands once.
 */
import { MIRROR_MODES, type MirrorMode, renderMirror, type SourceEvent } from "@heliograph/domain";
import { REST } from "discord.js";
import { type DiscordSim, startDiscordSim } from "discord-sim";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { MirrorShard } from "../src/mirror/mirror-shard.ts";
import type { TargetCalls } from "../src/mirror/open-target.ts";
import { WebhookBook } from "../src/mirror/webhook-book.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryBackend } from "./memory-backend.ts";

const TOKEN = "test-bot-token";
const BOT = "1330000000000000001";
const SOURCE = "1340000000000000001";
const PLENTY = { limit: 1_000_000, perMs: 1_000 };
const NONCES_ARE_FORGOTTEN_MS = 4 * 60_000;
const LIMITS = Object.fromEntries(
  [
    "POST /channels/:id/messages",
    "PATCH /channels/:id/messages/:message",
    "DELETE /channels/:id/messages/:message",
    "GET /channels/:id/messages",
    "POST /webhooks/:id/:token",
    "PATCH /webhooks/:id/:token/messages/:message",
    "DELETE /webhooks/:id/:token/messages/:message",
  ].map((route) => [route, PLENTY]),
);

let sim: DiscordSim;
beforeAll(async () => {
  sim = await startDiscordSim({
    routeLimits: LIMITS,
    globalLimit: PLENTY,
    webhookChannelLimit: PLENTY,
    seed: {
      guilds: [{ name: "Club", channels: [{ name: "general" }] }],
      bots: [{ id: BOT, token: TOKEN, username: "Heliograph" }],
    },
  });
});
afterAll(() => sim.close());

/** A process that dies at its `dieAt`th step: nothing it asks for is done or answered from then on. */
class Mortal {
  steps = 0;
  isDead = false;
  readonly #dieAt: number;

  constructor(dieAt: number) {
    this.#dieAt = dieAt;
  }

  /** The call with a step before and one after it. */
  mortal<Args extends unknown[], T>(call: (...args: Args) => Promise<T>) {
    return async (...args: Args): Promise<T> => {
      await this.#step();
      const answer = await call(...args);
      await this.#step();
      return answer;
    };
  }

  #step(): Promise<void> {
    if (!this.isDead) {
      this.steps += 1;
      this.isDead = this.steps === this.#dieAt;
    }
    return this.isDead ? new Promise(() => {}) : Promise.resolve();
  }
}

function startProcess(name: string, backend: MemoryBackend, life: Mortal): MirrorShard {
  const door = backend.doorOf(name);
  const restOf = () => {
    const rest = new REST({ api: sim.apiUrl, retries: 0, offset: 0 }).setToken(TOKEN);
    for (const method of ["get", "post", "patch", "delete"] as const) {
      rest[method] = life.mortal(rest[method].bind(rest));
    }
    return rest;
  };
  const rest = restOf();
  const calls: TargetCalls = {
    rest,
    once: restOf(),
    webhooks: new WebhookBook(rest, BOT),
    botUserId: BOT,
    onRemoving: () => {},
  };
  const shard = new MirrorShard(0, {
    backend: {
      ...door,
      settle: life.mortal(door.settle),
      acquireLease: life.mortal(door.acquireLease),
    },
    calls,
    capture: { held: () => {}, lost: () => {} },
    loadMedia: async () => null,
    clock: new ManualClock(),
    nowMs: () => Date.now(),
    log: () => {},
    receipts: { note: () => {} },
    onTokenRefused: () => {},
  });
  shard.start();
  return shard;
}

const text = (lines: number) =>
  Array.from({ length: lines }, (_, line) => `${line}: hold above 61,200`).join("\n");

/** What happens to the post, and what stands in the end. */
const HISTORIES: Readonly<Record<string, readonly (string | null)[]>> = {
  "a post": ["BTC long"],
  "a post of several messages": [text(200)],
  "an edit that needs more messages": ["BTC long", text(200)],
  "an edit that needs fewer": [text(200), "BTC closed"],
  "a deletion": [text(200), null],
};

/** Plays the history with a process that dies at that step; answers how many steps it lived. */
async function play(
  mode: MirrorMode,
  history: readonly (string | null)[],
  dieAt: number,
): Promise<{ steps: number; shown: string[] }> {
  const guildId = sim.guildId("Club");
  const made = sim.act({ kind: "addChannel", guildId, name: `t${Math.random()}`.slice(0, 20) });
  const channelId = made.id ?? "";
  const backend = new MemoryBackend([{ guildId, channelId }]);
  backend.mode = mode;
  backend.addSource(SOURCE);
  const life = new Mortal(dieAt);
  const shards = [startProcess("one", backend, life)];
  const source = backend.doorOf("source");
  for (const [index, content] of history.entries()) {
    await source.ingest([eventOf(index, content)], Date.now());
    await vi.waitFor(
      () => {
        if (life.isDead && shards.length === 1) {
          sim.advance(NONCES_ARE_FORGOTTEN_MS);
          backend.expireLease();
          shards.push(startProcess("two", backend, new Mortal(Number.POSITIVE_INFINITY)));
        }
        const states = backend.mirrors.map(({ state }) => state);
        expect(states.every((state) => state === "applied")).toBe(true);
      },
      { timeout: 5_000, interval: 1 },
    );
  }
  await shards.at(-1)?.stop(100);
  return { steps: life.steps, shown: sim.messages(channelId).map((message) => message.content) };
}

function eventOf(index: number, content: string | null): SourceEvent {
  const head = { messageId: "1", channelId: SOURCE, occurredAt: 1_700_000_000_000 + index };
  if (content === null) return { ...head, type: "delete" };
  return { ...head, type: index === 0 ? "create" : "update", content };
}

function wantedOf(history: readonly (string | null)[]): string[] {
  const content = history.at(-1) ?? null;
  if (content === null) return [];
  const rest = { embeds: [], attachments: [], authorName: "", sourceName: "", pingRoleId: null };
  const form = { purpose: "edit", mode: "bot", mark: "" } as const;
  return renderMirror({ content, ...rest }, form).map((part) => part.content);
}

for (const mode of MIRROR_MODES) {
  test.each(Object.entries(HISTORIES))(
    `as a ${mode}, killed at every step of %s, it stands once`,
    async (_, history) => {
      const wanted = wantedOf(history);
      for (let dieAt = 1; ; dieAt += 1) {
        const { steps, shown } = await play(mode, history, dieAt);
        expect({ dieAt, shown }).toEqual({ dieAt, shown: wanted });
        if (steps < dieAt) return;
      }
    },
    30_000,
  );
}
