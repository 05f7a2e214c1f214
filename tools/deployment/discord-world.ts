/**
 * A simulated Discord with one source and one target channel, known to the
 * deployment under test, and bot processes that can be killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  type DiscordSim,
  type DiscordSimOptions,
  type PersonFile,
  type RoleSeed,
  startDiscordSim,
} from "discord-sim";
import { issueMachine, seed } from "./admin.ts";
import { ROOT } from "./convex-cli.ts";
import type { TestDeployment } from "./given-deployment.ts";

const BOT_TOKEN = "test-bot-token";
const ANALYST = "mara";
/** What the bot is called in Discord, and so is its role. */
export const BOT_NAME = "Heliograph";
const UNLIMITED = { "POST /channels/:id/messages": { limit: 1_000, perMs: 1_000 } };

export interface DiscordWorld {
  readonly sim: DiscordSim;
  readonly botToken: string;
  readonly sourceChannelId: string;
  readonly targetChannelId: string;
  /** All channels the source is mirrored into; the first is `targetChannelId`. */
  readonly targetChannelIds: readonly string[];
  /** The server of the target channel, where customers are. */
  readonly targetGuildId: string;
  /** Posts in the source channel as the analyst; returns the message's id. */
  post(content: string, files?: readonly PersonFile[]): string;
  edit(messageId: string, content: string): void;
  remove(messageId: string): void;
  /** What stands in the target channel, oldest first. */
  mirrored(): string[];
  startBot(name: string): Promise<BotProcess>;
  close(): Promise<void>;
}

export interface BotProcess {
  readonly name: string;
  readonly machineId: string;
  /** Resolves with its fields when the bot has logged the event. */
  logged(event: string): Promise<Record<string, unknown>>;
  /** Resolves with the exit code when the process has ended, whoever ended it. */
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** No limit per channel: for runs that post more in a minute than Discord allows in an hour. */
  readonly unlimited?: boolean;
  /** Roles of the server customers are in, from the lowest to the highest. */
  readonly roles?: readonly RoleSeed[];
  /** Who is in it besides the analyst. */
  readonly members?: readonly string[];
  /** Channels the source is mirrored into, 1 unless given. */
  readonly targets?: number;
  /** Sizes of Discord's buckets, where they are to be others. */
  readonly routeLimits?: DiscordSimOptions["routeLimits"];
}

export async function openDiscordWorld(
  deployment: TestDeployment,
  { unlimited = false, roles = [], members = [], targets = 1, routeLimits }: WorldOptions = {},
): Promise<DiscordWorld> {
  const id = () => String(10n ** 17n + BigInt(`0x${randomBytes(7).toString("hex")}`));
  const [sourceGuild, targetGuild, source, target] = [id(), id(), id(), id()];
  const targetChannelIds = [target, ...Array.from({ length: targets - 1 }, id)];
  const name = `calls-${source}`;
  const sim = await startDiscordSim({
    routeLimits: { ...(unlimited && UNLIMITED), ...routeLimits },
    seed: {
      guilds: [
        { id: sourceGuild, name: "Desk", channels: [{ id: source, name: "calls" }] },
        {
          id: targetGuild,
          name: "Members",
          channels: targetChannelIds.map((channelId, index) => ({
            id: channelId,
            name: index === 0 ? "signals" : `signals-${index}`,
          })),
          roles: [...roles],
        },
      ],
      bots: [{ token: BOT_TOKEN, username: BOT_NAME }],
      users: [ANALYST, ...members].map((username) => ({ username })),
    },
  });
  await seed(deployment, {
    sources: [{ name, guildId: sourceGuild, channelId: source, minTier: "pro" }],
    routes: targetChannelIds.map((channelId) => {
      return { sourceName: name, guildId: targetGuild, channelId, name: "signals" };
    }),
  });
  const bots: BotProcess[] = [];
  return {
    sim,
    botToken: BOT_TOKEN,
    sourceChannelId: source,
    targetChannelId: target,
    targetChannelIds,
    targetGuildId: targetGuild,
    post: (content, files = []) =>
      sim.post({ username: ANALYST, channelId: source, content, files }).id,
    edit: (messageId, content) => void sim.edit({ channelId: source, messageId, content }),
    remove: (messageId) => sim.remove({ channelId: source, messageId }),
    mirrored: () => sim.messages(target).map(({ content }) => content),
    async startBot(botName) {
      const bot = await startBotProcess(deployment, botName, {
        DISCORD_TOKEN: BOT_TOKEN,
        DISCORD_API_URL: sim.apiUrl,
      });
      bots.push(bot);
      return bot;
    },
    async close() {
      await Promise.all(bots.map((bot) => bot.stop()));
      await sim.close();
    },
  };
}

/** A bot as a process of its own; resolves when it has reached Discord. */
export async function startBotProcess(
  deployment: TestDeployment,
  name: string,
  env: Record<string, string>,
): Promise<BotProcess> {
  const { token, machineId } = await issueMachine(deployment, { kind: "bot", name });
  const bot = spawnBot(name, machineId, {
    CONVEX_SELF_HOSTED_URL: deployment.url,
    HELIOGRAPH_SITE_URL: deployment.siteUrl,
    HELIOGRAPH_BOT_TOKEN: token,
    HELIOGRAPH_BOT_NAME: name,
    ...env,
  });
  await Promise.race([
    bot.logged("discord.ready"),
    bot.ended.then((code) => Promise.reject(new Error(`bot ${name} ended with ${code}`))),
  ]);
  return bot;
}

function spawnBot(name: string, machineId: string, env: Record<string, string>): BotProcess {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "apps/bot/src/main.ts")],
    { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const seen = new Map<string, LogLine>();
  const waiting = new Map<string, ((line: LogLine) => void)[]>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = readLine(text);
    if (!seen.has(line.event)) seen.set(line.event, line);
    for (const resolve of waiting.get(line.event) ?? []) resolve(line);
    waiting.delete(line.event);
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    name,
    machineId,
    ended,
    logged: (event) =>
      new Promise((resolve) => {
        const line = seen.get(event);
        if (line !== undefined) resolve(line);
        else waiting.set(event, [...(waiting.get(event) ?? []), resolve]);
      }),
    kill: () => end(child, "SIGKILL", ended),
    stop: () => end(child, "SIGTERM", ended),
  };
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  ended: Promise<unknown>,
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended;
}

type LogLine = Record<string, unknown> & { readonly event: string };

/** A log line of the bot; libraries write plain lines in between. */
function readLine(text: string): LogLine {
  try {
    return JSON.parse(text);
  } catch {
    return { event: text };
  }
}
