/** @convex-dev/auth as published: its server on the engine, its React provider in Chromium. */
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { exportJWK, exportPKCS8, generateKeyPair } from "jose";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BuiltPage, startBuiltPage } from "./built-page.ts";
import { action, query, type RunningServer, startServer } from "./running-server.ts";

const PASSWORD = "correct horse battery staple";
let server: RunningServer;
let site: BuiltPage;

beforeAll(async () => {
  server = await startServer("convex-auth", { ...(await keys()), SITE_URL: "http://127.0.0.1" });
  site = await startBuiltPage(join(server.project.dir, "page"), {
    VITE_CONVEX_URL: server.engine.url,
  });
});
afterAll(async () => {
  await site?.close();
  await server?.stop();
});

/** What `npx @convex-dev/auth` puts into the environment. */
async function keys() {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    JWT_PRIVATE_KEY: (await exportPKCS8(privateKey)).trimEnd().replaceAll("\n", " "),
    JWKS: JSON.stringify({ keys: [{ use: "sig", ...(await exportJWK(publicKey)) }] }),
  };
}

async function openTab(profile?: BrowserContext): Promise<Page> {
  const page = await (profile ?? (await site.profile())).newPage();
  await page.goto(site.origin);
  return page;
}

async function submit(page: Page, email: string, password = PASSWORD) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Go" }).click();
}

async function signedUp(email: string): Promise<Page> {
  const page = await openTab();
  await submit(page, email);
  await seesNotesOf(page, email);
  return page;
}

const seesNotesOf = (page: Page, email: string) =>
  page.getByRole("heading", { name: `Notes of ${email}` }).waitFor();
const seesForm = (page: Page) => page.getByRole("heading", { name: /^Sign / }).waitFor();

async function write(page: Page, note: string) {
  await page.getByLabel("Note").fill(note);
  await page.getByRole("button", { name: "Write" }).click();
  await page.getByRole("listitem").filter({ hasText: note }).waitFor();
}

const signOut = (page: Page) => page.getByRole("button", { name: "Sign out" }).click();
const tokenOf = (page: Page) => page.locator("section").getAttribute("data-token");

/** What the browser keeps under a name that begins with `prefix`. */
const stored = (page: Page, prefix: string) =>
  page.evaluate((start) => {
    const key = Object.keys(localStorage).find((name) => name.startsWith(start));
    return key === undefined ? null : localStorage.getItem(key);
  }, prefix);

test("[PKG1] signing up shows one's own notes, which stay after a reload", async () => {
  const page = await signedUp("ann@example.com");
  await write(page, "of Ann");
  const stranger = await signedUp("bob@example.com");
  expect(await stranger.getByRole("listitem").count()).toBe(0);
  await page.reload();
  await page.getByRole("listitem").filter({ hasText: "of Ann" }).waitFor();
});

test("[PKG1] a wrong password, a short one and a taken address are refused; the right one signs in", async () => {
  const page = await signedUp("carl@example.com");
  await write(page, "of Carl");
  await signOut(page);
  await seesForm(page);

  await submit(page, "carl@example.com", "another password");
  await page.getByRole("alert").filter({ hasText: "already exists" }).waitFor();
  await submit(page, "dora@example.com", "short");
  await page.getByRole("alert").filter({ hasText: "Invalid password" }).waitFor();
  await page.getByRole("button", { name: "I have an account" }).click();
  await submit(page, "carl@example.com", "another password");
  await page.getByRole("alert").filter({ hasText: "InvalidSecret" }).waitFor();
  await submit(page, "nobody@example.com");
  await page.getByRole("alert").filter({ hasText: "InvalidAccountId" }).waitFor();

  await submit(page, "carl@example.com");
  await page.getByRole("listitem").filter({ hasText: "of Carl" }).waitFor();
});

test("[PKG1] tokens are renewed before they expire, and the page stays signed in", async () => {
  const page = await signedUp("emil@example.com");
  const first = await tokenOf(page);
  const { exp } = claimsOf(first);
  await expect
    .poll(async () => claimsOf(await tokenOf(page)).iat, { timeout: 15_000 })
    .toBeGreaterThan(exp);
  await write(page, "after the first token's end");
  await seesNotesOf(page, "emil@example.com");
  expect(claimsOf(await tokenOf(page)).sub).toBe(claimsOf(first).sub);

  const late = new ConvexHttpClient(server.engine.url, { auth: first ?? "", logger: false });
  await expect(late.query(query("notes:mine"), {})).rejects.toThrow("Could not verify OIDC token");
});

test("[PKG1] signing out shows the form and ends the session on the server", async () => {
  const page = await signedUp("fay@example.com");
  const refreshToken = await stored(page, "__convexAuthRefreshToken");
  await signOut(page);
  await seesForm(page);
  expect(await stored(page, "__convexAuthJWT")).toBeNull();
  expect(await server.http().action(action("auth:signIn"), { refreshToken })).toEqual({
    tokens: null,
  });
  await page.reload();
  await seesForm(page);
});

test("[PKG1] two tabs sign in and out together, and follow each other's notes", async () => {
  const profile = await site.profile();
  const [left, right] = [await openTab(profile), await openTab(profile)];
  await seesForm(right);
  await submit(left, "gus@example.com");
  await seesNotesOf(right, "gus@example.com");
  await write(right, "from the right");
  await left.getByRole("listitem").filter({ hasText: "from the right" }).waitFor();
  await signOut(left);
  await seesForm(right);
});

test("[PKG1] the site serves the discovery document and the keys that tokens are verified with", async () => {
  const { siteUrl } = server.engine;
  const discovery = await (await fetch(`${siteUrl}/.well-known/openid-configuration`)).json();
  expect(discovery).toMatchObject({
    issuer: siteUrl,
    jwks_uri: `${siteUrl}/.well-known/jwks.json`,
  });
  const { keys: served } = await (await fetch(discovery.jwks_uri)).json();
  expect(served).toEqual([expect.objectContaining({ use: "sig", kty: "RSA" })]);
});

function claimsOf(token: string | null): { sub: string; iat: number; exp: number } {
  const [, payload = ""] = (token ?? "").split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString() || "{}");
}
