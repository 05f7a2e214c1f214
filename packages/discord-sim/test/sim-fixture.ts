/** What the tests share: a simulator that closes itself, a logged-in discord.js client, raw requests. */
import { Client, type ClientEvents, Events, GatewayIntentBits } from "discord.js";
import { onTestFinished } from "vitest";
import { type DiscordSim, type DiscordSimOptions, startDiscordSim } from "../src/index.ts";

export const TOKEN = "token-of-mirror-bot";
export const OTHER_TOKEN = "token-of-other-bot";

export const SEED = {
  guilds: [
    {
      name: "Desk",
      channels: [{ name: "signals" }, { name: "lounge" }],
      roles: [{ name: "Basic" }],
    },
    { name: "Club", channels: [{ name: "mirror" }] },
  ],
  bots: [
    { token: TOKEN, username: "mirror-bot" },
    { token: OTHER_TOKEN, username: "other-bot" },
  ],
  users: [{ username: "analyst", displayName: "Ana Lyst" }, { username: "reader" }],
};

export async function startSim(options: DiscordSimOptions = {}): Promise<DiscordSim> {
  const sim = await startDiscordSim({
    seed: SEED,
    reportBug: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => sim.close());
  return sim;
}

const ALL = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMembers,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.MessageContent,
];

/** Resolves when the client is ready. Identifies without the 5 s pause, which is discord.js's own. */
export async function login(sim: DiscordSim, token = TOKEN, intents = ALL): Promise<Client<true>> {
  const client = new Client({
    intents,
    rest: { api: sim.apiUrl },
    ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }) },
  });
  onTestFinished(() => client.destroy());
  const ready = next(client, Events.ClientReady);
  await client.login(token);
  const [readyClient] = await ready;
  return readyClient;
}

/** The next event of that kind. */
export function next<E extends keyof ClientEvents>(
  client: Client,
  event: E,
): Promise<ClientEvents[E]> {
  return new Promise((resolve) => client.once(event, (...args) => resolve(args)));
}

export type Answer = { status: number; headers: Headers; body: unknown };

/** A raw REST request of a bot; an empty token sends none. */
export async function rest(
  sim: DiscordSim,
  line: string,
  { token = TOKEN, body }: { token?: string; body?: unknown } = {},
): Promise<Answer> {
  const [method = "GET", path = "/"] = line.split(" ");
  const answer = await fetch(`${sim.apiUrl}/v10${path}`, {
    method,
    headers: {
      ...(token !== "" && { Authorization: `Bot ${token}` }),
      ...(body !== undefined &&
        !(body instanceof FormData) && { "Content-Type": "application/json" }),
    },
    ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === "" ? null : JSON.parse(text),
  };
}

/** A 3 x 2 picture. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGNQWJAAQQxwFgBCFAbBxKh9HQAAAABJRU5ErkJggg==",
  "base64",
);
