import { expect, test } from "vitest";
import { ConfigError, readConfigs, readHealthPort } from "./config.ts";

const complete = {
  CONVEX_SELF_HOSTED_URL: "http://127.0.0.1:3210/",
  HELIOGRAPH_SITE_URL: "http://127.0.0.1:3211",
  HELIOGRAPH_BOT_TOKEN: "token",
  DISCORD_TOKEN: "discord",
};

test("Discord is the real one unless another is named, and trailing slashes go", () => {
  const [config] = readConfigs(complete, "host:1");
  expect(config).toMatchObject({
    discordApiUrl: "https://discord.com/api",
    convexUrl: "http://127.0.0.1:3210",
    shards: [0],
    holder: "host:1",
  });
});

test.each([
  ["HELIOGRAPH_BOT_TOKEN", undefined, "HELIOGRAPH_BOT_TOKEN is not set"],
  ["DISCORD_TOKEN", " token\n", "DISCORD_TOKEN has white space around it"],
  ["DISCORD_API_URL", "ftp://x", "DISCORD_API_URL must be an http(s) address"],
  ["DISCORD_TOKEN", "one,,two", "DISCORD_TOKEN names an empty token"],
  ["DISCORD_TOKEN", "one,one", "or one twice"],
  ["DISCORD_SHARDS", "0,1", "DISCORD_SHARD_COUNT must say of how many"],
  ["DISCORD_SHARD_COUNT", "4", "DISCORD_SHARD_COUNT is for shards"],
  ["HELIOGRAPH_BOT_SHARDS", "0,x", "HELIOGRAPH_BOT_SHARDS must be different whole numbers"],
])("a wrong %s is named", (name, value, message) => {
  const read = () => readConfigs({ ...complete, [name]: value }, "host:1");
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(message);
});

const tokens = { ...complete, DISCORD_TOKEN: "one, two,three" };

test("each token is a bot of its own, with its own worker shard and name", () => {
  expect(readConfigs(tokens, "host:1")).toMatchObject([
    { discordToken: "one", shards: [0], holder: "host:1" },
    { discordToken: "two", shards: [1], holder: "host:1#1" },
    { discordToken: "three", shards: [2], holder: "host:1#2" },
  ]);
});

test("worker shards are given to tokens one by one, or from a first one on", () => {
  const shardsOf = (list: string) =>
    readConfigs({ ...tokens, HELIOGRAPH_BOT_SHARDS: list }, "h").map(({ shards }) => shards);
  expect(shardsOf("4")).toEqual([[4], [5], [6]]);
  expect(shardsOf("7,2,9")).toEqual([[7], [2], [9]]);
  expect(() => shardsOf("0,1")).toThrow("must give each of the 3 tokens its number");
});

test("gateway shards are Discord's choice, or those that are named", () => {
  const gatewayOf = (env: object) => readConfigs({ ...complete, ...env }, "h")[0]?.gateway;
  expect(gatewayOf({})).toBeUndefined();
  expect(gatewayOf({ DISCORD_SHARDS: "auto" })).toBeUndefined();
  const named = { DISCORD_SHARDS: "2,3", DISCORD_SHARD_COUNT: "4" };
  expect(gatewayOf(named)).toEqual({ shardIds: [2, 3], shardCount: 4 });
});

test("there is no health endpoint unless a port is named", () => {
  expect(readHealthPort({})).toBeNull();
  expect(readHealthPort({ HELIOGRAPH_BOT_HEALTH_PORT: "9100" })).toBe(9_100);
  expect(() => readHealthPort({ HELIOGRAPH_BOT_HEALTH_PORT: "x" })).toThrow(ConfigError);
});
