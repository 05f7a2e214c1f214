/** What the bot is told by its environment. Read once, at start. */
export interface BotConfig {
  readonly convexUrl: string;
  readonly siteUrl: string;
  /** Machine token of kind bot: exchanged for short-lived JWTs. */
  readonly machineToken: string;
  readonly discordToken: string;
  /** Base of Discord's REST API, e.g. https://discord.com/api */
  readonly discordApiUrl: string;
  /** Guild shards this process works on, as lease names. */
  readonly shards: readonly number[];
  /** Name in leases and logs; unique per process. */
  readonly holder: string;
}

/** A variable is missing or unusable; the message names it and says what it is for. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws ConfigError. `processName` becomes part of the holder name. */
export function readConfig(env: Environment, processName: string): BotConfig {
  return {
    convexUrl: url(env, "CONVEX_SELF_HOSTED_URL", "where the Convex deployment is"),
    siteUrl: url(env, "HELIOGRAPH_SITE_URL", "where the deployment's HTTP actions are"),
    machineToken: text(env, "HELIOGRAPH_BOT_TOKEN", "the machine token made by `machines:issue`"),
    discordToken: text(env, "DISCORD_TOKEN", "the bot token of the Discord application"),
    discordApiUrl:
      env.DISCORD_API_URL === undefined || env.DISCORD_API_URL === ""
        ? "https://discord.com/api"
        : url(env, "DISCORD_API_URL", "the base of Discord's REST API"),
    shards: shards(env.HELIOGRAPH_BOT_SHARDS ?? "0"),
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

function shards(list: string): readonly number[] {
  const numbers = list.split(",").map((part) => Number(part));
  if (numbers.every((shard) => Number.isInteger(shard) && shard >= 0)) return numbers;
  throw new ConfigError(
    `HELIOGRAPH_BOT_SHARDS must be whole numbers joined by commas, not "${list}".`,
  );
}
