/**
 * `npm run bench -- mirror`: from the commit of a signal until its posts leave the bot, and until Discord has
 * answered, with many targets and Discord's own limits.
 *
 *   this process    posts on schedule, and the simulated Discord
 *   engine          the deployment
 *   bot             the bot, which says when each request leaves and is answered
 *
 * Afterwards a burst of five signals and, right behind it, a close: reported beside, not bounded.
 */
import { type DiscordSim, startDiscordSim } from "discord-sim";
import { issueMachine, seed } from "../../deployment/admin.ts";
import { freshDeployment } from "../../deployment/fresh-deployment.ts";
import { type BenchProcess, forkBench } from "../bench-process.ts";
import { eventOf, onSchedule, post, SOURCE } from "../fanout/load.ts";
import { type Percentiles, percentiles } from "../percentiles.ts";
import type { FromBot, Sighting } from "./messages.ts";
import type { MirrorOptions } from "./options.ts";

const BOT_TOKEN = "bench-bot-token";
const WARM_UPS = 4;
const BURST = 5;
const LATEST_MS = 120_000; // for everything to be acknowledged after the last post

export interface MirrorReport {
  readonly dispatch: Percentiles;
  readonly ack: Percentiles;
  /** Answers 429, of whatever limit. */
  readonly tooMany: number;
}

/** Runs the bench on a fresh deployment. Throws when a post was not mirrored. */
export async function runMirror(
  options: MirrorOptions,
  say: (text: string) => void,
): Promise<MirrorReport> {
  say("starting an engine and pushing convex/ ...");
  const { engine, close } = await freshDeployment();
  const names = Array.from({ length: options.targets }, (_, index) => `target-${index}`);
  const sim = await startDiscordSim({
    seed: {
      guilds: [
        { id: SOURCE.guildId, name: "Desk", channels: [{ id: SOURCE.channelId, name: "calls" }] },
        { name: "Members", channels: names.map((name) => ({ name })) },
      ],
      bots: [{ token: BOT_TOKEN, username: "Heliograph" }],
      users: [],
    },
  });
  let bot: BenchProcess<FromBot, never> | null = null;
  try {
    const guildId = sim.guildId("Members");
    const routes = names.map((name) => {
      const channelId = sim.channelId("Members", name);
      return { sourceName: SOURCE.name, guildId, channelId, name };
    });
    await seed(engine, { sources: [SOURCE], routes });
    const source = await issueMachine(engine, { kind: "source", name: "bench" });
    const worker = await issueMachine(engine, { kind: "bot", name: "bench" });
    Object.assign(process.env, {
      CONVEX_SELF_HOSTED_URL: engine.url,
      HELIOGRAPH_SITE_URL: engine.siteUrl,
      HELIOGRAPH_BOT_TOKEN: worker.token,
      DISCORD_TOKEN: BOT_TOKEN,
      DISCORD_API_URL: sim.apiUrl,
    });
    bot = forkBench<FromBot, never>(new URL("./bot-process.ts", import.meta.url));
    const seen = new Sightings(bot);
    await bot.nextOf("ready");
    const stage = new Stage(sim, seen, options.targets, async (event) => {
      await post(
        `${engine.siteUrl}/ingest/v1/events`,
        JSON.stringify({ events: [event] }),
        source.token,
      );
    });
    await stage.warmUp();
    say(
      `${options.rate} signals a second into ${options.targets} targets for ${options.seconds} s ...`,
    );
    const report = await stage.measure(options, say);
    await stage.burst(say);
    return { ...report, tooMany: stage.tooMany };
  } finally {
    bot?.end();
    await sim.close();
    await close();
  }
}

/** What the bot has told, by surface. */
class Sightings {
  #all: Sighting[] = [];
  #changed: () => void = () => {};

  constructor(bot: BenchProcess<FromBot, never>) {
    bot.on("seen", ({ sighting }) => {
      this.#all.push(sighting);
      this.#changed();
    });
  }

