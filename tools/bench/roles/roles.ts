/**
 * `npm run bench -- roles`: from the end of access until the role is gone in a simulated Discord with its global
 * and per-server limits on, for a steady rate and for everybody at once, while signals are mirrored beside it.
 *
 *   this process      ends access on schedule, posts a signal a second, and is Discord
 *   engine, bot       the deployment, and the bot as it ships
 *
 * Discord's own bucket for roles is about 10 changes in 10 s a server, whoever asks: in one server no bot is faster
 * than that. `--bucket` is how many a second the simulator allows instead, so that ours can be seen.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ConvexClient } from "convex/browser";
import { api } from "../../../convex/_generated/api.js";
import type { Id } from "../../../convex/_generated/dataModel.js";
import { issueMachine, readTable } from "../../deployment/admin.ts";
import { importTable } from "../../deployment/customers.ts";
import { type DiscordWorld, openDiscordWorld } from "../../deployment/discord-world.ts";
import type { EngineProcess } from "../../deployment/engine-process.ts";
import { freshDeployment } from "../../deployment/fresh-deployment.ts";
import { type Percentiles, percentiles } from "../percentiles.ts";
import type { RolesOptions } from "./options.ts";

const ROLE = "Pro";
const SETTLES_MS = 180_000;
const QUIET_S = 10;
const STEADY_P95_MS = 2_000;
const BURST_MS = 20_000;

export interface RolesReport {
  /** Access ended until the role was taken, in ms, at the steady rate. */
  readonly steady: Percentiles;
  /** Access of everybody ended at once until the last role was taken, in ms. */
  readonly burstMs: number;
  /** Posted until mirrored, in ms: without role changes, at the steady rate, during the burst. */
  readonly mirror: {
    readonly alone: Percentiles;
    readonly steady: Percentiles;
    readonly burst: Percentiles;
  };
  /** Answers of Discord that said "too many", of whichever limit; a call that comes a millisecond early is one. */
  readonly tooMany: number;
}

/** Whether what is promised was kept. */
export function isHeld({ steady, burstMs }: RolesReport): boolean {
  return steady.p95 < STEADY_P95_MS && burstMs < BURST_MS;
}

/** Runs the bench on a fresh deployment. Throws when roles do not follow at all. */
export async function runRoles(
  options: RolesOptions,
  say: (text: string) => void,
): Promise<RolesReport> {
  say("starting an engine and pushing convex/ ...");
  const { engine, close } = await freshDeployment();
  const limit = { limit: options.bucket, perMs: 1_000 };
  const world = await openDiscordWorld(engine, {
    members: Array.from({ length: options.members }, (_, index) => `member-${index}`),
    roles: [{ name: ROLE }],
    targets: options.targets,
    routeLimits: {
      "DELETE /guilds/:id/members/:user/roles/:role": limit,
      "PUT /guilds/:id/members/:user/roles/:role": limit,
    },
  });
  const people = await Crowd.gather(engine, world, options.members);
  try {
    await (await world.startBot("bench")).logged("lease.held");
    return await measure({ options, world, people, say });
  } finally {
    await people.leave();
    await world.close();
    await close();
  }
}

interface Stage {
  readonly options: RolesOptions;
  readonly world: DiscordWorld;
  readonly people: Crowd;
  readonly say: (text: string) => void;
}

async function measure({ options, world, people, say }: Stage): Promise<RolesReport> {
  say(`giving ${options.members} members their role ...`);
  await people.giveAll();
  say("mirroring alone ...");
  const alone = await withMirroring(world, async () => await pause(QUIET_S * 1_000));
  say(`ending the access of ${options.rate} members a second ...`);
  let latencies: number[] = [];
  const steady = await withMirroring(world, async () => {
    latencies = await people.endAt(options.rate);
  });
  say("giving it to everybody again ...");
  await people.giveAll();
  say("ending the access of everybody at once ...");
  let burst: number[] = [];
  const during = await withMirroring(world, async () => {
    burst = await people.endAt(Number.POSITIVE_INFINITY);
  });
  return {
    steady: percentiles("roles", latencies),
    burstMs: Math.max(...burst),
    mirror: { alone, steady, burst: during },
    tooMany: people.tooMany(),
  };
}

/** Posts a signal a second while the work goes on; how long each took to each channel. */
async function withMirroring(world: DiscordWorld, work: () => Promise<void>): Promise<Percentiles> {
  const posted = new Map<string, number>();
  const post = () => {
    const content = `signal ${posted.size} of ${Date.now()}`;
    posted.set(content, Date.now());
    world.post(content);
  };
  post();
  const timer = setInterval(post, 1_000);
  await work();
  clearInterval(timer);
  await pause(2_000); // the last of them
  const latencies = world.targetChannelIds.flatMap((channelId) =>
    world.sim.messages(channelId).flatMap(({ content, timestamp }) => {
      const atMs = posted.get(content);
      return atMs === undefined ? [] : [Date.parse(timestamp) - atMs];
    }),
  );
  if (latencies.length < posted.size * world.targetChannelIds.length) {
    throw new Error("a signal was not mirrored everywhere");
  }
  return percentiles("mirroring", latencies);
}

