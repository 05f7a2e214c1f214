/**
 * Signing in with Discord. The endpoints can be moved (HELIOGRAPH_DISCORD_OAUTH_URL), so that a simulated
 * Discord serves. Convex Auth keeps state and PKCE.
 */
import Discord, { type DiscordProfile as Profile } from "@auth/core/providers/discord";
import { discordUrl } from "../discord/application.ts";
import { avatarUrl } from "../discord/oauth.ts";
import { findEnvironment } from "../environment.ts";

/** The provider for Convex Auth. An e-mail that Discord has not verified is left out. */
export function discordProvider() {
  const host = discordUrl();
  const provider = Discord({
    clientId: findEnvironment("AUTH_DISCORD_ID") ?? "not-configured",
    clientSecret: findEnvironment("AUTH_DISCORD_SECRET") ?? "not-configured",
    checks: ["pkce", "state"],
    authorization: { url: `${host}/oauth2/authorize`, params: { scope: "identify email" } },
    token: `${host}/api/oauth2/token`,
    profile: (profile: Profile) => ({
      id: profile.id,
      discordId: profile.id,
      username: profile.username,
      name: profile.global_name ?? profile.username,
      email: profile.verified ? profile.email : null,
      emailVerified: profile.verified,
      image: avatarUrl(profile.id, profile.avatar ?? ""),
    }),
  });
  return {
    ...provider,
    // Asked here, because the library asks over https only, and a simulated Discord is on loopback.
    userinfo: {
      url: `${host}/api/users/@me`,
      request: async ({ tokens }: { tokens: { access_token?: string } }) =>
        await whoIs(host, tokens.access_token ?? ""),
    },
  };
}

async function whoIs(host: string, token: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${host}/api/users/@me`, { headers });
  if (!response.ok) throw new Error(`Discord answered ${response.status} to users/@me`);
  return { ...(await response.json()) }; // an object of this realm: the library checks with instanceof
}