  of(surface: Sighting["surface"]): Sighting[] {
    return this.#all.filter((one) => one.surface === surface);
  }

  forget(): void {
    this.#all = [];
  }

  /** Resolves when so many posts are acknowledged. */
  async acknowledged(count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const isDone = () => this.of("botAcknowledged").length >= count;
    const late = setTimeout(() => {
      const found = this.of("botAcknowledged").length;
      reject(new Error(`only ${found} of ${count} posts were mirrored`));
    }, LATEST_MS);
    this.#changed = () => isDone() && resolve();
    if (isDone()) resolve();
    await promise.finally(() => clearTimeout(late));
  }
}

class Stage {
  tooMany = 0;
  readonly #sim: DiscordSim;
  readonly #seen: Sightings;
  readonly #targets: number;
  readonly #send: (event: Record<string, unknown>) => Promise<void>;
  #serial = 0;

  constructor(
    sim: DiscordSim,
    seen: Sightings,
    targets: number,
    send: (event: Record<string, unknown>) => Promise<void>,
  ) {
    this.#sim = sim;
    this.#seen = seen;
    this.#targets = targets;
    this.#send = send;
  }

  /** The first posts pay for loading and for learning how long Discord takes; every channel's limit begins anew after them. */
  async warmUp(): Promise<void> {
    for (let count = 1; count <= WARM_UPS; count += 1) {
      await this.#post();
      await this.#seen.acknowledged(count * this.#targets);
    }
    await this.#rest();
  }

  async measure(
    { rate, seconds }: MirrorOptions,
    say: (text: string) => void,
  ): Promise<Omit<MirrorReport, "tooMany">> {
    const signals = Array.from({ length: Math.ceil(rate * seconds) }, (_, index) => index);
    await onSchedule(signals, rate, new Map(), async () => {
      await this.#post();
      this.#count();
    });
    await this.#seen.acknowledged(signals.length * this.#targets);
    this.#count();
    const agesOf = (surface: Sighting["surface"]) =>
      this.#seen.of(surface).map(({ ageMs }) => ageMs);
    const received = percentiles("received", agesOf("botReceived"));
    say(`work received by the bot: p50 ${received.p50} ms, p95 ${received.p95} ms`);
    return {
      dispatch: percentiles("dispatch", agesOf("botDispatched")),
      ack: percentiles("ack", agesOf("botAcknowledged")),
    };
  }

  /** Five signals at once, and a close that must not wait for them. */
  async burst(say: (text: string) => void): Promise<void> {
    await this.#rest();
    await Promise.all(Array.from({ length: BURST }, () => this.#post()));
    await this.#post("close");
    await this.#seen.acknowledged((BURST + 1) * this.#targets);
    this.#count();
    const dispatched = this.#seen.of("botDispatched");
    const closedAtMs = Math.max(...dispatched.map(({ committedAtMs }) => committedAtMs));
    const isClose = (one: Sighting) => one.committedAtMs === closedAtMs;
    const ages = (of: readonly Sighting[]) => of.map(({ ageMs }) => ageMs);
    const queued = percentiles("burst", ages(dispatched.filter((one) => !isClose(one))));
    const close = percentiles("close", ages(dispatched.filter(isClose)));
    say(
      `burst of ${BURST}: dispatch p50 ${queued.p50} ms, p95 ${queued.p95} ms; the close behind it: p50 ${close.p50} ms, p95 ${close.p95} ms`,
    );
  }

  async #post(kind?: "close"): Promise<void> {
    this.#serial += 1;
    await this.#send({ ...eventOf(this.#serial), ...(kind !== undefined && { kind }) });
  }

  /** Until Discord's windows have closed. */
  async #rest(): Promise<void> {
    this.#count();
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    this.#seen.forget();
  }

  #count(): void {
    this.tooMany += this.#sim.requests().filter(({ status }) => status === 429).length;
    this.#sim.clearRequests(); // it keeps only the last ones
  }
}
