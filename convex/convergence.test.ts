/**
 * Whatever happens in whatever order (edits and a delete while a post is under way, lost
 * answers, failures, takeovers, removed routes), the channel ends up showing what is wanted.
 */
import type { FunctionReturnType } from "convex/server";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "./_generated/api.js";
import type { Settlement } from "./model/mirrors/settle.ts";
import {
  type Backend,
  issueMachine,
  post,
  removal,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

type WorkAnswer = FunctionReturnType<typeof api.mirrors.work>;
type MirrorWork = Extract<WorkAnswer, { state: "current" }>["rows"][number];

const NONCE_HOLDS_MS = 180_000;
const STEPS = [
  "edit",
  "delete",
  "removeRoute",
  "work", // does what the next row asks for; the settlement waits
  "workUnheard", // the same, but no settlement will ever come
  "fail", // does nothing, and will settle that
  "failAfterPosting",
  "giveUp",
  "settle", // the oldest settlement that waits arrives
  "takeOver",
  "wait",
  "waitLong", // longer than Discord remembers a nonce
] as const;
type Step = (typeof STEPS)[number];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A channel as Discord keeps it: a nonce that is remembered is not posted again. */
class Channel {
  readonly messages = new Map<string, { mirrorId: string; text: string }>();
  readonly #nonces = new Map<string, { id: string; atMs: number }>();
  #count = 0;

  /** Does what the row asks for, as the bot does; answers the ids that stand. */
  show(row: MirrorWork): string[] {
    const { mirrorId, message, applied } = row;
    const isPosted = applied !== null && applied.messageIds.length > 0;
    const found = [...this.messages].filter(([, one]) => one.mirrorId === mirrorId);
    if (message === null) {
      const ids = isPosted ? applied.messageIds : found.map(([id]) => id);
      for (const id of ids) this.messages.delete(id);
      return [];
    }
    const looked = row.lookFirst ? found.map(([id]) => id)[0] : undefined;
    const id = (isPosted ? applied.messageIds[0] : looked) ?? this.#send(row.nonce);
    this.messages.set(id, { mirrorId, text: message.content });
    return [id];
  }

  #send(nonce: string): string {
    const known = this.#nonces.get(nonce);
    if (known !== undefined && known.atMs > Date.now() - NONCE_HOLDS_MS) return known.id;
    this.#count += 1;
    const id = `d${this.#count}`;
    this.#nonces.set(nonce, { id, atMs: Date.now() });
    return id;
  }
}

/** One signal with one target, and everything that can happen to it. */
class World {
  readonly channel = new Channel();
  text = "first";
  isDeleted = false;
  isWithdrawn = false; // its route was removed when nothing was settled as posted
  readonly #t: Backend;
  readonly #token: string;
  readonly #bot: Pick<Backend, "query" | "mutation">;
  readonly #console: Pick<Backend, "query" | "mutation">;
  readonly #waiting: { epoch: number; result: Settlement }[] = [];
  #done = 0; // the revision that is settled or will be
  #epoch = 0;
  #serial = 0;

  private constructor(
    t: Backend,
    token: string,
    machines: Record<"bot" | "console", Pick<Backend, "query" | "mutation">>,
  ) {
    this.#t = t;
    this.#token = token;
    this.#bot = machines.bot;
    this.#console = machines.console;
  }