interface Person {
  readonly userId: Id<"users">;
  readonly discordId: string;
}

/** People with a linked account, and staff that gives and ends their access. */
class Crowd {
  readonly #client: ConvexClient;
  readonly #world: DiscordWorld;
  readonly #people: readonly Person[];
  readonly #roleId: string;
  #grants: Id<"grants">[] = [];
  #tooMany = 0;

  private constructor(client: ConvexClient, world: DiscordWorld, people: readonly Person[]) {
    this.#client = client;
    this.#world = world;
    this.#people = people;
    this.#roleId = world.sim.roleId("Members", ROLE);
  }

  static async gather(engine: EngineProcess, world: DiscordWorld, count: number): Promise<Crowd> {
    const people = await importPeople(engine, world, count);
    const { token } = await issueMachine(engine, { kind: "console", name: "bench" });
    const client = new ConvexClient(engine.url, { unsavedChangesWarning: false });
    client.setAuth(async () => await exchange(engine, token));
    const crowd = new Crowd(client, world, people);
    await client.mutation(api.roleMappings.save, {
      ...{ guildId: world.targetGuildId, guildName: "Members", roleId: crowd.#roleId, name: ROLE },
      ...{ tier: "pro", andAbove: true },
    });
    return crowd;
  }

  async giveAll(): Promise<void> {
    const given = await Promise.all(
      this.#people.map(async ({ userId }) => {
        const gift = { userId, tier: "pro" as const, untilMs: null, reason: `bench ${Date.now()}` };
        return (await this.#client.mutation(api.access.giveGrant, gift)).grantId;
      }),
    );
    this.#grants = given;
    await this.#until(() => this.#holders() === this.#people.length);
    this.#forgetRequests();
  }

  /** Ends everybody's access, so many a second; how long each role took to be taken, in ms. */
  async endAt(perSecond: number): Promise<number[]> {
    const startedAtMs = Date.now();
    const endedAtMs: number[] = [];
    const ends = this.#grants.map(async (grantId, index) => {
      const atMs = startedAtMs + (index / perSecond) * 1_000;
      await pause(Math.max(0, atMs - Date.now()));
      endedAtMs[index] = Date.now();
      await this.#client.mutation(api.access.revokeGrant, { grantId });
    });
    await Promise.all(ends);
    await this.#until(() => this.#holders() === 0);
    const takenAtMs = this.#takenAtMs();
    this.#forgetRequests();
    return this.#people.map(({ discordId }, index) => {
      return (takenAtMs.get(discordId) ?? Number.NaN) - (endedAtMs[index] ?? 0);
    });
  }

  tooMany(): number {
    return this.#tooMany;
  }

  async leave(): Promise<void> {
    await this.#client.close();
  }

  #holders(): number {
    const members = this.#world.sim.members(this.#world.targetGuildId);
    return members.filter(({ roles }) => roles.some(({ id }) => id === this.#roleId)).length;
  }

  #takenAtMs(): Map<string, number> {
    const taken = this.#world.sim
      .requests()
      .filter(
        ({ method, path, status }) =>
          method === "DELETE" && path.endsWith(this.#roleId) && status === 204,
      );
    return new Map(taken.map(({ path, atMs }) => [path.split("/")[4] ?? "", atMs]));
  }

  #forgetRequests(): void {
    const requests = this.#world.sim.requests();
    this.#tooMany += requests.filter(({ status }) => status === 429).length;
    this.#world.sim.clearRequests();
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadlineMs = Date.now() + SETTLES_MS;
    while (!isSo()) {
      if (Date.now() > deadlineMs) throw new Error("roles did not follow access in three minutes");
      await pause(20);
    }
  }
}

async function importPeople(
  engine: EngineProcess,
  world: DiscordWorld,
  count: number,
): Promise<Person[]> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-bench-"));
  try {
    const names = Array.from({ length: count }, (_, index) => `member-${index}`);
    await importTable(
      engine,
      dir,
      "users",
      names.map((name) => ({ name })),
    );
    const users = await readTable(engine, "users");
    const people = names.map((name) => {
      const userId = String(users.find((user) => user.name === name)?._id) as Id<"users">;
      return { userId, discordId: world.sim.userId(name) };
    });
    const identities = people.map(({ userId, discordId }) => {
      return { kind: "discord", value: discordId, userId, sinceMs: Date.now() };
    });
    await importTable(engine, dir, "identities", identities);
    return people;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function exchange(engine: EngineProcess, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${engine.siteUrl}/auth/machine`, { method: "POST", headers });
  if (!response.ok) throw new Error(`the exchange answers ${response.status}`);
  const answer: { token: string } = await response.json();
  return answer.token;
}
