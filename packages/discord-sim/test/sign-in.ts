/** Signing in with Discord as an application does it, without a browser. */
import { createHash, randomBytes } from "node:crypto";
import type { DiscordSim } from "../src/index.ts";

export const REDIRECT = "http://127.0.0.1:9/link/discord";

export type Tokens = {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
  token_type: string;
};

export function consentUrl(
  sim: DiscordSim,
  params: Readonly<Record<string, string>>,
  bot = "mirror-bot",
): string {
  const url = new URL(`${sim.url}/oauth2/authorize`);
  const all = {
    response_type: "code",
    client_id: sim.userId(bot),
    redirect_uri: REDIRECT,
    scope: "identify",
    ...params,
  };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return url.toString();
}

export function pkce() {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  return { verifier, params: { code_challenge: challenge, code_challenge_method: "S256" } };
}

/** The code that the redirect carries. */
export function codeOf(location: string): string {
  return new URL(location).searchParams.get("code") ?? "";
}

export function token(
  sim: DiscordSim,
  form: Readonly<Record<string, string>>,
  { bot = "mirror-bot", path = "/oauth2/token" } = {},
): Promise<Response> {
  const client = { client_id: sim.userId(bot), client_secret: `secret-of-${bot}` };
  return fetch(`${sim.apiUrl}${path}`, {
    method: "POST",
    body: new URLSearchParams({ ...client, redirect_uri: REDIRECT, ...form }),
  });
}

export async function signIn(
  sim: DiscordSim,
  username: string,
  scope: string,
  { bot = "mirror-bot" } = {},
): Promise<Tokens> {
  const code = codeOf(sim.authorize(consentUrl(sim, { scope }, bot), username));
  const answer = await token(sim, { grant_type: "authorization_code", code }, { bot });
  if (!answer.ok) throw new Error(`no token: ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}
