/**
 * The demo's world: one server where the analyst posts, one where customers
 * read, and which channel is mirrored into which.
 */
import type { Ports } from "./flags.ts";

const SOURCE_GUILD = "1200000000000000001";
const CUSTOMER_GUILD = "1200000000000000002";
const CUSTOMER_SERVER = "Lindqvist Members";

/** Ids are fixed so that a start with kept data finds the same channels. */
export const CHANNELS = {
  basicCalls: {
    id: "1200000000000000011",
    guildId: SOURCE_GUILD,
    name: "basic-calls",
    minTier: "basic",
  },
  advancedCalls: {
    id: "1200000000000000012",
    guildId: SOURCE_GUILD,
    name: "advanced-calls",
    minTier: "advanced",
  },
  proCalls: { id: "1200000000000000013", guildId: SOURCE_GUILD, name: "pro-calls", minTier: "pro" },
} as const;

const TARGETS = [
  { sourceName: "basic-calls", id: "1200000000000000021", name: "signals" },
  { sourceName: "advanced-calls", id: "1200000000000000022", name: "signals-advanced" },
  { sourceName: "pro-calls", id: "1200000000000000023", name: "signals-pro" },
] as const;

export const ANALYST = {
  id: "1200000000000000031",
  username: "mara",
  displayName: "Mara Lindqvist",
};
export const BOT_TOKEN = "demo-bot-token";
const BOT_NAME = "Heliograph";

/** Two customers, to sign in with. */
const CUSTOMERS = [
  { id: "1200000000000000032", username: "dora", displayName: "Dora", email: "dora@example.com" },
  { id: "1200000000000000033", username: "emil", displayName: "Emil", email: "emil@example.com" },
];
/** The simulated Discord is on loopback, so this secret keeps nobody out. */
const APPLICATION = { clientId: "1200000000000000042", clientSecret: "demo-application-secret" };

/** What the simulated Discord starts with. `site`: where the deployment's HTTP actions are; `web`: the customers' pages. */
export const discordSeed = ({ site, web }: { site: string; web: string }) => ({
  guilds: [
    {
      id: SOURCE_GUILD,
      name: "Lindqvist Desk",
      channels: Object.values(CHANNELS).map(({ id, name }) => ({ id, name })),
    },
    {
      id: CUSTOMER_GUILD,
      name: CUSTOMER_SERVER,
      channels: TARGETS.map(({ id, name }) => ({ id, name })),
      members: [ANALYST.username, BOT_NAME], // customers are added when they have a plan
    },
  ],
  bots: [{ token: BOT_TOKEN, username: BOT_NAME, id: "1200000000000000041" }],
  users: [ANALYST, ...CUSTOMERS],
  applications: [
    {
      ...APPLICATION,
      redirectUris: [`${site}/api/auth/callback/discord`, `${web}/link/discord`],
      bot: BOT_NAME,
    },
  ],
});

/** Lets people sign in with the simulated Discord, link it and be added to the customers' server, and its pictures be copied. */
export const discordEnvironment = (discord: string) => ({
  AUTH_DISCORD_ID: APPLICATION.clientId,
  AUTH_DISCORD_SECRET: APPLICATION.clientSecret,
  HELIOGRAPH_DISCORD_OAUTH_URL: discord,
  HELIOGRAPH_MEDIA_LOOPBACK: discord,
  HELIOGRAPH_DISCORD_BOT_TOKEN: BOT_TOKEN,
});

/** What `setup:seed` makes of it in the backend. */
export const BACKEND_SEED = {
  sources: Object.values(CHANNELS).map(({ id, guildId, name, minTier }) => ({
    name,
    guildId,
    channelId: id,
    minTier,
  })),
  routes: TARGETS.map(({ sourceName, id, name }) => ({
    sourceName,
    guildId: CUSTOMER_GUILD,
    channelId: id,
    name,
  })),
  servers: [
    { guildId: CUSTOMER_GUILD, name: CUSTOMER_SERVER, minTier: "basic", joinAtPurchase: true },
  ],
};

export function origins(ports: Ports) {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    engine: at(ports.engine),
    site: at(ports.site),
    web: at(ports.web),
    console: at(ports.console),
    discord: at(ports.discord),
    payments: at(ports.payments),
  };
}
