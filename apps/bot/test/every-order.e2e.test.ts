/**
 * Create, edit, edit and delete of one post, in every order, repeated and late,
 * while Discord, the backend and the lease fail at random: from the gateway's raw
 * payloads to the messages in the target channel of the simulated Discord.
 */
import { EventEmitter } from "node:events";
import { MIRROR_MODES, type MirrorMode, renderMirror } from "@heliograph/domain";
import { type APIMessage, REST } from "discord.js";
import { type DiscordSim, startDiscordSim } from "discord-sim";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Capture } from "../src/capture/capture.ts";
import { EventOutbox } from "../src/capture/event-outbox.ts";
import { IgnoredMessages } from "../src/capture/ignored-messages.ts";
import { MessagePlaces } from "../src/capture/message-places.ts";
import { MirrorShard } from "../src/mirror/mirror-shard.ts";
import { Removals } from "../src/mirror/removals.ts";
import { WebhookBook } from "../src/mirror/webhook-book.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { MemoryBackend } from "./memory-backend.ts";

const TOKEN = "test-bot-token";
const SOURCE = "1340000000000000001";
const MESSAGE = "1340000000000000002";
const POSTED_MS = Date.parse("2025-02-14T20:00:00.000Z");
const UNLIMITED = { limit: 100_000, perMs: 1_000 };
const WRITES = [
  "POST /channels/:id/messages",
  "PATCH /channels/:id/messages/:message",
  "DELETE /channels/:id/messages/:message",
  "POST /webhooks/:id/:token",
  "PATCH /webhooks/:id/:token/messages/:message",
  "DELETE /webhooks/:id/:token/messages/:message",
];
const LIMITS = Object.fromEntries(
  [...WRITES, "GET /channels/:id/messages"].map((route) => [route, UNLIMITED]),
);
const TRIES = 2; // of discord.js for one request, here

const LONG = Array.from({ length: 300 }, (_, line) => `${line}: hold above 61,200`).join("\n");

type Dispatch = readonly [event: string, payload: object];

const dispatchOf = {
  create: ["MESSAGE_CREATE", post("BTC long, stop 60k", null)],
  edit: ["MESSAGE_UPDATE", post(LONG, 1_000)],
  secondEdit: ["MESSAGE_UPDATE", post("BTC long, stop 62k", 2_000)],
  longEdit: ["MESSAGE_UPDATE", post(`${LONG}\nstop 62k`, 2_000)],
  delete: ["MESSAGE_DELETE", { id: MESSAGE, channel_id: SOURCE }],
} satisfies Record<string, Dispatch>;

function post(content: string, editedAfterMs: number | null): Partial<APIMessage> {
  const atMs = (ms: number) => new Date(POSTED_MS + ms).toISOString();
  return {
    id: MESSAGE,
    channel_id: SOURCE,
    type: 0,
    author: { id: "7", username: "mara", global_name: "Mara", avatar: null, discriminator: "0" },
    content,
    timestamp: atMs(0),
    edited_timestamp: editedAfterMs === null ? null : atMs(editedAfterMs),
    embeds: [],
    attachments: [],
  };
}

/** What goes wrong, or right, between two events. */
const MISHAPS = [
  "discordFails",
  "answerIsLost",
  "targetCloses",
  "targetHides",
  "targetOpens",
  "leaseExpires",
  "backendFails",
  "removedByHand",
  "retriesAreDue",
  "quiet",
  "nothing",
] as const;
type Mishap = (typeof MISHAPS)[number];

interface Step {
  readonly dispatch: Dispatch;
  readonly before: readonly Mishap[];
}

/** One bot, from the gateway's payloads to a target channel. */
class Stage {
  readonly sim: DiscordSim;
  readonly clock = new ManualClock(POSTED_MS + 10_000);
  readonly backend: MemoryBackend;
  readonly #gateway = new EventEmitter();
  readonly #shard: MirrorShard;
  readonly #target: string;
  #backendFailures = 0;

