/**
 * A simulated Discord, a backend in memory and one bot at a time, in one process and under one time that passes only
 * when told to.
 */
import type { RoleMapping } from "@heliograph/domain";
import { type DiscordSim, ManualClock as SimClock, startDiscordSim } from "discord-sim";
import { BotLife } from "../../../apps/bot/test/bot-life.ts";
import { settled } from "../../../apps/bot/test/manual-clock.ts";
import { MemoryBackend } from "../../../apps/bot/test/memory-backend.ts";
import { MemoryRoles } from "../../../apps/bot/test/memory-roles.ts";

const TOKEN = "test-bot-token";
const BEGINS_MS = Date.parse("2026-02-14T20:00:00.000Z");
const TARGETS = ["one", "two", "three"];
const ROLES = ["basic", "advanced", "pro", "extra"];
export const PEOPLE = ["ada", "ben", "cleo", "dan"];
const LONGEST_RECONNECT_MS = 20_000;
const PLENTY = { limit: 1_000_000, perMs: 1_000 };
/** What the bot writes, as the simulator names it. */
export const MIRROR_ROUTES = [
  "POST /channels/:id/messages",
  "PATCH /channels/:id/messages/:message",
  "DELETE /channels/:id/messages/:message",
  "GET /channels/:id/messages",
  "POST /webhooks/:id/:token",
  "PATCH /webhooks/:id/:token/messages/:message",
  "DELETE /webhooks/:id/:token/messages/:message",
];
export const ROLE_ROUTES = [
  "PUT /guilds/:id/members/:user/roles/:role",
  "DELETE /guilds/:id/members/:user/roles/:role",
  "PATCH /guilds/:id/members/:user",
  "GET /guilds/:id/members/:user",
  "GET /guilds/:id/members",
];
const OTHER_ROUTES = ["GET /channels/:id/messages/:message", "POST /channels/:id/webhooks"];
const LIMITS = Object.fromEntries(
  [...MIRROR_ROUTES, ...ROLE_ROUTES, ...OTHER_ROUTES].map((route) => [route, PLENTY]),
);

export class Stage {
  readonly sim: DiscordSim;
  readonly backend: MemoryBackend;
  readonly roles: MemoryRoles;
  readonly guildId: string;
  readonly sourceId: string;
  readonly targetIds: readonly string[];
  readonly roleIds: readonly string[];
  readonly mode: "bot" | "webhook";
  /** Roles that somebody was given by hand, as `user role`. */
  readonly byHand = new Set<string>();
  readonly logged: string[] = [];
  #clock: SimClock;
  readonly #lives: BotLife[] = [];

  private constructor(sim: DiscordSim, clock: SimClock, mode: "bot" | "webhook") {
    this.sim = sim;
    this.#clock = clock;
    this.mode = mode;
    this.guildId = sim.guildId("Club");
    this.sourceId = sim.channelId("Desk", "calls");
    this.targetIds = TARGETS.map((name) => sim.channelId("Club", name));
    this.roleIds = ROLES.map((name) => sim.roleId("Club", name));
    this.backend = new MemoryBackend(this.targets(), () => clock.nowMs());
    this.backend.mode = mode;
    this.backend.rows.mostLosses = 3;
    this.backend.addSource(this.sourceId, { guildId: sim.guildId("Desk") });
    this.roles = new MemoryRoles(this.guildId, () => this.backend.lease);
  }

  static async open(mode: "bot" | "webhook"): Promise<Stage> {
    const clock = new SimClock(BEGINS_MS);
    const sim = await startDiscordSim({
      clock,
      heartbeatIntervalMs: 2 ** 31 - 1, // the bot's heart beats in real time
      routeLimits: LIMITS,
      globalLimit: PLENTY,
      webhookChannelLimit: PLENTY,
      sessionStarts: { sessionStarts: 10_000, maxConcurrency: 1_000 },
      seed: {
        guilds: [
          { name: "Desk", channels: [{ name: "calls" }] },
          {
            name: "Club",
            channels: TARGETS.map((name) => ({ name })),
            roles: ROLES.map((name) => ({ name })),
          },
        ],
        bots: [{ token: TOKEN, username: "Heliograph" }],
        users: ["mara", ...PEOPLE].map((username) => ({ username })),
      },
    });
    return new Stage(sim, clock, mode);
  }

  get life(): BotLife | null {
    const life = this.#lives.at(-1);
    return life?.isDead === false ? life : null;
  }

  /** Routes into these of the targets, or into all. */
  targets(channelIds: readonly string[] = this.targetIds) {
    return channelIds.map((channelId) => ({ guildId: this.guildId, channelId }));
  }

  map(mappings: readonly RoleMapping[]): void {
    this.roles.map(mappings);
  }

  /** A bot comes up, once the lease of the one before has run out. */
  async startBot(): Promise<void> {
    if (this.life !== null) return;
    this.backend.expireLease();
    const name = `life-${this.#lives.length + 1}`;
    const door = this.backend.doorOf(name);
    const life = await BotLife.begin({
      backend: {
        ...door,
        ...this.roles.doorOf(name),
        acquireLease: async (shard) => {
          const lease = await door.acquireLease(shard);
          this.roles.leaseChanged();
          return lease;
        },
      },
      discordApiUrl: this.sim.apiUrl,
      discordToken: TOKEN,
      nowMs: this.#clock.nowMs(),
      log: (event, fields) => this.logged.push(`${event} ${JSON.stringify(fields ?? {})}`),
    });
    this.#lives.push(life);
  }

  /** Time passes, for everybody alike. */
  async pass(ms: number): Promise<void> {
    this.#clock.advance(ms);
    await this.life?.clock.advance(ms);
    await settled();
  }

  /** Resolves when the bot has nothing under way that needs no more than a moment. */
  async idle(): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      const before = this.sim.requests().length;
      for (let turn = 0; turn < 6; turn += 1) await settled();
      await this.pass(20);
      const { life } = this;
      const isCalm = (life?.inFlight ?? 0) === 0 && this.sim.requests().length === before;
      calm = isCalm ? calm + 1 : 0;
    }
  }

  /** Resolves when the gateway has the bot again, which takes its own time, not the simulated. */
  async connected(): Promise<void> {
    const endsMs = Date.now() + LONGEST_RECONNECT_MS;
    while (this.life?.isConnected === false) {
      if (Date.now() > endsMs) throw new Error("the bot does not come back to the gateway");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async close(): Promise<void> {
    this.life?.die();
    await this.sim.close();
    await Promise.all(this.#lives.map((life) => life.end()));
  }
}
