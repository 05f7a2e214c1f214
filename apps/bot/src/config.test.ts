import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const complete = {
  CONVEX_SELF_HOSTED_URL: "http://127.0.0.1:3210/",
  HELIOGRAPH_SITE_URL: "http://127.0.0.1:3211",
  HELIOGRAPH_BOT_TOKEN: "token",
  DISCORD_TOKEN: "discord",
};

test("Discord is the real one unless another is named, and trailing slashes go", () => {
  const config = readConfig(complete, "host:1");
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
  ["HELIOGRAPH_BOT_SHARDS", "0,x", "HELIOGRAPH_BOT_SHARDS must be whole numbers"],
])("a wrong %s is named", (name, value, message) => {
  const read = () => readConfig({ ...complete, [name]: value }, "host:1");
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(message);
});