  constructor(sim: DiscordSim, botUserId: string, mode: MirrorMode) {
    this.sim = sim;
    this.#target = sim.channelId("Club", "mirror");
    this.backend = new MemoryBackend([{ guildId: "1", channelId: this.#target }]);
    this.backend.mode = mode;
    this.backend.addSource(SOURCE);
    const restOf = (retries: number) =>
      new REST({ api: sim.apiUrl, retries, offset: 0 }).setToken(TOKEN);
    const rest = restOf(TRIES - 1);
    const { clock } = this;
    const log = () => {};
    const door = this.backend.doorOf("one");
    const backend = {
      ...door,
      ingest: this.#failing(door.ingest),
      settle: this.#failing(door.settle),
      beatLease: this.#failing(door.beatLease),
    };
    const places = new MessagePlaces({
      known: () => undefined,
      fetchKind: async () => ({ threadOf: null }),
    });
    door.watchSources((sources) => places.watch(sources));
    new Capture({
      outbox: new EventOutbox({ backend, clock, log }),
      places,
      ignored: new IgnoredMessages(),
      botUserId: () => botUserId,
      nowMs: () => clock.nowMs(),
      onThreadGone: () => {},
      onError: (error) => {
        throw error;
      },
    }).listen(this.#gateway);
    const removals = new Removals({
      clock,
      tell: (messageIds) => this.#shard.noteRemoved(messageIds),
      onError: (error) => {
        throw error;
      },
    });
    removals.listen(this.#gateway);
    this.#shard = new MirrorShard(0, {
      capture: { held: () => {}, lost: () => {} },
      backend,
      clock,
      log,
      receipts: { note: () => {} },
      loadMedia: async () => null,
      calls: {
        rest,
        once: restOf(0),
        webhooks: new WebhookBook(rest, botUserId),
        botUserId,
        onRemoving: (messageId) => removals.noteOurs(messageId),
      },
      nowMs: () => clock.nowMs(),
      onTokenRefused: () => {},
    });
    this.#shard.start();
  }

  get shown(): string[] {
    return this.sim.messages(this.#target).map(({ content }) => content);
  }

  async play({ dispatch: [event, payload], before }: Step): Promise<void> {
    for (const mishap of before) await this.happen(mishap);
    this.#gateway.emit(event, structuredClone(payload));
  }

  async happen(mishap: Mishap): Promise<void> {
    switch (mishap) {
      case "discordFails":
        for (const route of WRITES) this.sim.faults.failNext({ route, status: 503, times: TRIES });
        return;
      case "answerIsLost":
        for (const route of WRITES)
          this.sim.faults.loseNextAnswer({ route, how: "reset", times: TRIES });
        return;
      case "targetCloses":
        return this.sim.setBarrier(this.#target, "permissions");
      case "targetHides":
        return this.sim.setBarrier(this.#target, "access");
      case "targetOpens":
        return this.sim.setBarrier(this.#target, null);
      case "leaseExpires":
        return this.backend.expireLease();
      case "backendFails":
        this.#backendFailures += 2;
        return;
      case "removedByHand":
        return this.#removeOne();
      case "retriesAreDue":
        await this.clock.advance(61_000);
        return this.backend.wake();
      case "quiet":
        return await this.#quiet();
      case "nothing":
        return;
      default:
        mishap satisfies never;
    }
  }

  /** Everything works again; resolves when the channel shows what is wanted and nothing is left to do. */
  async recover(expected: readonly string[]): Promise<void> {
    this.sim.faults.clear();
    this.sim.setBarrier(this.#target, null);
    this.#backendFailures = 0;
    await vi.waitFor(
      async () => {
        await this.clock.advance(61_000);
        this.backend.wake();
        expect(this.backend.mirrors.map(({ state }) => state)).not.toContain("due");
        expect(this.backend.mirrors.map(({ state }) => state)).not.toContain("waiting");
        expect(this.shown).toEqual(expected);
      },
      { timeout: 10_000, interval: 2 },
    );
    await this.#shard.stop(1_000);
  }

  /** A moderator removes the newest message, and the gateway tells. */
  #removeOne(): void {
    const id = this.sim.messages(this.#target).at(-1)?.id;
    if (id === undefined) return;
    this.sim.remove({ channelId: this.#target, messageId: id });
    this.#gateway.emit("MESSAGE_DELETE", { id, channel_id: this.#target });
  }

  /** Resolves when nothing is being done that can be done now. */
  async #quiet(): Promise<void> {
    await vi.waitFor(
      async () => {
        await this.clock.advance(10);
        const before = this.sim.requests().length;
        for (let turn = 0; turn < 20; turn++) await settled();
        expect(this.sim.requests().length).toBe(before);
      },
      { timeout: 10_000, interval: 2 },
    );
  }

  #failing<Args extends unknown[], T>(call: (...args: Args) => Promise<T>) {
    return async (...args: Args): Promise<T> => {
      if (this.#backendFailures > 0) {
        this.#backendFailures -= 1;
        throw new Error("the backend fails");
      }
      return await call(...args);
    };
  }
}

async function play({ mode, steps }: History, finalText: string | null): Promise<void> {
  const sim = await startDiscordSim({
    routeLimits: LIMITS,
    globalLimit: UNLIMITED,
    webhookChannelLimit: UNLIMITED,
    seed: {
      guilds: [{ name: "Club", channels: [{ name: "mirror" }] }],
      bots: [{ id: "1330000000000000001", token: TOKEN, username: "Heliograph" }],
    },
  });
  try {
    const stage = new Stage(sim, "1330000000000000001", mode);
    await settled();
    for (const step of steps) await stage.play(step);
    const expected = finalText === null ? [] : textsOf(finalText);
    await stage.recover(expected);
    expect(stage.shown).toEqual(expected);
    const standing = sim.messages(sim.channelId("Club", "mirror")).map(({ id }) => id);
    expect(stage.backend.mirrors.flatMap(({ messageIds }) => messageIds)).toEqual(standing);
  } finally {
    await sim.close();
  }
}

function textsOf(content: string): string[] {
  const rest = { embeds: [], attachments: [], authorName: "", sourceName: "", pingRoleId: null };
  const form = { purpose: "edit", mode: "bot", mark: "" } as const;
  return renderMirror({ content, ...rest }, form).map((part) => part.content);
}

interface History {
  readonly mode: MirrorMode;
  readonly steps: readonly Step[];
}

/** Some order of all of them, some twice, with mishaps in between. */
function historiesOf(dispatches: readonly Dispatch[]): fc.Arbitrary<History> {
  const repeated = fc.subarray([...dispatches]).map((again) => [...dispatches, ...again]);
  const ordered = repeated.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
  const steps = ordered.chain((all) =>
    fc.tuple(
      ...all.map((dispatch) =>
        fc.record({
          dispatch: fc.constant(dispatch),
          before: fc.array(fc.constantFrom(...MISHAPS), { maxLength: 3 }),
        }),
      ),
    ),
  );
  return fc.record({ mode: fc.constantFrom(...MIRROR_MODES), steps });
}

const { create, edit, secondEdit, longEdit, delete: deletion } = dispatchOf;
// A failing run waits long for what does not come: shrinking it would take minutes.
const RUNS = {
  numRuns: Number(process.env.HELIOGRAPH_BOT_ORDERS ?? 150),
  endOnFailure: true,
};

test("create, edit, edit and delete end in an empty channel, in any order and whatever fails", async () => {
  const histories = historiesOf([create, edit, secondEdit, deletion]);
  await fc.assert(
    fc.asyncProperty(histories, (history) => play(history, null)),
    RUNS,
  );
}, 120_000);

test("create, edit and edit end in the newest text once, in any order and whatever fails", async () => {
  const histories = historiesOf([create, edit, secondEdit]);
  await fc.assert(
    fc.asyncProperty(histories, (history) => play(history, secondEdit[1].content ?? "")),
    RUNS,
  );
}, 120_000);

test("a post that an edit makes several messages of stands once, in order, whatever fails", async () => {
  const histories = historiesOf([create, edit, longEdit]);
  await fc.assert(
    fc.asyncProperty(histories, (history) => play(history, longEdit[1].content ?? "")),
    RUNS,
  );
}, 120_000);
