/** Signing in with Discord as an application sees it, attacks included. */
import { expect, test } from "vitest";
import { codeOf, consentUrl, pkce, REDIRECT, signIn, token } from "../../test/sign-in.ts";
import { startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

async function bearer(sim: DiscordSim, path: string, accessToken: string) {
  const answer = await fetch(`${sim.apiUrl}${path}`, {
    headers: { Authorization: `Bearer ${accessToken}` },
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}

const EXCHANGE = { grant_type: "authorization_code" };

async function errorOf(answer: Response): Promise<{ status: number; error: string }> {
  const { error } = (await answer.json()) as { error: string };
  return { status: answer.status, error };
}

const INVALID_GRANT = { status: 400, error: "invalid_grant" };

test("[DOAUTH1] a code becomes tokens once; again, late, elsewhere or for another client it does not", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const consent = () => codeOf(sim.authorize(consentUrl(sim, {}), "reader"));
  const code = consent();
  const first = await token(sim, { ...EXCHANGE, code });
  expect(await first.json()).toMatchObject({
    token_type: "Bearer",
    expires_in: 604_800,
    scope: "identify",
  });
  expect(await errorOf(await token(sim, { ...EXCHANGE, code }))).toEqual(INVALID_GRANT);
  const foreign = await token(sim, { ...EXCHANGE, code: consent() }, { bot: "other-bot" });
  expect(await errorOf(foreign)).toEqual(INVALID_GRANT);
  const elsewhere = { ...EXCHANGE, code: consent(), redirect_uri: `${REDIRECT}/other` };
  expect(await errorOf(await token(sim, elsewhere))).toEqual(INVALID_GRANT);
  const late = consent();
  clock.advance(60_000);
  expect(await errorOf(await token(sim, { ...EXCHANGE, code: late }))).toEqual(INVALID_GRANT);
});

test("[DOAUTH2] with PKCE a code opens only with its verifier", async () => {
  const sim = await startSim();
  const { verifier, params } = pkce();
  const consent = () => codeOf(sim.authorize(consentUrl(sim, params), "reader"));
  const without = { ...EXCHANGE, code: consent() };
  expect(await errorOf(await token(sim, without))).toEqual(INVALID_GRANT);
  const code = consent();
  const wrong = { ...EXCHANGE, code, code_verifier: pkce().verifier };
  expect(await errorOf(await token(sim, wrong))).toEqual(INVALID_GRANT);
  const late = { ...EXCHANGE, code, code_verifier: verifier };
  expect(await errorOf(await token(sim, late))).toEqual(INVALID_GRANT); // used up by the wrong attempt
  const right = { ...EXCHANGE, code: consent(), code_verifier: verifier };
  expect((await token(sim, right)).status).toBe(200);
});

test("[DOAUTH3] refreshing gives new tokens and kills the old; revoking either kills both", async () => {
  const sim = await startSim();
  const old = await signIn(sim, "reader", "identify");
  const refresh = (refreshToken: string) =>
    token(sim, { grant_type: "refresh_token", refresh_token: refreshToken });
  const fresh = (await (await refresh(old.refresh_token)).json()) as typeof old;
  expect((await bearer(sim, "/users/@me", old.access_token)).status).toBe(401);
  expect((await bearer(sim, "/users/@me", fresh.access_token)).status).toBe(200);
  expect(await errorOf(await refresh(old.refresh_token))).toEqual(INVALID_GRANT);
  const revoked = await token(
    sim,
    { token: fresh.refresh_token },
    { path: "/oauth2/token/revoke" },
  );
  expect(revoked.status).toBe(200);
  expect((await bearer(sim, "/users/@me", fresh.access_token)).status).toBe(401);
});

test("[DOAUTH4] a wrong secret is no client; Basic works; another content type and grant are refused", async () => {
  const sim = await startSim();
  const code = codeOf(sim.authorize(consentUrl(sim, {}), "reader"));
  const wrong = await token(sim, { ...EXCHANGE, code, client_secret: "wrong" });
  expect(await errorOf(wrong)).toEqual({ status: 401, error: "invalid_client" });
  const odd = await token(sim, { grant_type: "password" });
  expect(await errorOf(odd)).toEqual({ status: 400, error: "unsupported_grant_type" });
  const json = await fetch(`${sim.apiUrl}/oauth2/token`, { method: "POST", body: "{}" });
  expect(json.status).toBe(400);
  const basic = Buffer.from(`${sim.userId("mirror-bot")}:secret-of-mirror-bot`).toString("base64");
  const answer = await fetch(`${sim.apiUrl}/oauth2/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ ...EXCHANGE, code, redirect_uri: REDIRECT }),
  });
  expect(answer.status).toBe(200);
});

test("[DOAUTH5] the scopes decide what a token reads, and a dead one reads nothing", async () => {
  const clock = new ManualClock();
  const sim = await startSim({
    clock,
    seed: {
      guilds: [{ name: "Desk", channels: [] }],
      bots: [{ token: "t", username: "mirror-bot" }],
      users: [{ username: "reader", displayName: "Rea Der", email: "r@example.com" }],
    },
  });
  const narrow = await signIn(sim, "reader", "identify");
  const me = await bearer(sim, "/users/@me", narrow.access_token);
  expect(me.body).toMatchObject({ username: "reader", global_name: "Rea Der" });
  expect(me.body).not.toHaveProperty("email");
  expect((await bearer(sim, "/users/@me/guilds", narrow.access_token)).status).toBe(403);
  const wide = await signIn(sim, "reader", "identify email guilds guilds.members.read");
  expect((await bearer(sim, "/users/@me", wide.access_token)).body).toMatchObject({
    email: "r@example.com",
    verified: true,
  });
  const guilds = await bearer(sim, "/users/@me/guilds", wide.access_token);
  expect(guilds.body).toMatchObject([{ name: "Desk", owner: true }]);
  const about = await bearer(sim, "/oauth2/@me", wide.access_token);
  expect(about.body).toMatchObject({ scopes: expect.arrayContaining(["email"]) });
  clock.advance(604_800_000);
  expect((await bearer(sim, "/users/@me", wide.access_token)).status).toBe(401);
});

test("[DOAUTH5] taken back in Discord's settings, the tokens are dead", async () => {
  const sim = await startSim();
  const { access_token: accessToken } = await signIn(sim, "reader", "identify");
  const [clientId, userId] = [sim.userId("mirror-bot"), sim.userId("reader")];
  sim.act({ kind: "deauthorize", clientId, userId });
  expect((await bearer(sim, "/users/@me", accessToken)).status).toBe(401);
});

test("[DOAUTH6] the page names the wishes; agreeing leads back with code and state, refusing with an error", async () => {
  const sim = await startSim();
  const url = consentUrl(sim, { scope: "identify guilds.join", state: "s&1" });
  const page = await (await fetch(url)).text();
  expect(page).toContain("mirror-bot wants to");
  expect(page).toContain("Join servers for you");
  const decide = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url, { method: "POST", redirect: "manual", headers, body: new URLSearchParams(form) });
  const agreed = await decide({ user: sim.userId("reader"), answer: "allow" });
  expect(agreed.status).toBe(302);
  const to = new URL(agreed.headers.get("location") ?? "");
  expect(`${to.origin}${to.pathname}`).toBe(REDIRECT);
  expect(to.searchParams.get("state")).toBe("s&1");
  expect(to.searchParams.get("code")).toMatch(/^[\w-]{20,}$/);
  const refused = new URL(
    (await decide({ user: sim.userId("reader"), answer: "deny" })).headers.get("location") ?? "",
  );
  expect(refused.searchParams.get("error")).toBe("access_denied");
  const foreign = await decide(
    { user_id: sim.userId("reader") },
    { Origin: "http://evil.example" },
  );
  expect(foreign.status).toBe(403);
});

test("[DOAUTH7] an unknown application, address, scope or kind of answer leads nowhere", async () => {
  const bots = [{ token: "t", username: "mirror-bot", redirectUris: [REDIRECT] }];
  const sim = await startSim({ seed: { bots, users: [{ username: "reader" }] } });
  for (const params of [
    { client_id: "1" },
    { redirect_uri: "http://evil.example/" },
    { redirect_uri: `${REDIRECT}.evil.example` },
    { scope: "everything" },
    { code_challenge: "x", code_challenge_method: "plain" },
    { response_type: "token" },
  ]) {
    const page = await fetch(consentUrl(sim, params), { redirect: "manual" });
    expect(page.status).toBe(400);
    expect(page.headers.get("location")).toBeNull();
  }
  expect((await fetch(consentUrl(sim, {}))).status).toBe(200);
});

test("[DOAUTH4] an application of its own signs people in, whatever its id and secret look like", async () => {
  const application = { clientId: "app 1", clientSecret: "s:cr+t", redirectUris: [REDIRECT] };
  const users = [{ username: "reader", emailVerified: false }];
  const sim = await startSim({ seed: { users, applications: [application] } });
  const url = new URL(`${sim.url}/oauth2/authorize`);
  const query = { response_type: "code", client_id: "app 1", redirect_uri: REDIRECT };
  url.search = new URLSearchParams({ ...query, scope: "identify email" }).toString();
  const code = codeOf(sim.authorize(url.toString(), "reader"));
  const form = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  const basic = Buffer.from(`${form("app 1")}:${form("s:cr+t")}`).toString("base64");
  const answer = await fetch(`${sim.apiUrl}/oauth2/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ ...EXCHANGE, code, redirect_uri: REDIRECT }),
  });
  const { access_token: accessToken } = (await answer.json()) as { access_token: string };
  expect((await bearer(sim, "/users/@me", accessToken)).body).toMatchObject({
    email: "reader@discord.example",
    verified: false,
  });
});
