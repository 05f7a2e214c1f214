/**
 * `npm run torture -- ingest`: kill -9 of the engine at random moments while a
 * source that retries posts, a bot mirrors and viewers watch. Afterwards every
 * acknowledged signal must be there exactly once, seqs without a hole, no mirror
 * twice, and every viewer caught up without being told to.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryOutbox, IngestClient } from "@heliograph/ingest-client";
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { issueMachine, shardKeys } from "../../deployment/admin.ts";
import { deploy, runCli } from "../../deployment/convex-cli.ts";
import { type DiscordWorld, openDiscordWorld } from "../../deployment/discord-world.ts";
import { type EngineProcess, startEngine } from "../../deployment/engine-process.ts";
import { readFeed } from "../../deployment/read-feed.ts";
import { makeSecrets, toDotenv } from "../../deployment/secrets.ts";
import { Viewer } from "../../deployment/viewer.ts";
import { between, type Random, seededRandom } from "../random.ts";

const BATCHES = 1_000;
const SOURCES = 4;
const VIEWERS = 6;
const CATCH_UP_MS = 180_000; // discord.js keeps to 50 posts a second: 2,000 mirrors take 40 s at best
const FEED = "pro"; // the feed of the world's source

export interface TortureOptions {
  readonly kills: number;
  readonly seed: number;
}

export interface TortureReport {
  readonly acknowledged: number;
  readonly stored: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly holes: number;
  readonly kills: number;
}

/** Throws when a viewer or the mirrored channel did not catch up. */
export async function tortureIngest(
  options: TortureOptions,
  say: (text: string) => void,
): Promise<TortureReport> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-torture-"));
  const engine = await startEngine(join(dir, "engine"));
  try {
    const environment = join(dir, "environment");
    writeFileSync(environment, toDotenv(makeSecrets()), { mode: 0o600 });
    await runCli(engine, ["env", "set", "--from-file", environment]);
    await deploy(engine);
    const world = await openDiscordWorld(engine, { unlimited: true });
    try {
      return await run(engine, world, options, say);
    } finally {
      await world.close();
    }
  } finally {
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run(
  engine: EngineProcess,
  world: DiscordWorld,
  options: TortureOptions,
  say: (text: string) => void,
): Promise<TortureReport> {
  const random = seededRandom(options.seed);
  const bot = await world.startBot("torture");
  await bot.logged("lease.held");
  const viewers = await watch(engine);
  const progress = { batches: 0 };
  const killing = killRepeatedly(engine, options.kills, random, progress, say);
  const acknowledged = await sendAll(engine, world, random, progress);
  const kills = await killing;
  say(
    `${acknowledged.size} signals acknowledged, ${kills} kills; waiting for everybody to catch up ...`,
  );
  await caughtUp(acknowledged, viewers, world);
  for (const { client } of viewers) await client.close();
  return judge(engine, world, acknowledged, kills);
}

interface Watching {
  readonly client: ConvexClient;
  readonly seen: Set<string>;
  readonly viewer: Viewer;
}

async function watch(engine: EngineProcess): Promise<Watching[]> {
  const keys = await shardKeys(engine, 1);
  return Array.from({ length: VIEWERS }, () => {
    const client = new ConvexClient(engine.url, { unsavedChangesWarning: false });
    const seen = new Set<string>();
    const door = {
      subscribe: (path: string, args: Record<string, unknown>, onValue: (value: unknown) => void) =>
        client.onUpdate(makeFunctionReference<"query">(path), args, onValue),
    };
    return { client, seen, viewer: new Viewer(door, keys, ({ content }) => seen.add(content)) };
  });
}

/** Kills at random points of the run, spread over all batches. */
async function killRepeatedly(
  engine: EngineProcess,
  kills: number,
  random: Random,
  progress: { batches: number },
  say: (text: string) => void,
): Promise<number> {
  const points = Array.from({ length: kills }, () => between(random, 5, BATCHES - 5)).sort(
    (a, b) => a - b,
  );
  for (const [index, point] of points.entries()) {
    while (progress.batches < point) await pause(2);
    await pause(random() * 20); // not always at the edge of a batch
    await engine.kill();
    await engine.start();
    say(`kill ${index + 1} of ${kills} after ${progress.batches} batches`);
  }
  return points.length;
}

/** Four sources with the client that we publish: it repeats a batch until it has been answered. */
async function sendAll(
  engine: EngineProcess,
  world: DiscordWorld,
  random: Random,
  progress: { batches: number },
): Promise<Set<string>> {
  const { token } = await issueMachine(engine, { kind: "source", name: "torture" });
  const acknowledged = new Set<string>();
  let next = 0;
  const source = async () => {
    const outbox = createMemoryOutbox();
    const client = new IngestClient({ siteUrl: engine.siteUrl, token, outbox });
    while (next < BATCHES) {
      const batch = batchOf(next++, between(random, 1, 3), world.sourceChannelId);
      const results = await client.send(batch);
      for (const [index, { status }] of results.entries()) {
        const messageId = batch[index]?.messageId;
        const isStored = status === "accepted" || status === "duplicate";
        if (messageId === undefined || !isStored) throw new Error(`a good event was ${status}`);
        acknowledged.add(messageId);
      }
      progress.batches += 1;
    }
  };
  await Promise.all(Array.from({ length: SOURCES }, source));
  return acknowledged;
}

function batchOf(number: number, size: number, channelId: string) {
  return Array.from({ length: size }, (_, index) => {
    const messageId = `t-${number}-${index}`;
    const content = `signal ${messageId}`;
    return { type: "create" as const, messageId, channelId, occurredAt: Date.now(), content };
  });
}

async function caughtUp(
  acknowledged: ReadonlySet<string>,
  viewers: readonly Watching[],
  world: DiscordWorld,
): Promise<void> {
  const deadline = Date.now() + CATCH_UP_MS;
  const behind = () => [
    ...viewers
      .filter(({ seen, viewer }) => seen.size < acknowledged.size || !viewer.view().isComplete)
      .map(({ seen }, index) => `viewer ${index} has ${seen.size}`),
    ...(new Set(world.mirrored()).size < acknowledged.size
      ? [`${world.mirrored().length} are mirrored`]
      : []),
  ];
  while (behind().length > 0) {
    if (Date.now() > deadline)
      throw new Error(`not caught up with ${acknowledged.size} signals: ${behind().join("; ")}`);
    await pause(100);
  }
}

async function judge(
  engine: EngineProcess,
  world: DiscordWorld,
  acknowledged: ReadonlySet<string>,
  kills: number,
): Promise<TortureReport> {
  const signals = await readFeed(engine, await shardKeys(engine, 1), FEED);
  const contents = signals.map(({ content }) => content);
  const stored = new Set(contents);
  const seqs = signals.map(({ seq }) => seq);
  const mirrored = world.mirrored();
  return {
    acknowledged: acknowledged.size,
    stored: stored.size,
    missing: [...acknowledged].filter((id) => !stored.has(`signal ${id}`)).length,
    duplicates: contents.length - stored.size + (mirrored.length - new Set(mirrored).size),
    holes: seqs.filter((seq, index) => seq !== index + 1).length,
    kills,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
