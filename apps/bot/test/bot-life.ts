/**
 * The whole bot in this process, put together as `apps/bot/src/bot.ts` does it, with a death at any step: before or
 * after any call to Discord or to the backend. From then on nothing it asks for is done or answered.
 */
import { type Client, Events, Status } from "discord.js";
import type { Backend } from "../src/backend.ts";
import { CallBudget } from "../src/discord/call-budget.ts";
import { connectDiscord } from "../src/discord/connect-discord.ts";
import { LeaseWork } from "../src/lease-work.ts";
import { Listeners } from "../src/listeners.ts";
import { ReceiptBook } from "../src/receipts/receipt-book.ts";
import { ManualClock } from "./manual-clock.ts";

export interface LifeDoors {
  readonly backend: Backend;
  readonly discordApiUrl: string;
  readonly discordToken: string;
  readonly nowMs: number;
  readonly log: (event: string, fields?: object) => void;
}

export class BotLife {
  readonly clock: ManualClock;
  /** The backend rejects that many of the next calls. */
  backendFailures = 0;
  /** Requests to Discord that are under way or wait for their turn. */
  inFlight = 0;
  requests = 0;
  isDead = false;
  #steps = 0;
  #diesAt = Number.POSITIVE_INFINITY;
  #client: Client | null = null;

  private constructor(nowMs: number) {
    this.clock = new ManualClock(nowMs);
  }

  static async begin(doors: LifeDoors): Promise<BotLife> {
    const life = new BotLife(doors.nowMs);
    await life.#begin(doors);
    return life;
  }

  /** Whether the gateway tells it everything. */
  get isConnected(): boolean {
    const shards = this.#client?.ws.shards;
    return shards?.every(({ status }) => status === Status.Ready) === true;
  }

  /** Lets it take that many steps more. */
  dieAfter(steps: number): void {
    this.#diesAt = this.#steps + steps;
  }

  /** Takes back a death that has not come yet. */
  live(): void {
    this.#diesAt = Number.POSITIVE_INFINITY;
  }

  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    // discord.js breaks when it is destroyed between its resume and the answer.
    if (this.isConnected) return void this.end();
    for (const event of [Events.ShardResume, Events.ShardReady] as const) {
      this.#client?.once(event, () => void this.end());
    }
  }

  /** Lets go of Discord, which a dead one does at once or when it is back at the gateway. */
  async end(): Promise<void> {
    await this.#client?.destroy().catch(() => {}); // of a dead one nobody hears
  }

  async #begin({ discordApiUrl, discordToken, log, ...doors }: LifeDoors): Promise<void> {
    const { clock } = this;
    const backend = this.#mortalBackend(doors.backend);
    const nowMs = () => clock.nowMs();
    const shared = { backend, clock, log, shards: [0], nowMs, onTokenRefused: () => {} };
    const listeners = new Listeners(shared);
    const client = await connectDiscord({
      config: { discordToken, discordApiUrl },
      clock,
      log,
      budget: new CallBudget(clock),
      prepare: (connecting) => {
        this.#client = connecting;
        this.#prepare(connecting);
        listeners.attach(connecting);
      },
      onRefused: () => {},
    });
    listeners.start(client);
    const receipts = new ReceiptBook({
      ...{ clock, serverNowMs: nowMs, random: () => 0, onError: () => {} },
      report: async () => {},
    });
    new LeaseWork(client, { ...shared, receipts, capture: listeners.capture }).start();
  }

  #prepare(client: Client): void {
    const { makeRequest } = client.rest.options;
    const counted: typeof makeRequest = async (...request) => {
      this.inFlight += 1;
      this.requests += 1;
      try {
        return await makeRequest(...request);
      } finally {
        this.inFlight -= 1;
      }
    };
    Object.assign(client.rest.options, {
      makeRequest: this.#mortal(counted),
      ...{ hashSweepInterval: 0, handlerSweepInterval: 0 }, // timers that would outlive it
    });
    // Discord's pause between two sessions, in real time.
    client.options.ws = {
      ...client.options.ws,
      buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }),
    };
  }

  #mortalBackend(backend: Backend): Backend {
    const entries = Object.entries(backend).map(([name, call]) => {
      if (name.startsWith("watch")) return [name, this.#watching(call as Watch)];
      if (name === "isConnected" || name === "onRefused") return [name, call];
      const failing = async (...args: unknown[]) => {
        if (this.backendFailures > 0) {
          this.backendFailures -= 1;
          throw new Error("the backend fails");
        }
        return await (call as (...args: unknown[]) => Promise<unknown>)(...args);
      };
      return [name, this.#mortal(failing)];
    });
    return Object.fromEntries(entries) as Backend;
  }

  /** What the backend pushes reaches no dead process. */
  #watching(watch: Watch): Watch {
    return (...args) => {
      const onChange = args.pop() as (value: unknown) => void;
      return watch(...args, (value: unknown) => {
        if (!this.isDead) onChange(value);
      });
    };
  }

  /** The call with a step before and one after it. */
  #mortal<Args extends unknown[], T>(call: (...args: Args) => Promise<T>) {
    return async (...args: Args): Promise<T> => {
      await this.#step();
      const answer = await call(...args);
      await this.#step();
      return answer;
    };
  }

  #step(): Promise<void> {
    this.#steps += 1;
    if (this.#steps >= this.#diesAt) this.die();
    return this.isDead ? new Promise(() => {}) : Promise.resolve();
  }
}

type Watch = (...args: unknown[]) => () => void;