  static async start(): Promise<World> {
    const t = startBackend();
    await seedSource(t);
    const bot = (await issueMachine(t, "bot")).as;
    const console = (await issueMachine(t, "console")).as;
    const world = new World(t, (await issueMachine(t, "source")).token, { bot, console });
    await world.takeOver();
    await sendIngest(t, world.#token, { events: [post("m1", { content: world.text })] });
    return world;
  }

  async step(step: Step): Promise<void> {
    switch (step) {
      case "edit":
        return await this.edit();
      case "delete":
        this.isDeleted = true;
        return await this.#send(removal("m1"));
      case "removeRoute":
        return await this.#removeRoute();
      case "work":
        return await this.#work((row) => applied(row, this.channel.show(row)));
      case "workUnheard":
        await this.#work((row) => applied(row, this.channel.show(row)));
        this.#waiting.pop();
        return await this.takeOver();
      case "fail":
        return await this.#work((row) => failure(row, "retry"));
      case "failAfterPosting":
        return await this.#work((row) => {
          this.channel.show(row);
          return failure(row, "retry");
        });
      case "giveUp":
        return await this.#work((row) => failure(row, "failed"));
      case "settle":
        return await this.#settle();
      case "takeOver":
        return await this.takeOver();
      case "wait":
        return await this.#pass(6_000);
      case "waitLong":
        await this.#pass(200_000);
        return await this.takeOver();
      default:
        step satisfies never;
    }
  }

  async edit(): Promise<void> {
    this.#serial += 1;
    const text = `edit ${this.#serial}`;
    if (!this.isDeleted) this.text = text;
    await this.#pass(1);
    await this.#send(post("m1", { type: "update", occurredAt: Date.now(), content: text }));
  }

  /** A holder under another name; what the one before still settles comes too late. */
  async takeOver(): Promise<void> {
    await this.#pass(9_000);
    this.#serial += 1;
    const holder = `holder ${this.#serial}`;
    const lease = await this.#bot.mutation(api.leases.acquire, { shard: 0, holder });
    if (lease.state !== "held") throw new Error("the shard is busy");
    this.#epoch = lease.epoch;
    this.#done = 0;
  }

  async calmDown(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) {
      while (this.#waiting.length > 0) await this.#settle();
      await this.#pass(15 * 60_000); // the longest wait there is
      await this.takeOver();
      await this.step("work");
    }
    while (this.#waiting.length > 0) await this.#settle();
  }

  async mirror() {
    const mirror = await this.#t.run(async (ctx) => await ctx.db.query("mirrors").unique());
    if (mirror === null) throw new Error("there is no mirror");
    return mirror;
  }

  async #work(act: (row: MirrorWork) => Settlement): Promise<void> {
    for (const lane of ["priority", "normal"] as const) {
      const answer = await this.#bot.query(api.mirrors.work, { shard: 0, lane });
      if (answer.state !== "current") throw new Error(answer.state);
      for (const row of answer.rows) {
        if (row.wanted.revision <= this.#done) continue;
        this.#done = row.wanted.revision;
        this.#waiting.push({ epoch: this.#epoch, result: act(row) });
      }
    }
  }

  async #settle(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { epoch, result } = next;
    await this.#bot.mutation(api.mirrors.settle, { shard: 0, epoch, results: [result] });
    if (epoch === this.#epoch && this.#done === result.revision) this.#done = 0;
  }

  async #send(event: unknown): Promise<void> {
    await sendIngest(this.#t, this.#token, { events: [event] });
  }

  async #removeRoute(): Promise<void> {
    const listed = await this.#console.query(api.routes.list, {});
    for (const { routeId } of listed.state === "current" ? listed.routes : []) {
      this.isWithdrawn = (await this.mirror()).applied === null;
      await this.#console.mutation(api.routes.remove, { routeId });
    }
    await this.#pass(1);
  }

  async #pass(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms);
    await this.#t.finishInProgressScheduledFunctions();
  }
}

function applied({ mirrorId, wanted }: MirrorWork, messageIds: string[]): Settlement {
  return { mirrorId, revision: wanted.revision, outcome: "applied", messageIds };
}

function failure({ mirrorId, wanted }: MirrorWork, outcome: "retry" | "failed"): Settlement {
  return { mirrorId, revision: wanted.revision, outcome, code: "500" };
}

/** Histories that chance seldom makes. */
const RARE: Step[][] = [
  ["giveUp", "settle", "removeRoute"],
  ["work", "removeRoute", "edit", "settle"],
  ["work", "takeOver", "delete", "settle"],
  ["failAfterPosting", "edit", "settle", "waitLong", "work", "settle"],
];

test("[SET7] every interleaving ends with what is wanted in the channel, once", async () => {
  const steps = fc.array(fc.constantFrom(...STEPS), { minLength: 4, maxLength: 16, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const world = await World.start();
      for (const step of history) await world.step(step);
      await world.edit(); // what was given up is tried again when something new is wanted
      await world.calmDown();
      const { state, wantedDeleted } = await world.mirror();
      const shown = [...world.channel.messages.values()].map(({ text }) => text);
      const isGone = world.isDeleted || world.isWithdrawn;
      expect(wantedDeleted).toBe(isGone);
      if (state === "failed") return; // the deletion was given up
      expect({ state, shown }).toEqual({ state: "applied", shown: isGone ? [] : [world.text] });
    }),
    { numRuns: 50, examples: RARE.map((history) => [history]) },
  );
}, 60_000);
