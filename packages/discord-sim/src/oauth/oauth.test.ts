import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { rest, SEED, startSim } from "../../test/sim-fixture.ts";
import { type DiscordSim, ManualClock } from "../index.ts";

const BACK = "http://127.0.0.1:9/back";
const VERIFIER = "a verifier that is long enough to be one, they say";
const APPLICATION = { clientId: "app 1", clientSecret: "s:cret", redirectUris: [BACK] };
const USERS = [
  { username: "analyst", email: "ana@example.com" },
  { username: "reader", email: "eve@example.com", emailVerified: false },
];

const start = async (clock?: ManualClock) =>
  await startSim({
    seed: { ...SEED, users: USERS, applications: [APPLICATION] },
    ...(clock && { clock }),
  });

function addressOf(sim: DiscordSim, changes: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: APPLICATION.clientId,
    redirect_uri: BACK,
    scope: "identify email",
    state: "kept & returned",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  });
  return `${sim.url}/oauth2/authorize?${query}`;
}

async function answer(sim: DiscordSim, address: string, username: string, said = "allow") {
  const id = sim.users().find((user) => user.username === username)?.id ?? "";
  const body = new URLSearchParams({ user: id, answer: said });
  const response = await fetch(address, { method: "POST", body, redirect: "manual" });
  return new URL(response.headers.get("location") ?? "http://nowhere");
}

async function exchange(sim: DiscordSim, fields: Record<string, string>, secret = "s:cret") {
  const form = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  const basic = `${form(APPLICATION.clientId)}:${form(secret)}`;
  const response = await fetch(`${sim.apiUrl}/oauth2/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(basic).toString("base64")}` },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      redirect_uri: BACK,
      code_verifier: VERIFIER,
      ...fields,
    }),
  });
  const body: Record<string, unknown> = await response.json();
  return { status: response.status, body };
}

async function whoIs(sim: DiscordSim, token: unknown) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${sim.apiUrl}/users/@me`, { headers });
  return { status: response.status, body: await response.json() };
}

test("[DOAU1] a person picks an account, agrees, and is sent back with a code and the state", async () => {
  const sim = await start();
  const page = await (await fetch(addressOf(sim))).text();
  expect(page).toContain("analyst");
  expect(page).not.toContain("mirror-bot");
  const back = await answer(sim, addressOf(sim), "analyst");
  expect(back.searchParams.get("state")).toBe("kept & returned");
  const { body } = await exchange(sim, { code: back.searchParams.get("code") ?? "" });
  expect(body).toMatchObject({ token_type: "Bearer", scope: "identify email" });
  expect(await whoIs(sim, body.access_token)).toMatchObject({
    status: 200,
    body: { username: "analyst", email: "ana@example.com", verified: true },
  });
  const refreshed = await exchange(sim, {
    grant_type: "refresh_token",
    refresh_token: String(body.refresh_token),
  });
  expect((await whoIs(sim, refreshed.body.access_token)).status).toBe(200);
});

test("[DOAU1] nobody is sent to an address that is not registered, and saying no is told", async () => {
  const sim = await start();
  for (const change of [
    { redirect_uri: "http://elsewhere.example/" },
    { client_id: "unknown" },
    { response_type: "token" },
    { scope: "email" },
    { code_challenge_method: "plain" },
  ]) {
    expect((await fetch(addressOf(sim, change))).status).toBe(400);
  }
  const back = await answer(sim, addressOf(sim), "analyst", "deny");
  expect(back.searchParams.get("error")).toBe("access_denied");
  expect(back.searchParams.get("code")).toBeNull();
});

test("[DOAU2] a code is good once, for its verifier, address and secret, for a minute", async () => {
  const clock = new ManualClock();
  const sim = await start(clock);
  const newCode = async () =>
    (await answer(sim, addressOf(sim), "analyst")).searchParams.get("code") ?? "";
  const code = await newCode();
  expect((await exchange(sim, { code })).status).toBe(200);
  expect((await exchange(sim, { code })).body).toMatchObject({ error: "invalid_grant" });
  expect((await exchange(sim, { code: await newCode(), code_verifier: "x" })).status).toBe(400);
  expect((await exchange(sim, { code: await newCode(), redirect_uri: "x" })).status).toBe(400);
  expect((await exchange(sim, { code: await newCode() }, "wrong")).status).toBe(401);
  const late = await newCode();
  clock.advance(60_000);
  expect((await exchange(sim, { code: late })).status).toBe(400);
});

test("[DOAU3] without the scope there is no e-mail; a bot's token still names the bot", async () => {
  const sim = await start();
  const back = await answer(sim, addressOf(sim, { scope: "identify" }), "reader");
  const { body } = await exchange(sim, { code: back.searchParams.get("code") ?? "" });
  expect((await whoIs(sim, body.access_token)).body).not.toHaveProperty("email");
  expect((await whoIs(sim, "made up")).status).toBe(401);
  expect((await rest(sim, "GET /users/@me")).body).toMatchObject({ username: "mirror-bot" });
});
