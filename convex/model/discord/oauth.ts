/**
 * Discord's OAuth2 as this deployment uses it: the code flow with PKCE. Only in actions.
 *
 * [DOA1] The address of the consent names the scopes, the state and the challenge, and no secret.
 */
import { encodeBase64url } from "@heliograph/domain";
import { sha256 } from "@noble/hashes/sha2.js";
import { application, discordUrl, linkRedirect } from "./application.ts";
import { type Answer, askDiscord, fieldOf, textOf } from "./ask.ts";
import type { LinkRefusalCode } from "./refusals.ts";
import type { DiscordProfile } from "./validators.ts";

const RANDOM_BYTES = 32;
const SNOWFLAKE = /^\d{1,20}$/;

/** What a code or a refresh token becomes. */
export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
}

export type Granted =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly code: LinkRefusalCode };

/** Text that nobody guesses. */
export function randomText(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

/** The page at Discord on which the person agrees. */
export function consentUrl(ask: { state: string; verifier: string; scopes: string[] }): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: application().clientId,
    redirect_uri: linkRedirect(),
    scope: ask.scopes.join(" "),
    state: ask.state,
    code_challenge: encodeBase64url(sha256(new TextEncoder().encode(ask.verifier))),
    code_challenge_method: "S256",
    prompt: "consent", // so that somebody with two accounts sees which one it is
  });
  return `${discordUrl()}/oauth2/authorize?${query}`;
}

/** The tokens for a code that a browser came back with. */
export async function exchangeCode(code: string, verifier: string): Promise<Granted> {
  return await askForTokens({
    grant_type: "authorization_code",
    code,
    code_verifier: verifier,
    redirect_uri: linkRedirect(),
  });
}

/** New tokens for old ones, which are dead from then on. `code_refused`: the leave was taken back. */
export async function refreshGrant(refreshToken: string): Promise<Granted> {
  return await askForTokens({ grant_type: "refresh_token", refresh_token: refreshToken });
}

/** Whether Discord will not take the tokens again; false: ask once more later. */
export async function revokeGrant(refreshToken: string): Promise<boolean> {
  const { status } = await post("/oauth2/token/revoke", {
    token: refreshToken,
    token_type_hint: "refresh_token",
  });
  return (status >= 200 && status < 300) || status === 400; // 400: not a token of ours any more
}

/** Whose token it is. */
export async function whoIs(
  accessToken: string,
): Promise<{ ok: true; profile: DiscordProfile } | { ok: false; code: LinkRefusalCode }> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const { status, body } = await askDiscord("/users/@me", { headers });
  if (status === 401 || status === 403) return { ok: false, code: "profile_refused" };
  if (status !== 200) return { ok: false, code: unreachableOr(status) };
  const discordId = textOf(body, "id");
  const username = textOf(body, "username");
  if (!SNOWFLAKE.test(discordId) || username === "") {
    return { ok: false, code: "discord_answer_invalid" };
  }
  const name = textOf(body, "global_name") || username;
  const avatar = textOf(body, "avatar");
  return { ok: true, profile: { discordId, username, name, image: avatarUrl(discordId, avatar) } };
}

/** The picture of a Discord account; `avatar` empty: Discord's own for it. */
export function avatarUrl(discordId: string, avatar: string): string {
  if (avatar === "") {
    return `https://cdn.discordapp.com/embed/avatars/${Number((BigInt(discordId) >> 22n) % 6n)}.png`;
  }
  const format = avatar.startsWith("a_") ? "gif" : "png";
  return `https://cdn.discordapp.com/avatars/${discordId}/${avatar}.${format}`;
}

async function askForTokens(fields: Record<string, string>): Promise<Granted> {
  const nowMs = Date.now();
  const { status, body } = await post("/oauth2/token", fields);
  if (status === 401) return { ok: false, code: "client_refused" };
  if (status === 400) return { ok: false, code: codeOfRefusal(textOf(body, "error")) };
  if (status !== 200) return { ok: false, code: unreachableOr(status) };
  const accessToken = textOf(body, "access_token");
  const refreshToken = textOf(body, "refresh_token");
  const seconds = fieldOf(body, "expires_in");
  const isWhole = accessToken !== "" && refreshToken !== "" && typeof seconds === "number";
  if (!isWhole) return { ok: false, code: "discord_answer_invalid" };
  const scopes = textOf(body, "scope").split(" ");
  const expiresAtMs = nowMs + seconds * 1_000;
  return { ok: true, grant: { accessToken, refreshToken, expiresAtMs, scopes } };
}

function codeOfRefusal(error: string): LinkRefusalCode {
  return error === "invalid_grant" ? "code_refused" : "client_refused";
}

function unreachableOr(status: number): LinkRefusalCode {
  const isAway = status === 0 || status === 429 || status >= 500;
  return isAway ? "discord_unreachable" : "discord_answer_invalid";
}

async function post(path: string, fields: Record<string, string>): Promise<Answer> {
  const { clientId, clientSecret } = application();
  const body = new URLSearchParams({
    ...fields,
    client_id: clientId,
    client_secret: clientSecret,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return await askDiscord(path, { method: "POST", headers, body: body.toString() });
}
