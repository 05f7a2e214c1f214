/** The Discord application of this deployment: who it is, and where Discord is. */
import { findEnvironment, getEnvironment } from "../environment.ts";

const DISCORD_URL = "https://discord.com";

/** Where Discord is, without a slash at the end. A stand-in is named by HELIOGRAPH_DISCORD_OAUTH_URL. */
export function discordUrl(): string {
  return findEnvironment("HELIOGRAPH_DISCORD_OAUTH_URL")?.replace(/\/+$/, "") ?? DISCORD_URL;
}

/** Whether this deployment has a Discord application. */
export function hasDiscord(): boolean {
  return (
    findEnvironment("AUTH_DISCORD_ID") !== undefined &&
    findEnvironment("AUTH_DISCORD_SECRET") !== undefined
  );
}

/** Throws `not_configured`. */
export function application(): { clientId: string; clientSecret: string } {
  return {
    clientId: getEnvironment("AUTH_DISCORD_ID"),
    clientSecret: getEnvironment("AUTH_DISCORD_SECRET"),
  };
}

/** The page that Discord sends people back to: listed as a redirect in Discord's developer portal. */
export function linkRedirect(): string {
  return `${getEnvironment("SITE_URL").replace(/\/+$/, "")}/link/discord`;
}

/** What only the bot may ask; undefined without a bot. */
export function botToken(): string | undefined {
  return findEnvironment("HELIOGRAPH_DISCORD_BOT_TOKEN");
}
