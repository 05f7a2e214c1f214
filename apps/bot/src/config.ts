/** What the bot is told by its environment. Read once, at start. */
export interface BotConfig {
  readonly convexUrl: string;
  readonly siteUrl: string;
  /** Machine token of kind bot: exchanged for short-lived JWTs. */
  readonly machineToken: string;
  readonly discordToken: string;
  /** Which gateway shards this process opens. Left out: as many as Discord recommends. */
  readonly gateway?: GatewayShards | undefined;
  /** Base of Discord's REST API, e.g. https://discord.com/api */
  readonly discordApiUrl: string;
  /** Guild shards this process works on, as lease names. */
  readonly shards: readonly number[];
  /** Name in leases and logs; unique per process and token. */
  readonly holder: string;
}

export interface GatewayShards {
  readonly shardIds: readonly number[];
  /** Of how many there are in all processes. */
  readonly shardCount: number;
}

/** A variable is missing or unusable; the message names it and says what it is for. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One configuration per bot token: DISCORD_TOKEN may name several, joined by commas. The n-th token
 * serves the n-th of HELIOGRAPH_BOT_SHARDS; of one number, that one and those that follow it. Throws ConfigError.
 */
export function readConfigs(env: Environment, processName: string): readonly BotConfig[] {
  const config = readConfig(env, processName);
  const tokens = config.discordToken.split(",").map((token) => token.trim());
  if (tokens.length === 1) return [config];
  if (tokens.includes("") || new Set(tokens).size < tokens.length) {
    throw new ConfigError("DISCORD_TOKEN names an empty token, or one twice.");
  }
  const [first = 0] = config.shards;
  const all = config.shards.length === 1 ? tokens.map((_, index) => first + index) : config.shards;
  if (all.length !== tokens.length) {
    throw new ConfigError(
      `HELIOGRAPH_BOT_SHARDS must give each of the ${tokens.length} tokens its number, or name the first.`,
    );
  }
  return tokens.map((discordToken, index) => ({
    ...config,
    discordToken,
    shards: [all[index] ?? first],
    holder: index === 0 ? config.holder : `${config.holder}#${index}`,
  }));
}

/** The loopback port of the health endpoint; null: none. 0 takes a free one. Throws ConfigError. */
export function readHealthPort(env: Environment): number | null {
  const value = env.HELIOGRAPH_BOT_HEALTH_PORT;
  if (value === undefined || value === "") return null;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new ConfigError(`HELIOGRAPH_BOT_HEALTH_PORT must be a port, not "${value}".`);
}

/** Throws ConfigError. `processName` becomes part of the holder name. */
function readConfig(env: Environment, processName: string): BotConfig {
  return {
    convexUrl: url(env, "CONVEX_SELF_HOSTED_URL", "where the Convex deployment is"),
    siteUrl: url(env, "HELIOGRAPH_SITE_URL", "where the deployment's HTTP actions are"),
    machineToken: text(env, "HELIOGRAPH_BOT_TOKEN", "the machine token made by `machines:issue`"),
    discordToken: text(env, "DISCORD_TOKEN", "the bot token of the Discord application"),
    discordApiUrl:
      env.DISCORD_API_URL === undefined || env.DISCORD_API_URL === ""
        ? "https://discord.com/api"
        : url(env, "DISCORD_API_URL", "the base of Discord's REST API"),
    gateway: gatewayShards(env),
    shards: numbers("HELIOGRAPH_BOT_SHARDS", env.HELIOGRAPH_BOT_SHARDS ?? "0"),
    holder: env.HELIOGRAPH_BOT_NAME ?? processName,
  };
}

function text(env: Environment, name: string, purpose: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new ConfigError(`${name} is not set: ${purpose}.`);
  if (value.trim() !== value)
    throw new ConfigError(`${name} has white space around it: remove it.`);
  return value;
}

function url(env: Environment, name: string, purpose: string): string {
  const value = text(env, name, purpose);
  if (!URL.canParse(value) || !/^https?:/.test(value)) {
    throw new ConfigError(`${name} must be an http(s) address (${purpose}), not "${value}".`);
  }
  return value.replace(/\/+$/, "");
}

function gatewayShards(env: Environment): GatewayShards | undefined {
  const { DISCORD_SHARDS: list = "", DISCORD_SHARD_COUNT: count = "" } = env;
  if (list === "" || list === "auto") {
    if (count === "") return undefined;
    throw new ConfigError("DISCORD_SHARD_COUNT is for shards that DISCORD_SHARDS names.");
  }
  const shardIds = numbers("DISCORD_SHARDS", list);
  const shardCount = Number(count);
  if (Number.isInteger(shardCount) && shardIds.every((shard) => shard < shardCount)) {
    return { shardIds, shardCount };
  }
  throw new ConfigError(
    `DISCORD_SHARD_COUNT must say of how many shards those of DISCORD_SHARDS are, not "${count}".`,
  );
}

function numbers(name: string, list: string): readonly number[] {
  const all = list.split(",").map((part) => Number(part));
  const isGood = all.every((one) => Number.isInteger(one) && one >= 0);
  if (isGood && new Set(all).size === all.length) return all;
  throw new ConfigError(`${name} must be different whole numbers joined by commas, not "${list}".`);
}
