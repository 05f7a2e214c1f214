/** Connects to Discord, however long that takes, and says when Discord is through with us. */
import { Client, type ClientOptions, Events, GatewayIntentBits, Options, REST } from "discord.js";
import { type Clock, pause } from "../clock.ts";
import type { BotConfig } from "../config.ts";
import { errorText, type Log } from "../log.ts";
import type { CallBudget } from "./call-budget.ts";
import { type DiscordRefusal, refusalOfClose, refusalOfLogin } from "./discord-refusal.ts";
import { pacedRequest } from "./paced-request.ts";

const READY_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000; // of 1,000 sessions a day that leaves plenty

const LONGEST_TURN_MS = 120_000;
const LONGEST_WAIT_MS = 10_000; // what waits longer is given back and shown to the operator
const LONGEST_ROLE_WAIT_MS = 1_000; // a server that is limited must not fill the worker's hands

export interface DiscordDoors {
  readonly config: Pick<BotConfig, "discordToken" | "discordApiUrl" | "gateway">;
  readonly clock: Clock;
  readonly log: Log;
  /** What all calls of the process share. */
  readonly budget: CallBudget;
  /** Called with each client before it connects, so that no event is missed. */
  readonly prepare: (client: Client) => void;
  /** Discord has closed the connection for good, after it was ready. */
  readonly onRefused: (refusal: DiscordRefusal) => void;
}

/** Resolves when the gateway is ready; tries again while Discord cannot be reached. Rejects with DiscordRefusal. */
export async function connectDiscord(doors: DiscordDoors): Promise<Client<true>> {
  for (let retryInMs = FIRST_RETRY_MS; ; retryInMs = Math.min(MOST_RETRY_MS, retryInMs * 2)) {
    const client = new Client(optionsOf(doors));
    try {
      return await login(client, doors);
    } catch (error) {
      await client.destroy();
      const refusal = refusalOfLogin(error);
      if (refusal !== undefined) throw refusal;
      doors.log("discord.unreachable", { error: errorText(error), retryInMs });
      await pause(doors.clock, retryInMs);
    }
  }
}

function optionsOf({ config, budget }: DiscordDoors): ClientOptions {
  const { gateway } = config;
  return {
    ...(gateway === undefined
      ? { shards: "auto" as const }
      : { shards: gateway.shardIds, shardCount: gateway.shardCount }),
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMembers, // who joins gets their roles at once
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    // Raw payloads are used: cached messages and members would only take memory.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      GuildMemberManager: { maxSize: 0, keepOverLimit: ({ id, client }) => id === client.user.id },
    }),
    rest: {
      api: config.discordApiUrl,
      // Discord says in how many ms a limit ends, counted from its answer; the answer's own way
      // already makes us late. The 50 ms that discord.js adds would be half of our promise; 5 are for rounding.
      offset: 5,
      // A failed POST is repeated by discord.js: harmless, every post has its nonce.
      retries: 3,
      globalRequestsPerSecond: Number.MAX_SAFE_INTEGER, // the budget keeps it, and knows what is urgent
      timeout: LONGEST_TURN_MS, // how long a request waits for its turn; the answer has a time of its own
      makeRequest: pacedRequest(budget),
      rejectOnRateLimit: ({ route, timeToReset, retryAfter }) =>
        Math.max(timeToReset, retryAfter) > longestWaitMs(route),
    },
  };
}

function longestWaitMs(route: string): number {
  return route.startsWith("/guilds/:id/members") ? LONGEST_ROLE_WAIT_MS : LONGEST_WAIT_MS;
}

/** The client's REST without its own repeats: for what may not be sent twice. */
export function onceRest({ rest, token }: Client<true>): REST {
  return new REST({ ...rest.options, retries: 0 }).setToken(token);
}

async function login(client: Client, { config, clock, log, ...doors }: DiscordDoors) {
  let isReady = false;
  doors.prepare(client);
  client.on(Events.Error, (error) => log("discord.error", { error: errorText(error) }));
  client.on(Events.ShardError, (error) => log("discord.error", { error: errorText(error) }));
  client.on(Events.ShardReconnecting, () => log("discord.reconnecting"));
  client.on(Events.ShardResume, (_, replayed) => log("discord.resumed", { replayed }));
  client.on(Events.ShardDisconnect, ({ code }) => {
    const refusal = refusalOfClose(code);
    if (isReady && refusal !== undefined) doors.onRefused(refusal);
  });
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(config.discordToken);
  const readyClient = await Promise.race([ready, pause(clock, READY_MS)]);
  if (readyClient === undefined) throw new Error(`not ready after ${READY_MS / 1_000} s`);
  isReady = true;
  return readyClient;
}
